// The page of one mask: a sentence, what training changed block by block and head by head, what is kept, each matrix, the
// exact figures, and where the file comes from.

import type { BitMatrix } from "../src/mask/bits.ts";
import { bitAt } from "../src/mask/bits.ts";
import type { HeadDescription, MaskDescription, MatrixDescription } from "../src/mask/describe.ts";
import { MATRIX_KINDS, type MaskMetadata, type MatrixKind } from "../src/mask/metadata.ts";
import { benjaminiHochberg, twoSided } from "../src/mask/significance.ts";
import { brightness, CHANGES, css, type Rgb, rateColour, Z_END, zColour } from "./colours.ts";
import { el } from "./dom.ts";
import { type Cell, grid, legend } from "./grid.ts";
import { listen, post, remember, remembered, t } from "./host.ts";
import { changesOf, MatrixCanvas } from "./matrix.ts";
import type { MatrixView, ToHeatmap } from "./messages.ts";
import { bytes, fixed, grouped, numbersTable, percent, signed } from "./numbers.ts";
import { saveCsv, savePng, saveSvg } from "./save.ts";
import { type Tab, tabs } from "./tabs.ts";
import { button, dropdown } from "./toolkit.ts";

type HeadKind = HeadDescription["kind"];

/** What is remembered while the tab lives. */
interface State {
  tab: string;
  matrix: string;
  heads: HeadKind;
  flips: "dropped" | "revived";
  sortRows: boolean;
  sortColumns: boolean;
}

const state = remembered<State>({
  ...{ tab: "changed", matrix: "", heads: "all", flips: "dropped", sortRows: false, sortColumns: false },
});
/** Share of false discoveries among the marked heads. */
const FALSE_DISCOVERIES = 0.05;
const RANKED = 12;

const page = document.getElementById("page")!;
let described: { complete: boolean; description: MaskDescription; metadata: MaskMetadata } | undefined;
let view: MatrixView | undefined;
let failed = "";

const TABS: readonly (Tab & { show(mask: MaskDescription): Node[] })[] = [
  { id: "changed", title: t("Changed by training"), show: changedTab },
  { id: "kept", title: t("Kept"), show: keptTab },
  { id: "matrix", title: t("Matrix"), show: matrixTab },
  { id: "numbers", title: t("Numbers"), show: numbersTab },
  { id: "provenance", title: t("Provenance"), show: provenanceTab },
];

listen<ToHeatmap>((message) => {
  if (message.type === "failed") failed = message.message;
  else if (message.type === "description") described = message;
  else view = message.view;
  if (message.type === "matrix" && state.tab !== "matrix") return;
  render();
});
// Colours follow the theme.
new MutationObserver(render).observe(document.body, { attributes: true, attributeFilter: ["class"] });

function change(next: Partial<State>): void {
  Object.assign(state, next);
  remember(state);
  render();
}

function render(): void {
  if (failed) page.replaceChildren(el("div", { className: "error", aria: { role: "alert" } }, failed));
  else if (described) showMask(described.description);
  else page.replaceChildren(el("p", { className: "hint" }, t("Reading the mask…")));
}

function showMask(description: MaskDescription): void {
  const focused = document.activeElement?.id;
  const tab = TABS.find(({ id }) => id === state.tab) ?? TABS[0]!;
  page.replaceChildren(
    el("h1", {}, description.task.name),
    el("div", { className: "aside" }, subtitle(description)),
    el("p", { className: "sentence" }, ...sentence(description)),
    tabs(t("Views"), TABS, tab.id, (id) => change({ tab: id })),
    el("div", { id: "panel", aria: { role: "tabpanel", labelledby: `tab-${tab.id}` } }, ...tab.show(description)),
  );
  if (focused) document.getElementById(focused)?.focus();
}

function subtitle({ base, scores, task, zeroShare, weights, sizes, seeds }: MaskDescription): string {
  const score = scores.test?.[task.metric];
  const parts = [
    base.id,
    typeof score === "object"
      ? t("test {0} {1} % ({2}–{3})", task.metric, percent(score.value), percent(score.low), percent(score.high))
      : "",
    t("{0} % zeros", percent(zeroShare)),
    t("{0} M bits, {1}", (weights / 1e6).toFixed(1), bytes(sizes.packed)),
    seeds.mask === undefined ? "" : t("mask seed {0}", seeds.mask),
  ];
  return parts.filter(Boolean).join(" · ");
}

const strong = (text: string) => el("strong", {}, text);

/** The answer first: how much changed, where most, and which heads stand out. */
function sentence(mask: MaskDescription): (Node | string)[] {
  const { dropped, revived, unknownBecause, initial, weights, matrices } = mask;
  if (dropped === null || revived === null) {
    if (!described!.complete) return [t("Making the initial mask again, to see what training changed…")];
    return [t("What training changed cannot be told: {0}.", unknownBecause ?? "")];
  }
  const kept = weights * (1 - (initial?.zeroShare ?? 0));
  const most = [...matrices].sort((a, b) => droppedShare(mask, b) - droppedShare(mask, a))[0]!;
  const heads = rankedHeads(mask, "all").filter(({ marked }) => marked);
  const name = ({ block, head }: HeadDescription) => `${block}.${head}`;
  const lost = heads
    .filter(({ z }) => z! > 0)
    .slice(0, 3)
    .map(name);
  const spared = heads
    .filter(({ z }) => z! < 0)
    .slice(0, 3)
    .map(name);
  return [
    `${t("Training dropped")} `,
    strong(grouped(dropped)),
    ` ${t("weights ({0} % of those kept at the start) and revived", percent(dropped / kept))} `,
    strong(grouped(revived)),
    `. ${t("{0} changed most ({1} % dropped).", placeOf(most), percent(droppedShare(mask, most)))} `,
    ...(lost.length
      ? [`${t("Among the attention heads,")} `, strong(lost.join(", ")), ` ${t("lost more than their share")}`]
      : []),
    ...(lost.length && spared.length ? ["; "] : []),
    ...(spared.length ? [strong(spared.join(", ")), ` ${t("were spared")}`] : []),
    heads.length ? "." : t("No attention head stands out after correction for their number."),
  ];
}

function placeOf({ block, kind }: Pick<MatrixDescription, "block" | "kind">): string {
  const above: Partial<Record<MatrixKind, string>> = { P: t("The pooler"), T: t("The classifier") };
  return block === null ? (above[kind] ?? kind) : t("Block {0} · {1}", block, kind);
}

/** Of the weights that began kept (or dropped), the share that flipped. */
function flippedShare(mask: MaskDescription, { rows, columns, dropped, revived }: MatrixDescription): number {
  const zeros = mask.initial?.zeroShare ?? 0;
  if (state.flips === "revived") return zeros ? revived! / (rows * columns * zeros) : 0;
  return dropped! / (rows * columns * (1 - zeros));
}

function droppedShare({ initial }: MaskDescription, { rows, columns, dropped }: MatrixDescription): number {
  return (dropped ?? 0) / (rows * columns * (1 - (initial?.zeroShare ?? 0)));
}

interface Ranked extends HeadDescription {
  readonly marked: boolean;
}

/** Heads of a kind by distance from expectation; marked: survives Benjamini and Hochberg's correction. */
function rankedHeads({ heads }: MaskDescription, kind: HeadKind): Ranked[] {
  const of = heads.filter((head) => head.kind === kind && head.z !== null);
  const adjusted = benjaminiHochberg(of.map(({ z }) => twoSided(z!)));
  return of
    .map((head, i) => ({ ...head, marked: adjusted[i]! <= FALSE_DISCOVERIES }))
    .sort((a, b) => Math.abs(b.z!) - Math.abs(a.z!));
}

/** Block numbers from the highest to the lowest, null (above the blocks) first. */
function blocksOf(matrices: readonly MatrixDescription[]): (number | null)[] {
  const blocks = [...new Set(matrices.map(({ block }) => block))];
  return blocks.sort((a, b) => (b ?? Number.POSITIVE_INFINITY) - (a ?? Number.POSITIVE_INFINITY));
}

const blockTitle = (block: number | null) => (block === null ? t("above") : t("block {0}", block));

const openMatrix = (name: string) => {
  post({ type: "matrix", name });
  change({ tab: "matrix", matrix: name });
};

/** A block × kind grid of a number for each matrix, its detail line, and its scale. */
function matrixGrid(
  mask: MaskDescription,
  label: string,
  value: (matrix: MatrixDescription) => number,
  detail: (matrix: MatrixDescription) => string,
): HTMLElement {
  const { matrices } = mask;
  const kinds = MATRIX_KINDS.filter((kind) => matrices.some((matrix) => matrix.kind === kind));
  // The scale covers the blocks; the few matrices above them may leave it and show its end.
  const inBlocks = matrices.filter(({ block }) => block !== null).map(value);
  const all = inBlocks.length ? inBlocks : matrices.map(value);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const line = el(
    "div",
    { className: "detail hint", aria: { live: "polite" } },
    t("Hover or focus a cell for its numbers; Enter opens the matrix."),
  );
  const table = grid({
    label,
    columns: kinds,
    rows: blocksOf(matrices).map((block) => ({
      title: blockTitle(block),
      cells: kinds.map((kind): Cell | null => {
        const matrix = matrices.find((m) => m.block === block && m.kind === kind);
        if (!matrix) return null;
        const number = value(matrix);
        const text = percent(number, number >= 0.1 ? 0 : 1);
        return { text, colour: rateColour(number, low, high), detail: detail(matrix), opens: matrix.name };
      }),
    })),
    onCell: (cell) => {
      if (cell) line.textContent = cell.detail;
    },
    onOpen: openMatrix,
  });
  const stops = Array.from({ length: 64 }, (_, i) => rateColour(i / 63, 0, 1));
  return el("div", {}, table, legend(stops, `${percent(low)} %`, "", t("{0} % and more", percent(high))), line);
}

/** A block × head grid of z or of rates. */
function headGrid(
  mask: MaskDescription,
  label: string,
  cellOf: (head: HeadDescription) => Cell | null,
  scale: HTMLElement,
): HTMLElement {
  const heads = mask.heads.filter(({ kind }) => kind === state.heads);
  const blocks = [...new Set(heads.map(({ block }) => block))].sort((a, b) => b - a);
  const numbers = Array.from({ length: mask.base.heads }, (_, i) => i);
  const line = el(
    "div",
    { className: "detail hint", aria: { live: "polite" } },
    t("A dot: significant after correction for {0} heads.", heads.length),
  );
  const table = grid({
    label,
    columns: numbers.map(String),
    rows: blocks.map((block) => ({
      title: blockTitle(block),
      cells: numbers.map((number) => {
        const head = heads.find((h) => h.block === block && h.head === number);
        return head ? cellOf(head) : null;
      }),
    })),
    onCell: (cell) => {
      if (cell) line.textContent = cell.detail;
    },
    onOpen: openMatrix,
  });
  table.classList.add("heads");
  return el("div", {}, table, scale, line);
}

function headKindChooser(): HTMLElement {
  const kinds: readonly (readonly [HeadKind, string])[] = [
    ["all", t("Q, K, V and AO together")],
    ["Q", t("Q rows")],
    ["K", t("K rows")],
    ["V", t("V rows")],
    ["AO", t("AO columns")],
  ];
  return dropdown(t("Matrices of a head"), kinds, state.heads, (heads) => change({ heads: heads as HeadKind }));
}

function changedTab(mask: MaskDescription): Node[] {
  if (mask.dropped === null) {
    if (described!.complete) return [el("p", { className: "warning" }, mask.unknownBecause ?? "")];
    return [el("p", { className: "hint" }, t("Making the initial mask again…"))];
  }
  const mode = brightness();
  const ranked = rankedHeads(mask, state.heads);
  const marked = new Map(ranked.map((head) => [`${head.block}.${head.head}`, head.marked]));
  const stops = Array.from({ length: 65 }, (_, i) => zColour(((i - 32) / 32) * Z_END, mode));
  const dropped = state.flips === "dropped";
  const detail = (matrix: MatrixDescription) =>
    `${matrix.name}: ${t("{0} dropped, {1} revived, {2} expected dropped, z {3}", grouped(matrix.dropped!), grouped(matrix.revived!), grouped(matrix.expected!), fixed(matrix.z, 1))}`;
  const headDetail = (head: HeadDescription) =>
    t(
      "head {0}.{1}: {2} dropped, {3} expected given the initial scores ({4} %), z {5}",
      ...[head.block, head.head, grouped(head.dropped!), grouped(head.expected!)],
      ...[signed(100 * (head.dropped! / head.expected! - 1), 0), fixed(head.z, 1)],
    );
  const left = el(
    "section",
    {},
    el(
      "h2",
      {},
      dropped ? t("Dropped, % by matrix") : t("Revived, % by matrix"),
      " ",
      el(
        "span",
        { className: "aside" },
        dropped ? t("of the weights kept at the start") : t("of the weights dropped at the start"),
      ),
    ),
    dropdown(
      t("Which flips"),
      [
        ["dropped", t("Dropped")],
        ["revived", t("Revived")],
      ],
      state.flips,
      (flips) => change({ flips: flips as State["flips"] }),
    ),
    matrixGrid(mask, t("Flips by block and kind of matrix"), (matrix) => flippedShare(mask, matrix), detail),
  );
  const right = el(
    "section",
    {},
    el(
      "h2",
      {},
      t("Attention heads"),
      " ",
      el("span", { className: "aside" }, t("drops against expectation given the initial scores, z")),
    ),
    headKindChooser(),
    headGrid(
      mask,
      t("Drops by block and attention head, z"),
      (head) =>
        head.z === null
          ? null
          : {
              text: signed(head.z, Math.abs(head.z) < 9.95 ? 1 : 0),
              colour: zColour(head.z, mode),
              detail: headDetail(head),
              marked: marked.get(`${head.block}.${head.head}`) ?? false,
              opens: headMatrix(mask, head),
            },
      legend(stops, t("−{0} spared", Z_END), "0", t("dropped +{0}", Z_END)),
    ),
  );
  const list = el(
    "section",
    {},
    el("h2", {}, t("Furthest from expectation")),
    numbersTable(
      t("Furthest from expectation"),
      [t("head"), t("dropped"), "", "z"],
      ranked
        .slice(0, RANKED)
        .map((head) => [
          `${head.block}.${head.head}${head.marked ? " ●" : ""}`,
          grouped(head.dropped!),
          `${signed(100 * (head.dropped! / head.expected! - 1), 0)} %`,
          fixed(head.z, 1),
        ]),
    ),
  );
  return [el("div", { className: "beside" }, left, right, list), exportRow(mask)];
}

/** The matrix that shows a head best. */
function headMatrix({ matrices }: MaskDescription, { block, kind }: HeadDescription): string {
  const wanted = kind === "all" ? "V" : kind;
  const inBlock = matrices.filter((matrix) => matrix.block === block);
  return (inBlock.find((matrix) => matrix.kind === wanted) ?? inBlock[0]!).name;
}

function keptTab(mask: MaskDescription): Node[] {
  const detail = (matrix: MatrixDescription) =>
    `${matrix.name}: ${t("{0} % kept of {1} weights", percent(1 - matrix.zeroShare, 2), grouped(matrix.rows * matrix.columns))}`;
  const mode = brightness();
  const stops = Array.from({ length: 65 }, (_, i) => zColour(((i - 32) / 32) * Z_END, mode));
  // A head's keep rate against its matrices' own, in standard deviations of a share.
  const rateOf = (block: number, kinds: readonly string[]) => {
    const of = mask.matrices.filter((matrix) => matrix.block === block && kinds.includes(matrix.kind));
    const weights = of.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
    const kept = of.reduce((sum, { rows, columns, zeroShare }) => sum + rows * columns * (1 - zeroShare), 0);
    return { weights: weights / mask.base.heads, rate: kept / weights };
  };
  const cellOf = (head: HeadDescription): Cell => {
    const { weights, rate } = rateOf(head.block, head.kind === "all" ? ["Q", "K", "V", "AO"] : [head.kind]);
    const error = Math.sqrt((rate * (1 - rate)) / weights);
    const z = error ? (head.keepRate - rate) / error : 0;
    return {
      text: percent(head.keepRate, 1),
      colour: zColour(-z, mode),
      detail: t(
        "head {0}.{1}: {2} % kept, its matrices {3} % (± {4} by chance), z {5}",
        ...[head.block, head.head, percent(head.keepRate, 2), percent(rate, 2), percent(1.96 * error, 2), fixed(z, 1)],
      ),
      opens: headMatrix(mask, head),
    };
  };
  return [
    el(
      "p",
      { className: "hint" },
      t("The kept share is mostly the random draw that training began from; what training did is in the first tab."),
    ),
    el(
      "div",
      { className: "beside" },
      el(
        "section",
        {},
        el("h2", {}, t("Zeros, % by matrix")),
        matrixGrid(mask, t("Zeros by block and kind of matrix"), ({ zeroShare }) => zeroShare, detail),
      ),
      el(
        "section",
        {},
        el(
          "h2",
          {},
          t("Attention heads"),
          " ",
          el("span", { className: "aside" }, t("% kept, coloured by distance from their matrices' own rate")),
        ),
        headKindChooser(),
        headGrid(
          mask,
          t("Keep rate by block and attention head"),
          cellOf,
          legend(stops, t("keeps more"), "0", t("keeps less")),
        ),
      ),
    ),
    exportRow(mask),
  ];
}

function matrixTab(mask: MaskDescription): Node[] {
  const { matrices } = mask;
  const matrix = matrices.find(({ name }) => name === state.matrix) ?? matrices[0]!;
  const chooser = dropdown(
    t("Matrix"),
    matrices.map(({ name, block, kind }) => [name, placeOf({ block, kind })] as const),
    matrix.name,
    openMatrix,
  );
  if (view?.name !== matrix.name) {
    if (state.matrix !== matrix.name || !view) post({ type: "matrix", name: matrix.name });
    state.matrix = matrix.name;
    return [el("div", { className: "row" }, chooser), el("p", { className: "hint" }, t("Reading the matrix…"))];
  }
  const { rows, columns } = view;
  const bits = bitsOf(view.bits, rows, columns);
  const initial = view.initial && bitsOf(view.initial, rows, columns);
  const ground: Rgb = brightness() === "dark" ? [31, 31, 31] : [255, 255, 255];
  const changes = initial && changesOf(bits, initial);
  const inverse = changes ?? { off: changesOf(bits, bits).off };
  const names = { dropped: t("dropped"), revived: t("revived"), off: changes ? t("off since the start") : t("off") };
  const layers = (Object.keys(inverse) as (keyof typeof names)[]).map((key) => ({
    ...{ key, bits: (inverse as Record<string, BitMatrix>)[key]!, colour: CHANGES[key] },
  }));
  const depth = mask.base.width / mask.base.heads;
  const isHead = ["Q", "K", "V"].includes(matrix.kind);
  const detail = el(
    "div",
    { className: "detail hint", aria: { live: "polite" } },
    t("Wheel or + and − zoom, drag or arrows move, 0 shows all."),
  );
  const canvas = new MatrixCanvas({
    ...{ rows, columns, layers, ground, rowZ: view.rowZ, columnZ: view.columnZ },
    rowBand: isHead ? depth : 0,
    columnBand: matrix.kind === "AO" ? depth : 0,
    label: t("{0}: {1} rows, {2} columns", placeOf(matrix), rows, columns),
    onWeight: (place) => {
      if (place) detail.textContent = weightText(place.row, place.column);
    },
  });
  if (state.sortRows || state.sortColumns) canvas.sort(state.sortRows, state.sortColumns);

  function weightText(row: number, column: number): string {
    const now = bitAt(bits, row, column);
    const before = initial ? bitAt(initial, row, column) : undefined;
    const what =
      before === undefined || before === now
        ? now
          ? t("kept")
          : t("off")
        : now
          ? t("revived by training")
          : t("dropped by training");
    const head = isHead ? row : matrix.kind === "AO" ? column : undefined;
    const parts = [t("row {0}, column {1}: {2}", row, column, what)];
    if (head !== undefined) parts.push(t("head {0}", Math.floor(head / depth)));
    if (view!.rowZ)
      parts.push(t("row z {0}, column z {1}", fixed(view!.rowZ[row], 1), fixed(view!.columnZ![column], 1)));
    return parts.join(" · ");
  }

  const sorter = (text: string, on: boolean, toggle: () => void) => {
    const element = button(text, toggle);
    element.setAttribute("aria-pressed", String(on));
    return element;
  };
  const key = layers.flatMap((layer) => {
    const swatch = el("span", { className: "swatch", aria: { hidden: "true" } });
    swatch.style.backgroundColor = css(layer.colour);
    return [swatch, names[layer.key]];
  });
  return [
    el(
      "div",
      { className: "row" },
      chooser,
      view.rowZ &&
        sorter(state.sortRows ? t("Rows in their order") : t("Sort rows by z"), state.sortRows, () =>
          change({ sortRows: !state.sortRows }),
        ),
      view.columnZ &&
        sorter(state.sortColumns ? t("Columns in their order") : t("Sort columns by z"), state.sortColumns, () =>
          change({ sortColumns: !state.sortColumns }),
        ),
      button(t("Save PNG"), () => savePng(`${mask.task.name}-${matrix.name}.png`, canvas.canvas)),
    ),
    el(
      "h2",
      {},
      `${placeOf(matrix)} · ${rows} × ${columns}`,
      " ",
      el(
        "span",
        { className: "aside" },
        t("each pixel the exact mean of its weights; strips: drops against expectation, z"),
        ...key,
      ),
    ),
    canvas.element,
    detail,
  ];
}

function bitsOf(packed: Uint8Array, rows: number, columns: number): BitMatrix {
  return { rows, columns, stride: Math.ceil(columns / 8), bytes: packed };
}

function numbersTab(mask: MaskDescription): Node[] {
  const { matrices, blocks, sizes, deadHeads } = mask;
  const row = (
    name: string,
    part: {
      zeroShare: number;
      dropped: number | null;
      revived: number | null;
      expected: number | null;
      z: number | null;
    },
  ) => [
    name,
    percent(part.zeroShare, 2),
    part.dropped === null ? "–" : grouped(part.dropped),
    part.revived === null ? "–" : grouped(part.revived),
    part.expected === null ? "–" : grouped(part.expected),
    fixed(part.z, 1),
  ];
  const header = ["", t("zeros, %"), t("dropped"), t("revived"), t("expected dropped"), "z"];
  return [
    el("h2", {}, t("Sizes")),
    numbersTable(
      t("Sizes"),
      ["", ""],
      [
        [t("masked weights as float32"), bytes(sizes.dense)],
        [t("packed, a bit a weight"), bytes(sizes.packed)],
        [t("entropy bound"), bytes(sizes.entropy)],
        ...(sizes.givenInitial === null
          ? []
          : [[t("entropy bound given the initial scores"), bytes(sizes.givenInitial)]]),
      ],
    ),
    el(
      "p",
      { className: "hint" },
      t(
        "A mask makes the adaptation's file small. Unstructured zeros make the model neither smaller in memory nor faster.",
      ),
    ),
    el("h2", {}, t("Dead heads")),
    el(
      "p",
      {},
      deadHeads.length
        ? deadHeads.map(({ block, head, kind }) => t("head {0}.{1} keeps nothing of {2}", block, head, kind)).join("; ")
        : t("None: every head keeps some of its V rows and AO columns."),
    ),
    el("h2", {}, t("By block")),
    numbersTable(
      t("By block"),
      header,
      [...blocks]
        .sort((a, b) => (b.block ?? 1e9) - (a.block ?? 1e9))
        .map((block) => row(blockTitle(block.block), block)),
    ),
    el("h2", {}, t("By matrix")),
    numbersTable(
      t("By matrix"),
      header,
      matrices.map((matrix) => row(matrix.name, matrix)),
    ),
    exportRow(mask),
  ];
}

function provenanceTab(mask: MaskDescription): Node[] {
  const { metadata } = described!;
  const json = JSON.stringify({ ...metadata, matrices: metadata.matrices.length }, null, 2);
  const command = commandOf(metadata);
  return [
    el("h2", {}, t("The command that trains it again")),
    el("pre", { tabIndex: 0 }, command),
    el(
      "div",
      { className: "row" },
      button(t("Copy the command"), () => post({ type: "copy", text: command })),
      button(t("Copy all metadata"), () => post({ type: "copy", text: JSON.stringify(metadata, null, 2) })),
    ),
    el("h2", {}, t("Metadata")),
    el("pre", { tabIndex: 0 }, json),
    el("p", { className: "hint" }, mask.file),
  ];
}

/** The run's options as flags of the command line. */
function commandOf({ run, task }: MaskMetadata): string {
  const flags = Object.entries(run).flatMap(([key, value]) => {
    if (value === null || value === false) return [];
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [flag];
    const text =
      typeof value === "object" && !Array.isArray(value)
        ? Object.entries(value as object)
            .map(([k, v]) => `${k}=${v}`)
            .join(",")
        : String(value);
    return [`${flag} ${/[^\w./,=:-]/.test(text) ? JSON.stringify(text) : text}`];
  });
  return `masklens train ${flags.join(" \\\n  ")} \\\n  --out masks/${task.name}-again`;
}

/** What an exported file says of itself. */
function provenanceLines(mask: MaskDescription): string[] {
  return [
    `${mask.task.name} over ${mask.base.id}, ${mask.tool}`,
    `base ${mask.base.fingerprint}`,
    `mask checksum ${described!.metadata.checksum}`,
  ];
}

function exportRow(mask: MaskDescription): HTMLElement {
  const name = mask.task.name.replace(/[^\w.-]/g, "_");
  const csv = () =>
    saveCsv(`${name}.csv`, provenanceLines(mask), [
      ["block", "head", "kind", "keepRate", "dropped", "expected", "z"],
      ...mask.heads.map((h) => [h.block, h.head, h.kind, h.keepRate, h.dropped ?? "", h.expected ?? "", h.z ?? ""]),
      ["matrix", "block", "kind", "zeroShare", "dropped", "revived", "expected", "z"],
      ...mask.matrices.map((m) => [
        m.name,
        m.block ?? "",
        m.kind,
        m.zeroShare,
        m.dropped ?? "",
        m.revived ?? "",
        m.expected ?? "",
        m.z ?? "",
      ]),
    ]);
  const svg = () =>
    saveSvg(`${name}.svg`, provenanceLines(mask), [...document.querySelectorAll<HTMLElement>("table.grid")]);
  return el("div", { className: "row" }, button(t("Save CSV"), csv), button(t("Save SVG"), svg));
}

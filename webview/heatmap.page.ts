// The page of one mask: a sentence, what training changed block by block and head by head, what is kept, each matrix, the
// exact figures, and where the file comes from.

import type { BitMatrix } from "../src/mask/bits.ts";
import { bitAt } from "../src/mask/bits.ts";
import { allOfHeads } from "../src/mask/changed.ts";
import type { HeadDescription, MaskDescription, MatrixDescription, MatrixProgress } from "../src/mask/describe.ts";
import { deadLines, type LineDescription } from "../src/mask/lines.ts";
import type { MaskMetadata, MatrixKind } from "../src/mask/metadata.ts";
import { type CombinedHead, combineHeads } from "../src/mask/seeds.ts";
import { discoveries } from "../src/mask/significance.ts";
import { brightness, CHANGES, css, type Rgb, rateColour, Z_END, zColour, zScale } from "./colours.ts";
import { commandOf } from "./command.ts";
import { el } from "./dom.ts";
import { type Cell, grid, legend } from "./grid.ts";
import { listen, post, remember, remembered, t } from "./host.ts";
import { changesOf, MatrixCanvas, type Order } from "./matrix.ts";
import type { MatrixDetails, MatrixView, SeedView, ToHeatmap, WeightFacts } from "./messages.ts";
import { bytes, fixed, grouped, numbersTable, percent, signed } from "./numbers.ts";
import { onceAFrame, onThemeChange } from "./redraw.ts";
import { saveCsv, savePng, savePngOf, saveSvg } from "./save.ts";
import { type Tab, tabs } from "./tabs.ts";
import { button, dropdown } from "./toolkit.ts";

type HeadKind = HeadDescription["kind"];

/** What is remembered while the tab lives. */
interface State {
  tab: string;
  matrix: string;
  heads: HeadKind;
  flips: "dropped" | "revived";
  /** Whether the heads' grid combines all seeds of the task that were found. */
  combined: boolean;
  rowOrder: Order;
  columnOrder: Order;
}

const state = remembered<State>({
  ...{ tab: "changed", matrix: "", heads: "all", flips: "dropped", combined: false },
  ...{ rowOrder: "own", columnOrder: "own" },
});
const RANKED = 12;

const page = document.getElementById("page")!;
let described: { complete: boolean; description: MaskDescription; metadata: MaskMetadata } | undefined;
let view: MatrixView | undefined;
let failed = "";
/** Other seeds of the task. */
let seeds: readonly SeedView[] = [];
/** What is known of single matrices before everything is. */
const progress = new Map<string, MatrixProgress>();
const details = new Map<string, MatrixDetails>();
let detailsAsked = false;
let compressed: number | undefined;
/** Takes what is known of the weight that was asked for last. */
let onFacts: (row: number, column: number, facts: WeightFacts) => void = () => undefined;

const TABS: readonly (Tab & { show(mask: MaskDescription): Node[] })[] = [
  { id: "changed", title: t("Changed by training"), show: changedTab },
  { id: "kept", title: t("Kept"), show: keptTab },
  { id: "matrix", title: t("Matrix"), show: matrixTab },
  { id: "numbers", title: t("Numbers"), show: numbersTab },
  { id: "provenance", title: t("Provenance"), show: provenanceTab },
];

/** The tabs that show what a message brings; the others are left as they are, with their focus and what is locked. */
const SHOWN_IN: Partial<Record<ToHeatmap["type"], readonly string[]>> = {
  matrix: ["matrix"],
  progress: ["changed"],
  seeds: ["changed"],
  details: ["numbers"],
  compressed: ["numbers"],
  weight: [],
};

const renderSoon = onceAFrame(render);
listen<ToHeatmap>((message) => {
  if (message.type === "failed") failed = message.message;
  else if (message.type === "description") described = message;
  else if (message.type === "progress") for (const one of message.progress) progress.set(one.name, one);
  else if (message.type === "seeds") seeds = message.seeds;
  else if (message.type === "details") details.set(message.details.name, message.details);
  else if (message.type === "compressed") compressed = message.bytes;
  else if (message.type === "weight") onFacts(message.row, message.column, message.facts);
  else view = message.view;
  if (SHOWN_IN[message.type]?.includes(state.tab) ?? true) renderSoon();
});

onThemeChange(render);

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
  const { dropped, revived, unknownBecause, matrices } = mask;
  if (dropped === null || revived === null) {
    if (!described!.complete) return [t("Making the initial mask again, to see what training changed…")];
    return [
      t(
        "The mask keeps {0} % of its weights. Only that can be shown: {1}.",
        percent(1 - mask.zeroShare),
        unknownBecause ?? "",
      ),
    ];
  }
  const kept = sumOf(matrices, keptAtStart);
  const most = [...matrices].sort((a, b) => droppedShare(b)! - droppedShare(a)!)[0]!;
  const heads = rankedHeads(mask, "all", false).filter(({ marked }) => marked);
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
    `. ${t("{0} changed most ({1} % dropped).", placeOf(most), percent(droppedShare(most)!))} `,
    ...(lost.length
      ? [`${t("Among the attention heads,")} `, strong(lost.join(", ")), ` ${t("lost more than their share")}`]
      : []),
    ...(lost.length && spared.length ? ["; "] : []),
    ...(spared.length ? [strong(spared.join(", ")), ` ${t("were spared")}`] : []),
    heads.length ? "." : t("No attention head stands out after correction for their number."),
    ...combinedSentence(mask),
  ];
}

function placeOf({ block, kind }: Pick<MatrixDescription, "block" | "kind">): string {
  const above: Partial<Record<MatrixKind, string>> = { P: t("The pooler"), T: t("The classifier") };
  return block === null ? (above[kind] ?? kind) : t("Block {0} · {1}", block, kind);
}

const sumOf = <T>(entries: readonly T[], of: (entry: T) => number): number =>
  entries.reduce((total, entry) => total + of(entry), 0);

/** What several seeds of the task say together. */
function combinedSentence(mask: MaskDescription): (Node | string)[] {
  const most = rankedHeads(mask, "all", true)[0];
  if (!seeds.length || !most?.marked) return [];
  const text = t(
    "Over {0} seeds of this task together, {1} stands out most",
    seeds.length + 1,
    `${most.block}.${most.head}`,
  );
  return [` ${text} (`, strong(`z ${fixed(most.z, 1)}`), t(", {0} of {1} seeds agree).", most.agree, most.seeds)];
}

/** Weights that began kept: those kept now, with those that were dropped, without those that were revived. */
function keptAtStart({ rows, columns, zeroShare, dropped, revived }: MatrixDescription): number {
  return Math.round(rows * columns * (1 - zeroShare)) + dropped! - revived!;
}

/** Of the weights that began kept (or dropped), the share that flipped; null where that is not known (yet). */
function flippedShare(matrix: MatrixDescription): number | null {
  if (state.flips === "dropped") return droppedShare(matrix);
  if (matrix.revived === null) return null;
  const dropped = matrix.rows * matrix.columns - keptAtStart(matrix);
  return dropped ? matrix.revived / dropped : 0;
}

function droppedShare(matrix: MatrixDescription): number | null {
  return matrix.dropped === null ? null : matrix.dropped / keptAtStart(matrix);
}

/** The description with what is counted so far. */
function soFar(mask: MaskDescription): MaskDescription {
  const parts = [...progress.values()];
  const inBlock = (block: number) => mask.matrices.filter((matrix) => matrix.block === block);
  const whole = new Set(
    mask.heads.map(({ block }) => block).filter((block) => inBlock(block).every(({ name }) => progress.has(name))),
  );
  const drops = parts.flatMap(({ heads }) => heads);
  const all = [...drops, ...allOfHeads(drops).filter(({ block }) => whole.has(block))];
  const byHead = new Map(all.map((drop) => [`${drop.block}.${drop.head}.${drop.kind}`, drop]));
  return {
    ...mask,
    matrices: mask.matrices.map((matrix) => {
      const { dropped = null, revived = null } = progress.get(matrix.name) ?? {};
      return { ...matrix, dropped, revived };
    }),
    heads: mask.heads.map((head) => {
      const {
        observed = null,
        expected = null,
        z = null,
      } = byHead.get(`${head.block}.${head.head}.${head.kind}`) ?? {};
      return { ...head, dropped: observed, expected, z };
    }),
  };
}

interface Ranked extends HeadDescription, Pick<CombinedHead, "seeds" | "agree"> {
  readonly marked: boolean;
}

/**
 * Heads of a kind by distance from expectation, of this mask or with all seeds of its task combined; marked: survives
 * Benjamini and Hochberg's correction.
 */
function rankedHeads({ heads }: MaskDescription, kind: HeadKind, combined: boolean): Ranked[] {
  const together = combineHeads([heads, ...(combined ? seeds.map((seed) => seed.heads) : [])]);
  const of = heads.flatMap((head, i) => {
    const { z, seeds, agree } = together[i]!;
    return head.kind === kind && z !== null ? [{ ...head, z, seeds, agree }] : [];
  });
  const standOut = discoveries(of.map(({ z }) => z));
  return of.map((head, i) => ({ ...head, marked: standOut[i]! })).sort((a, b) => Math.abs(b.z) - Math.abs(a.z));
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
  value: (matrix: MatrixDescription) => number | null,
  detail: (matrix: MatrixDescription) => string,
): HTMLElement {
  const { matrices } = mask;
  const kinds = mask.kinds.map(({ kind }) => kind);
  // The scale covers the blocks; the few matrices above them may leave it and show its end.
  const known = (of: readonly MatrixDescription[]) => of.flatMap((matrix) => value(matrix) ?? []);
  const inBlocks = known(matrices.filter(({ block }) => block !== null));
  const all = inBlocks.length ? inBlocks : [0, ...known(matrices)];
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
        if (number === null) return null;
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
): HTMLElement | string {
  const heads = mask.heads.filter(({ kind }) => kind === state.heads);
  if (!heads.length) return t("This mask leaves these matrices alone.");
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

function changedTab(whole: MaskDescription): Node[] {
  const { complete } = described!;
  // The sentence above says why.
  if (whole.dropped === null && complete) return keptTab(whole);
  const mask = complete ? whole : soFar(whole);
  const mode = brightness();
  const combined = state.combined && seeds.length > 0;
  const ranked = rankedHeads(mask, state.heads, combined);
  const byHead = new Map(ranked.map((head) => [`${head.block}.${head.head}`, head]));
  const dropped = state.flips === "dropped";
  const detail = (matrix: MatrixDescription) =>
    [
      `${matrix.name}: ${t("{0} dropped, {1} revived", grouped(matrix.dropped!), grouped(matrix.revived!))}`,
      ...(matrix.expected === null
        ? []
        : [t("{0} expected dropped, z {1}", grouped(matrix.expected), fixed(matrix.z, 1))]),
    ].join(", ");
  const left = el(
    "section",
    {},
    heading(
      dropped ? t("Dropped, % by matrix") : t("Revived, % by matrix"),
      dropped ? t("of the weights kept at the start") : t("of the weights dropped at the start"),
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
    matrixGrid(mask, t("Flips by block and kind of matrix"), flippedShare, detail),
  );
  const right = el(
    "section",
    {},
    heading(
      t("Attention heads"),
      combined
        ? t("{0} seeds combined (Stouffer), z", seeds.length + 1)
        : t("drops against expectation given the initial scores, z"),
    ),
    el("div", { className: "choosers" }, headKindChooser(), seedChooser()),
    headGrid(
      mask,
      t("Drops by block and attention head, z"),
      (one) => {
        const head = byHead.get(`${one.block}.${one.head}`);
        if (!head) return null;
        return {
          text: signed(head.z!, Math.abs(head.z!) < 9.95 ? 1 : 0),
          colour: zColour(head.z!, mode),
          detail: combined ? combinedDetail(head, mask) : headDetail(head),
          marked: head.marked,
          opens: headMatrix(mask, head),
        };
      },
      zLegend(t("−{0} spared", Z_END), t("dropped +{0}", Z_END)),
    ),
  );
  const list = el(
    "section",
    {},
    heading(t("Furthest from expectation"), t("● survives Benjamini–Hochberg at 5 %")),
    numbersTable(
      t("Furthest from expectation"),
      combined ? [t("head"), t("seeds that agree"), "z"] : [t("head"), t("dropped"), "", "z"],
      ranked
        .slice(0, RANKED)
        .map((head) => [
          headLink(mask, head),
          ...(combined
            ? [t("{0} of {1}", head.agree, head.seeds)]
            : [grouped(head.dropped!), `${signed(100 * (head.dropped! / head.expected! - 1), 0)} %`]),
          fixed(head.z, 1),
        ]),
    ),
  );
  return [el("div", { className: "beside" }, left, right, list), exportRow(mask)];
}

const heading = (title: string, aside: string): HTMLElement =>
  el("h2", {}, title, " ", el("span", { className: "aside" }, aside));

function zLegend(low: string, high: string): HTMLElement {
  const mode = brightness();
  return legend(zScale(mode), low, "0", high);
}

function headDetail(head: HeadDescription): string {
  return t(
    "head {0}.{1}: {2} dropped, {3} expected given the initial scores ({4} %), z {5}",
    ...[head.block, head.head, grouped(head.dropped!), grouped(head.expected!)],
    ...[signed(100 * (head.dropped! / head.expected! - 1), 0), fixed(head.z, 1)],
  );
}

/** Each seed's own z, then what they say together. */
function combinedDetail(head: Ranked, mask: MaskDescription): string {
  const all = [{ maskSeed: mask.initial!.maskSeed, heads: mask.heads }, ...seeds];
  const own = all.map((seed) => {
    const z = seed.heads.find((h) => h.block === head.block && h.head === head.head && h.kind === head.kind)?.z;
    return t("seed {0}: z {1}", seed.maskSeed, fixed(z, 1));
  });
  return `${t("head {0}.{1}", head.block, head.head)}: ${own.join(", ")}; ${t("together z {0}, {1} of {2} agree", fixed(head.z, 1), head.agree, head.seeds)}`;
}

/** A head's name that opens its matrix. */
function headLink(mask: MaskDescription, head: Ranked): HTMLElement {
  const name = `${head.block}.${head.head}${head.marked ? " ●" : ""}`;
  return el("button", { className: "link", onclick: () => openMatrix(headMatrix(mask, head)) }, name);
}

/** This mask alone, or all seeds of its task that were found; nothing to choose where there is one. */
function seedChooser(): HTMLElement | null {
  if (!seeds.length) return null;
  const { initial } = described!.description;
  const numbers = [initial!.maskSeed, ...seeds.map(({ maskSeed }) => maskSeed)];
  return dropdown(
    t("Seeds"),
    [
      ["own", t("This mask, seed {0}", initial!.maskSeed)],
      ["combined", t("{0} seeds combined: {1}", numbers.length, numbers.join(", "))],
    ],
    state.combined ? "combined" : "own",
    (value) => change({ combined: value === "combined" }),
  );
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
  // A head's keep rate against its matrices' own, in standard deviations of a share.
  const rateOf = (block: number, kinds: readonly string[]) => {
    const of = mask.matrices.filter((matrix) => matrix.block === block && kinds.includes(matrix.kind));
    const weights = of.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
    const kept = of.reduce((sum, { rows, columns, zeroShare }) => sum + rows * columns * (1 - zeroShare), 0);
    return { weights: weights / mask.base.heads, rate: kept / weights };
  };
  const against = (head: HeadDescription) => {
    const { weights, rate } = rateOf(head.block, head.kind === "all" ? ["Q", "K", "V", "AO"] : [head.kind]);
    const error = Math.sqrt((rate * (1 - rate)) / weights);
    return { rate, error, z: error ? (head.keepRate - rate) / error : 0 };
  };
  const shown = mask.heads.filter(({ kind }) => kind === state.heads);
  const standOut = discoveries(shown.map((head) => against(head).z));
  const cellOf = (head: HeadDescription): Cell => {
    const { rate, error, z } = against(head);
    return {
      marked: standOut[shown.indexOf(head)]!,
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
      mask.unknownBecause === null
        ? t("The kept share is mostly the random draw that training began from; what training did is in the first tab.")
        : t("The kept share is mostly the random draw that training began from."),
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
        headGrid(mask, t("Keep rate by block and attention head"), cellOf, zLegend(t("keeps more"), t("keeps less"))),
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
  const ground = background();
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
    t(
      "Rows are outputs, columns inputs. Wheel or + and − zoom, drag or arrows move, 0 shows all; a click or Enter locks a weight, Shift and arrows go on to the next, Escape lets go.",
    ),
  );
  const canvas = new MatrixCanvas({
    ...{ rows, columns, layers, ground, rowZ: view.rowZ, columnZ: view.columnZ },
    rowBand: isHead ? depth : 0,
    columnBand: matrix.kind === "AO" ? depth : 0,
    label: t("{0}: {1} rows, {2} columns", placeOf(matrix), rows, columns),
    onWeight: (place) => {
      over = place;
      if (!place) return;
      detail.textContent = weightText(place.row, place.column);
      askFacts();
    },
  });
  if (state.rowOrder !== "own" || state.columnOrder !== "own") canvas.sort(state.rowOrder, state.columnOrder);

  // The host is asked for one weight at a time; when it has answered, for the one that is under the pointer then.
  let over: { row: number; column: number } | null = null;
  let waiting = false;
  function askFacts(): void {
    if (waiting || !over) return;
    waiting = true;
    post({ type: "weight", name: matrix.name, ...over });
  }
  onFacts = (row, column, { score, value }) => {
    waiting = false;
    if (!over) return;
    if (over.row !== row || over.column !== column) return askFacts();
    const parts = [weightText(row, column)];
    if (score !== null) parts.push(t("initial score {0}", fixed(score, 4)));
    if (value !== null) parts.push(t("weight {0}", fixed(value, 4)));
    detail.textContent = parts.join(" · ");
  };

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

  const orderChooser = (label: string, chosen: Order, byHead: boolean, set: (order: Order) => void) =>
    dropdown(
      label,
      [
        ["own", t("{0} in their order", label)],
        ["z", t("{0} by z", label)],
        ...(byHead ? [["head", t("{0} by head, heads by z", label)] as const] : []),
      ],
      chosen === "head" && !byHead ? "own" : chosen,
      (order) => set(order as Order),
    );
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
      view.rowZ && orderChooser(t("Rows"), state.rowOrder, isHead, (rowOrder) => change({ rowOrder })),
      view.columnZ &&
        orderChooser(t("Columns"), state.columnOrder, matrix.kind === "AO", (columnOrder) => change({ columnOrder })),
      button(t("Save PNG"), () =>
        savePng(`${fileName(mask)}-${matrix.name}.png`, [...provenanceLines(mask), matrix.name], canvas.canvas),
      ),
    ),
    el(
      "h2",
      {},
      `${placeOf(matrix)} · ${rows} × ${columns}`,
      " ",
      el(
        "span",
        { className: "aside" },
        view.rowZ
          ? t("each pixel the exact mean of its weights; strips: drops against expectation, z")
          : t("each pixel the exact mean of its weights"),
        ...key,
      ),
    ),
    canvas.element,
    detail,
  ];
}

/** The editor's own background. */
function background(): Rgb {
  const channels = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number);
  if (channels?.length === 3) return channels as unknown as Rgb;
  return brightness() === "dark" ? [31, 31, 31] : [255, 255, 255];
}

function bitsOf(packed: Uint8Array, rows: number, columns: number): BitMatrix {
  return { rows, columns, stride: Math.ceil(columns / 8), bytes: packed };
}

function numbersTab(mask: MaskDescription): Node[] {
  if (!detailsAsked) post({ type: "details" });
  detailsAsked = true;
  const { matrices, blocks, kinds, heads, sizes, deadHeads } = mask;
  const row = (name: string, part: Pick<MatrixDescription, "zeroShare" | "dropped" | "revived" | "expected" | "z">) => [
    name,
    percent(part.zeroShare, 2),
    count(part.dropped),
    count(part.revived),
    count(part.expected),
    fixed(part.z, 1),
  ];
  const header = ["", t("zeros, %"), t("dropped"), t("revived"), t("expected dropped"), "z"];
  const ranked = rankedHeads(mask, "all", false);
  const size = (value: number | null | undefined) => fixed(value, 4);
  return [
    el("h2", {}, t("Sizes")),
    numbersTable(
      t("Sizes"),
      [t("as"), t("bytes"), ""],
      [
        [t("masked weights as float32"), grouped(sizes.dense), bytes(sizes.dense)],
        [t("packed, a bit a weight"), grouped(sizes.packed), bytes(sizes.packed)],
        [
          t("packed, then gzip"),
          compressed === undefined ? "…" : grouped(compressed),
          compressed === undefined ? "" : bytes(compressed),
        ],
        [t("entropy bound"), grouped(sizes.entropy), bytes(sizes.entropy)],
        ...(sizes.givenInitial === null
          ? []
          : [[t("entropy bound given the initial scores"), grouped(sizes.givenInitial), bytes(sizes.givenInitial)]]),
      ],
    ),
    el(
      "p",
      { className: "hint" },
      t(
        "A mask makes the adaptation's file small. Unstructured zeros make the model neither smaller in memory nor faster.",
      ),
    ),
    el("h2", {}, t("Dead heads, rows and columns")),
    el(
      "p",
      {},
      deadHeads.length
        ? `${deadHeads.map(({ block, head, kind }) => t("Head {0}.{1} keeps nothing of {2}", block, head, kind)).join("; ")}. `
        : `${t("Every head keeps some of its V rows and AO columns.")} `,
      deadText(mask),
    ),
    el(
      "div",
      { className: "beside" },
      el(
        "section",
        {},
        el("h2", {}, t("By kind")),
        numbersTable(
          t("By kind"),
          header,
          kinds.map((kind) => row(kind.kind, kind)),
        ),
      ),
      el(
        "section",
        {},
        el("h2", {}, t("By block")),
        numbersTable(
          t("By block"),
          header,
          [...blocks]
            .sort((a, b) => (b.block ?? 1e9) - (a.block ?? 1e9))
            .map((block) => row(blockTitle(block.block), block)),
        ),
      ),
    ),
    heading(t("Rows and columns furthest from expectation"), t("given their matrix's own drop rates")),
    numbersTable(
      t("Rows and columns furthest from expectation"),
      ["", t("kept"), t("dropped"), t("expected dropped"), "z"],
      furthestLines().map(({ name, line }) => [
        name,
        grouped(line.kept),
        grouped(line.dropped),
        grouped(line.expected),
        fixed(line.z, 1),
      ]),
    ),
    heading(t("By matrix"), t("mean |W| in the base model of kept, masked and dropped weights; dead lines")),
    numbersTable(
      t("By matrix"),
      [...header, t("|W| kept"), t("|W| masked"), t("|W| dropped"), t("dead rows"), t("dead columns")],
      matrices.map((matrix) => {
        const more = details.get(matrix.name);
        const { kept, off, dropped } = more?.magnitudes ?? {};
        const dead = (lines: MatrixDetails["rows"] | undefined) => (lines ? grouped(lines.dead) : "…");
        return [
          ...row(matrix.name, matrix),
          ...[size(kept), size(off), size(dropped), dead(more?.rows), dead(more?.columns)],
        ];
      }),
    ),
    el(
      "details",
      {},
      el("summary", {}, t("By attention head ({0})", ranked.length || heads.filter((h) => h.kind === "all").length)),
      numbersTable(
        t("By attention head"),
        [t("head"), t("kept, %"), t("dropped"), t("expected dropped"), "z", t("corrected")],
        (ranked.length ? ranked : heads.filter(({ kind }) => kind === "all")).map((head) => [
          `${head.block}.${head.head}`,
          percent(head.keepRate, 2),
          count(head.dropped),
          count(head.expected),
          fixed(head.z, 2),
          "marked" in head && head.marked ? "●" : "",
        ]),
      ),
    ),
    exportRow(mask),
  ];
}

const count = (value: number | null): string => (value === null ? "–" : grouped(value));

/** How many rows and columns keep nothing, against as many zeros spread at random. */
function deadText({ matrices }: MaskDescription): string {
  if (details.size < matrices.length) return t("Counting rows and columns…");
  const rows = deadLines([...details.values()].map((one) => one.rows));
  const columns = deadLines([...details.values()].map((one) => one.columns));
  const expected = (value: number) => (value < 0.05 ? "0" : fixed(value, 1));
  return t(
    "{0} rows keep nothing ({1} expected were the zeros spread at random), and {2} columns ({3}).",
    ...[grouped(rows.dead), expected(rows.expected), grouped(columns.dead), expected(columns.expected)],
  );
}

function furthestLines(): { name: string; line: LineDescription }[] {
  return [...details.values()]
    .flatMap(({ name, rows, columns }) => [
      ...rows.furthest.map((line) => ({ name: t("{0}, row {1}", name, line.line), line })),
      ...columns.furthest.map((line) => ({ name: t("{0}, column {1}", name, line.line), line })),
    ])
    .sort((a, b) => Math.abs(b.line.z) - Math.abs(a.line.z))
    .slice(0, RANKED);
}

function provenanceTab(mask: MaskDescription): Node[] {
  const { metadata } = described!;
  const json = JSON.stringify(metadata, null, 2);
  const command = commandOf(metadata);
  const { base, task, seeds, initial, training } = metadata;
  const facts: [string, string][] = [
    [t("file"), mask.file],
    [t("written by"), metadata.tool],
    [t("base model"), [base.id, base.modelType, base.path ?? ""].filter(Boolean).join(" · ")],
    [t("base fingerprint"), base.fingerprint],
    [t("task"), `${task.name} · ${task.kind} · ${task.metric} · ${task.labels.join(", ")}`],
    ...Object.entries(task.dataSha256).map(([split, hash]): [string, string] => [t("{0} data", split), hash]),
    [
      t("seeds"),
      Object.entries(seeds)
        .map(([name, seed]) => `${name} ${seed}`)
        .join(", "),
    ],
    [
      t("initial scores"),
      initial
        ? `${initial.kind}, ${initial.generator}, [${initial.low}, ${initial.high}), ${t("kept over {0}", initial.threshold)}`
        : t("not known"),
    ],
    [t("training"), t("{0} steps, best at {1}", training.steps, training.bestStep ?? training.steps)],
    ...Object.entries(metadata.scores).flatMap(([split, scores]) =>
      Object.entries(scores ?? {}).map(([metric, score]): [string, string] => [
        `${split} ${metric}`,
        typeof score === "object"
          ? `${percent(score.value)} % (${percent(score.low)}–${percent(score.high)})`
          : grouped(score),
      ]),
    ),
    [t("checksum"), metadata.checksum],
  ];
  return [
    el("h2", {}, t("The command that trains it again")),
    el("pre", { tabIndex: 0 }, command),
    el(
      "div",
      { className: "row" },
      button(t("Copy the command"), () => post({ type: "copy", text: command })),
      button(t("Copy all metadata"), () => post({ type: "copy", text: json })),
    ),
    el("h2", {}, t("Metadata")),
    el(
      "table",
      { className: "facts" },
      ...facts.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value))),
    ),
    el("details", {}, el("summary", {}, t("All metadata as JSON")), el("pre", { tabIndex: 0 }, json)),
  ];
}

/** What an exported file says of itself. */
function provenanceLines(mask: MaskDescription): string[] {
  return [
    `${mask.task.name} over ${mask.base.id}, ${mask.tool}`,
    `base ${mask.base.fingerprint}`,
    `mask ${mask.file}`,
    `mask checksum ${described!.metadata.checksum}`,
    ...(state.combined && seeds.length && state.tab === "changed"
      ? [
          `heads: z of ${seeds.length + 1} mask seeds combined (${[mask.initial!.maskSeed, ...seeds.map((s) => s.maskSeed)].join(", ")})`,
        ]
      : []),
  ];
}

function exportRow(mask: MaskDescription): HTMLElement {
  const name = fileName(mask);
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
  const tables = () => [...document.querySelectorAll<HTMLElement>("table.grid")];
  const svg = () => saveSvg(`${name}.svg`, provenanceLines(mask), tables());
  const png = () => void savePngOf(`${name}.png`, provenanceLines(mask), tables());
  const pictures = state.tab === "numbers" ? [] : [button(t("Save PNG"), png), button(t("Save SVG"), svg)];
  return el("div", { className: "row" }, ...pictures, button(t("Save CSV"), csv));
}

const fileName = ({ task }: MaskDescription): string => task.name.replace(/[^\w.-]/g, "_");

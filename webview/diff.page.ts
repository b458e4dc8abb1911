// The page of two or more masks: whether they overlap more than chance and where, their heads beside each other, and their
// matrices on one canvas of four states with both sides locked.

import { combine } from "../src/mask/algebra.ts";
import { type BitMatrix, bitAt, emptyBits } from "../src/mask/bits.ts";
import type { HeadLikeness, Likeness, PairComparison } from "../src/mask/compare.ts";
import { CLEAR, discoveries } from "../src/mask/significance.ts";
import { brightness, css, FOUR_STATES, type Rgb, Z_END, zColour, zScale } from "./colours.ts";
import { el } from "./dom.ts";
import { type Cell, grid, legend } from "./grid.ts";
import { listen, post, remember, remembered, t } from "./host.ts";
import { changesOf, MatrixCanvas } from "./matrix.ts";
import type { MaskSummary, MatrixView, ToDiff } from "./messages.ts";
import { fixed, numbersTable, signed } from "./numbers.ts";
import { onThemeChange } from "./redraw.ts";
import { saveCsv, savePng, saveSvg } from "./save.ts";
import { scatter } from "./scatter.ts";
import { type Tab, tabs } from "./tabs.ts";
import { button, dropdown } from "./toolkit.ts";

/** Both sides are shown in turn for so long, in milliseconds. */
const BLINK = 700;

interface State {
  tab: string;
  pair: number;
  matrix: string;
  of: "dropped" | "kept";
  view: "four" | "beside" | "swipe" | "blink";
}
const state = remembered<State>({ tab: "overlap", pair: 0, matrix: "", of: "dropped", view: "four" });

const page = document.getElementById("page")!;
let names: readonly string[] = [];
let masks: readonly MaskSummary[] = [];
let pairs: readonly PairComparison[] = [];
let complete = false;
let views: readonly (MatrixView | null)[] = [];
let failed = "";
let blinking: number | undefined;

const TABS: readonly (Tab & { show(pair: PairComparison): (Node | string)[] })[] = [
  { id: "overlap", title: t("Overlap"), show: overlapTab },
  { id: "heads", title: t("Attention heads"), show: headsTab },
  { id: "matrix", title: t("Matrix"), show: matrixTab },
  { id: "numbers", title: t("Numbers"), show: numbersTab },
];

listen<ToDiff>((message) => {
  if (message.type === "failed") failed = message.message;
  else if (message.type === "names") ({ names, masks } = message);
  else if (message.type === "pairs") ({ pairs, complete } = message);
  else ({ views } = message);
  if (message.type === "matrices" && state.tab !== "matrix") return;
  render();
});
onThemeChange(render);

function change(next: Partial<State>): void {
  Object.assign(state, next);
  remember(state);
  render();
}

function render(): void {
  window.clearInterval(blinking);
  const pair = pairs[state.pair] ?? pairs[0];
  if (failed) page.replaceChildren(el("div", { className: "error", aria: { role: "alert" } }, failed));
  else if (pair) showPair(pair);
  else page.replaceChildren(el("p", { className: "hint" }, t("Reading the masks…")));
}

function showPair(pair: PairComparison): void {
  const focused = document.activeElement?.id;
  const tab = TABS.find(({ id }) => id === state.tab) ?? TABS[0]!;
  page.replaceChildren(
    el("h1", {}, ...heading(pair)),
    el("p", { className: "sentence" }, ...sentence(pair)),
    ...warnings(pair),
    ...(pairs.length > 1 ? [matrixOfPairs()] : []),
    tabs(t("Views"), TABS, tab.id, (id) => change({ tab: id })),
    el("div", { id: "panel", aria: { role: "tabpanel", labelledby: `tab-${tab.id}` } }, ...tab.show(pair)),
  );
  if (focused) document.getElementById(focused)?.focus();
}

const sideOf = (file: string) => masks.findIndex((mask) => mask.file === file);
const nameOf = (file: string) => names[sideOf(file)] ?? file;

function swatch([r, g, b]: Rgb): HTMLElement {
  const element = el("span", { className: "swatch" });
  element.style.backgroundColor = css([r, g, b]);
  return element;
}

function heading({ a, b }: PairComparison): (Node | string)[] {
  return [
    swatch(FOUR_STATES[1]),
    nameOf(a),
    " ",
    el("span", { className: "aside" }, "↔"),
    swatch(FOUR_STATES[2]),
    nameOf(b),
  ];
}

/** The answer first. */
function sentence({ lift, z, d, chance, blocks, heads, over }: PairComparison): (Node | string)[] {
  const strong = (text: string) => el("strong", {}, text);
  if (lift === null || z === null)
    return [
      complete
        ? t("Whether they overlap more than chance cannot be told.")
        : t("Making the initial masks again, to tell what chance would do."),
      ` ${t("The paper's dissimilarity d is {0}, by chance {1}.", fixed(d, 4), fixed(chance, 4))}`,
    ];
  const where = over === "blocks" ? t("Over the encoder's matrices") : t("Over the shared matrices");
  const how =
    Math.abs(z) < CLEAR
      ? z > 0
        ? t("not clearly more often than by chance")
        : t("not clearly less often than by chance")
      : z > 0
        ? t("more often than by chance")
        : t("less often than by chance");
  const most = [...blocks].filter((block) => block.z !== null).sort((x, y) => y.z! - x.z!)[0];
  const head = standingOut(heads).sort((x, y) => y.z! - x.z!)[0];
  return [
    `${where} ${t("the two dropped the same weights")} `,
    strong(how),
    `: ${t("{0} times as often as their initial scores let expect", fixed(lift, 3))} (z ${fixed(z, 1)}). `,
    ...(most && most.z! >= CLEAR
      ? [`${t("Most clearly in block {0} (lift {1}, z {2})", most.block, fixed(most.lift, 2), fixed(most.z, 1))}`]
      : []),
    ...(most && most.z! >= CLEAR && head && head.z! > 0
      ? [t(", among attention heads in {0}.{1} (z {2})", head.block, head.head, fixed(head.z, 1))]
      : []),
    ...(most && most.z! >= CLEAR ? [". "] : []),
    el(
      "span",
      { className: "aside" },
      t(
        "The paper's dissimilarity d is {0}, by chance {1}: it sees seeds and zero shares, not the task.",
        fixed(d, 4),
        fixed(chance, 4),
      ),
    ),
  ];
}

/** Heads whose overlap survives Benjamini and Hochberg's correction for their number. */
function standingOut(heads: readonly HeadLikeness[]): HeadLikeness[] {
  const known = heads.filter(({ z }) => z !== null);
  const standOut = discoveries(known.map(({ z }) => z!));
  return known.filter((_, i) => standOut[i]);
}

function warnings({ notes, onlyA, onlyB, a, b, shared }: PairComparison): Node[] {
  const rest = onlyA.length + onlyB.length;
  return [
    ...(complete ? notes : []).map((note) =>
      el("p", { className: "warning" }, `${note[0]?.toUpperCase() ?? ""}${note.slice(1)}.`),
    ),
    ...(rest
      ? [
          el(
            "p",
            { className: "hint" },
            t(
              "Compared on the {0} matrices that both mask; {1} only in {2}, {3} only in {4}.",
              shared.length,
              onlyA.length,
              nameOf(a),
              onlyB.length,
              nameOf(b),
            ),
          ),
        ]
      : []),
  ];
}

/** Lift of each pair of more than two masks; a cell chooses the pair. */
function matrixOfPairs(): HTMLElement {
  const files = masks.map(({ file }) => file);
  const mode = brightness();
  return el(
    "section",
    {},
    el(
      "h2",
      {},
      t("Every pair"),
      " ",
      el("span", { className: "aside" }, t("lift, coloured by z; Enter shows the pair")),
    ),
    grid({
      label: t("Lift of every pair"),
      columns: [...names],
      rows: files.map((a) => ({
        title: nameOf(a),
        cells: files.map((b): Cell | null => {
          const number = pairs.findIndex((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a));
          const pair = pairs[number];
          if (!pair) return null;
          return {
            text: fixed(pair.lift, 2),
            colour: zColour(pair.z ?? 0, mode),
            detail: `${nameOf(a)} ↔ ${nameOf(b)}: ${detailOf(pair)}`,
            opens: String(number),
          };
        }),
      })),
      onCell: () => undefined,
      onOpen: (number) => change({ pair: Number(number) }),
    }),
  );
}

const detailOf = ({ lift, z, observed, expected, d, chance }: Likeness) =>
  t(
    "lift {0}, z {1}, {2} dropped by both and {3} expected; d {4}, by chance {5}",
    fixed(lift, 3),
    fixed(z, 1),
    fixed(observed, 0),
    fixed(expected, 0),
    fixed(d, 4),
    fixed(chance, 4),
  );

function scale(): HTMLElement {
  return legend(zScale(brightness()), t("−{0} fewer", Z_END), "z 0", t("more +{0}", Z_END));
}

function overlapTab(pair: PairComparison): Node[] {
  const mode = brightness();
  const kinds = pair.kinds.map(({ kind }) => kind);
  const blocks = [...new Set(pair.matrices.map(({ block }) => block))].sort(
    (x, y) => (y ?? Number.POSITIVE_INFINITY) - (x ?? Number.POSITIVE_INFINITY),
  );
  const line = el(
    "div",
    { className: "detail hint", aria: { live: "polite" } },
    t("Hover or focus a cell for its numbers; Enter opens the matrix."),
  );
  const cellOf = (likeness: Likeness, detail: string, opens?: string): Cell => ({
    ...{
      text: fixed(likeness.lift, 2),
      colour: zColour(likeness.z ?? 0, mode),
      detail: `${detail}: ${detailOf(likeness)}`,
    },
    ...(opens !== undefined && { opens }),
  });
  const table = grid({
    label: t("Lift by block and kind of matrix"),
    columns: [...kinds, t("all")],
    rows: [
      ...blocks.map((block) => ({
        title: block === null ? t("above") : t("block {0}", block),
        cells: [
          ...kinds.map((kind) => {
            const matrix = pair.matrices.find((one) => one.block === block && one.kind === kind);
            return matrix ? cellOf(matrix, matrix.name, matrix.name) : null;
          }),
          ((all) => (all ? cellOf(all, t("block {0}", all.block)) : null))(
            pair.blocks.find((one) => one.block === block),
          ),
        ],
      })),
      {
        title: t("all"),
        cells: [...pair.kinds.map((kind) => cellOf(kind, kind.kind)), cellOf(pair, t("all together"))],
      },
    ],
    onCell: (cell) => {
      if (cell) line.textContent = cell.detail;
    },
    onOpen: openMatrix,
  });
  return [
    el(
      "h2",
      {},
      t("Lift"),
      " ",
      el("span", { className: "aside" }, t("weights dropped by both over their expectation, coloured by z")),
    ),
    table,
    scale(),
    line,
    exports(pair),
  ];
}

function headsTab(pair: PairComparison): Node[] {
  if (!pair.heads.length)
    return [el("p", { className: "hint" }, t("What training changed in the heads is not known here."))];
  const mode = brightness();
  const numbers = [...new Set(pair.heads.map(({ head }) => head))].sort((x, y) => x - y);
  const blocks = [...new Set(pair.heads.map(({ block }) => block))].sort((x, y) => y - x);
  const line = el(
    "div",
    { className: "detail hint", aria: { live: "polite" } },
    t("Hover or focus a head for its numbers; a dot: clear after correction for {0} heads.", pair.heads.length),
  );
  const detail = ({ block, head, lift, z, zA, zB }: HeadLikeness) =>
    t(
      "head {0}.{1}: lift {2}, z {3}; drops against expectation: z {4} and {5}",
      block,
      head,
      fixed(lift, 2),
      fixed(z, 1),
      fixed(zA, 1),
      fixed(zB, 1),
    );
  const marked = new Set(standingOut(pair.heads));
  const headGrid = (label: string, of: (head: HeadLikeness) => number | null, isOverlap = false) => {
    const table = grid({
      label,
      columns: numbers.map(String),
      rows: blocks.map((block) => ({
        title: t("block {0}", block),
        cells: numbers.map((number): Cell | null => {
          const head = pair.heads.find((one) => one.block === block && one.head === number);
          const value = head && of(head);
          if (!head || value === null || value === undefined) return null;
          return {
            text: signed(value, Math.abs(value) < 9.95 ? 1 : 0),
            colour: zColour(value, mode),
            detail: detail(head),
            marked: isOverlap && marked.has(head),
          };
        }),
      })),
      onCell: (cell) => {
        if (cell) line.textContent = cell.detail;
      },
      onOpen: () => undefined,
    });
    table.classList.add("heads");
    return el("section", {}, el("h2", {}, label), table);
  };
  const both = pair.heads.flatMap((head) =>
    head.zA === null || head.zB === null ? [] : [{ x: head.zA, y: head.zB, text: detail(head) }],
  );
  return [
    el(
      "div",
      { className: "beside" },
      headGrid(t("{0}: drops, z", nameOf(pair.a)), ({ zA }) => zA),
      headGrid(t("{0}: drops, z", nameOf(pair.b)), ({ zB }) => zB),
      headGrid(t("Overlap of both, z"), ({ z }) => z, true),
    ),
    scale(),
    line,
    el(
      "h2",
      {},
      t("The heads' z, one mask against the other"),
      " ",
      el(
        "span",
        { className: "aside" },
        t("correlation {0} over {1} heads", fixed(pair.headCorrelation, 2), both.length),
      ),
    ),
    scatter(both, nameOf(pair.a), nameOf(pair.b), (text) => {
      line.textContent = text;
    }),
    exports(pair),
  ];
}

const openMatrix = (name: string) => {
  post({ type: "matrix", name });
  change({ tab: "matrix", matrix: name });
};

const bitsOf = (bytes: Uint8Array, { rows, columns }: MatrixView): BitMatrix => ({
  ...emptyBits(rows, columns),
  bytes,
});

/** What is looked at on one side: the weights that training dropped, or those that are kept. */
function shownOf(view: MatrixView): BitMatrix | null {
  const bits = bitsOf(view.bits, view);
  if (state.of === "kept") return bits;
  return view.initial && changesOf(bits, bitsOf(view.initial, view)).dropped;
}

function matrixTab(pair: PairComparison): (Node | string)[] {
  const clearest = [...pair.matrices].sort((x, y) => Math.abs(y.z ?? 0) - Math.abs(x.z ?? 0))[0]!;
  const matrix = pair.matrices.find(({ name }) => name === state.matrix) ?? clearest;
  const label = ({ block, kind }: { block: number | null; kind: string }) =>
    block === null ? kind : t("Block {0} · {1}", block, kind);
  const chooser = el(
    "div",
    { className: "row" },
    dropdown(
      t("Matrix"),
      pair.matrices.map((one) => [one.name, label(one)] as const),
      matrix.name,
      openMatrix,
    ),
    dropdown(
      t("Weights"),
      [
        ["dropped", t("Dropped by training")],
        ["kept", t("Kept")],
      ],
      state.of,
      (of) => change({ of: of as State["of"] }),
    ),
    dropdown(
      t("How"),
      [
        ["four", t("Four states")],
        ["beside", t("Side by side")],
        ["swipe", t("Swipe")],
        ["blink", t("Blink")],
      ],
      state.view,
      (view) => change({ view: view as State["view"] }),
    ),
  );
  const [a, b] = [views[sideOf(pair.a)], views[sideOf(pair.b)]];
  if (a?.name !== matrix.name || b?.name !== matrix.name) {
    post({ type: "matrix", name: matrix.name });
    return [chooser, el("p", { className: "hint" }, t("Reading the matrix…"))];
  }
  const [first, second] = [shownOf(a), shownOf(b)];
  if (!first || !second)
    return [
      chooser,
      el("p", { className: "hint" }, t("What training dropped is not known of both; look at the kept weights.")),
    ];
  const all = changesOf(emptyBits(a.rows, a.columns), emptyBits(a.rows, a.columns)).off;
  const both = combine("and", first, second);
  const onlyA = combine("andNot", first, second);
  const onlyB = combine("andNot", second, first);
  const ground: Rgb = state.of === "kept" || brightness() === "dark" ? FOUR_STATES[3] : [250, 250, 250];
  const bothColour = ground === FOUR_STATES[3] ? FOUR_STATES[0] : FOUR_STATES[3];
  const detail = el(
    "div",
    { className: "detail hint", aria: { live: "polite" } },
    t("Wheel or + and − zoom, drag or arrows move, 0 shows all."),
  );
  const what = (row: number, column: number) => {
    const [inA, inB] = [bitAt(first, row, column), bitAt(second, row, column)];
    const states = {
      both: t("both"),
      a: t("only {0}", nameOf(pair.a)),
      b: t("only {0}", nameOf(pair.b)),
      none: t("neither"),
    };
    return t(
      "row {0}, column {1}: {2}",
      row,
      column,
      inA ? (inB ? states.both : states.a) : inB ? states.b : states.none,
    );
  };
  const canvasOf = (layers: { bits: BitMatrix; colour: Rgb }[], name: string) =>
    new MatrixCanvas({
      ...{ rows: a.rows, columns: a.columns, layers, ground, rowZ: null, columnZ: null, rowBand: 0, columnBand: 0 },
      label: `${label(matrix)}, ${name}`,
      onWeight: (place) => {
        if (place) detail.textContent = what(place.row, place.column);
      },
      onWindow: (window) => {
        for (const canvas of canvases) canvas.show(window);
      },
    });
  const four = () =>
    canvasOf(
      [
        { bits: both, colour: bothColour },
        { bits: onlyA, colour: FOUR_STATES[1] },
        { bits: onlyB, colour: FOUR_STATES[2] },
      ],
      t("four states"),
    );
  const side = (bits: BitMatrix, colour: Rgb, name: string) => canvasOf([{ bits, colour }], name);
  const canvases: MatrixCanvas[] =
    state.view === "four"
      ? [four()]
      : [side(first, FOUR_STATES[1], nameOf(pair.a)), side(second, FOUR_STATES[2], nameOf(pair.b))];
  const count = (bits: BitMatrix) => bits.bytes.reduce((sum, byte) => sum + ones(byte), 0);
  const key = el(
    "div",
    { className: "key" },
    ...(
      [
        [bothColour, t("both"), both],
        [FOUR_STATES[1], t("only {0}", nameOf(pair.a)), onlyA],
        [FOUR_STATES[2], t("only {0}", nameOf(pair.b)), onlyB],
        [ground, t("neither"), combine("andNot", all, combine("or", first, second))],
      ] as const
    ).map(([colour, text, bits]) => el("span", {}, swatch(colour), `${text} ${count(bits).toLocaleString("en")}`)),
  );
  const png = () =>
    savePng(
      `${nameOf(pair.a)}-${nameOf(pair.b)}-${matrix.name}.png`.replace(/[^\w.-]/g, "_"),
      provenance(pair),
      canvases[0]!.canvas,
    );
  const likeness = el("p", {}, `${matrix.name}: ${detailOf(matrix)}`);
  return [
    chooser,
    likeness,
    key,
    arranged(canvases),
    detail,
    el("div", { className: "row" }, button(t("Save PNG"), png)),
  ];
}

const ones = (byte: number) => {
  let count = 0;
  for (let rest = byte; rest; rest &= rest - 1) count++;
  return count;
};

/** One canvas, two beside each other, one over the other with a line to swipe, or in turn. */
function arranged(canvases: readonly MatrixCanvas[]): HTMLElement {
  const [first, second] = canvases;
  if (!second) return first!.element;
  if (state.view === "beside") return el("div", { className: "sides" }, first!.element, second.element);
  const stack = el("div", { className: "stack" }, first!.element, second.element);
  second.element.classList.add("over");
  if (state.view === "swipe") {
    const slider = el("input", {
      type: "range",
      min: "0",
      max: "100",
      value: "50",
      aria: { label: t("How much of each side") },
    });
    const swipe = () => {
      second.element.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
    };
    slider.addEventListener("input", swipe);
    swipe();
    return el("div", {}, slider, stack);
  }
  let shown = true;
  const toggle = () => {
    shown = !shown;
    second.element.style.visibility = shown ? "visible" : "hidden";
  };
  // Who wants less motion, of the system or of the editor, blinks by hand.
  if (
    matchMedia("(prefers-reduced-motion: reduce)").matches ||
    document.body.classList.contains("vscode-reduce-motion")
  )
    return el("div", {}, button(t("Other side"), toggle), stack);
  blinking = window.setInterval(toggle, BLINK);
  return stack;
}

function numbersTab(pair: PairComparison): Node[] {
  const row = (name: string, { lift, z, observed, expected, d, chance }: Likeness) => [
    name,
    ...[fixed(lift, 3), fixed(z, 1), fixed(observed, 0), fixed(expected, 1), fixed(d, 4), fixed(chance, 4)],
  ];
  const header = ["", t("lift"), "z", t("dropped by both"), t("expected"), "d", t("d by chance")];
  return [
    el("h2", {}, t("By block")),
    numbersTable(t("By block"), header, [
      row(t("all together"), pair),
      ...[...pair.blocks].reverse().map((block) => row(t("block {0}", block.block), block)),
    ]),
    el("h2", {}, t("By kind")),
    numbersTable(
      t("By kind"),
      header,
      pair.kinds.map((kind) => row(kind.kind, kind)),
    ),
    el("h2", {}, t("By matrix")),
    numbersTable(
      t("By matrix"),
      header,
      pair.matrices.map((matrix) => row(matrix.name, matrix)),
    ),
    exports(pair),
  ];
}

function provenance({ a, b }: PairComparison): string[] {
  return [a, b].map((file) => {
    const mask = masks[sideOf(file)];
    return mask
      ? `${mask.task.name} over ${mask.base.id}, mask seed ${mask.seeds.mask ?? "unknown"}, ${mask.tool}: ${file}`
      : file;
  });
}

function exports(pair: PairComparison): HTMLElement {
  const name = `${nameOf(pair.a)}-${nameOf(pair.b)}`.replace(/[^\w.-]/g, "_");
  const cells = ({ lift, z, observed, expected, d, chance }: Likeness) =>
    [lift, z, observed, expected, d, chance].map((value) => value ?? "");
  const csv = () =>
    saveCsv(`${name}.csv`, provenance(pair), [
      ["part", "lift", "z", "dropped by both", "expected", "d", "d by chance"],
      ["all", ...cells(pair)],
      ...pair.blocks.map((block) => [`block ${block.block}`, ...cells(block)]),
      ...pair.kinds.map((kind) => [kind.kind, ...cells(kind)]),
      ...pair.matrices.map((matrix) => [matrix.name, ...cells(matrix)]),
      ["head", "lift", "z", "z of A", "z of B"],
      ...pair.heads.map(({ block, head, lift, z, zA, zB }) => [
        `${block}.${head}`,
        ...[lift, z, zA, zB].map((value) => value ?? ""),
      ]),
    ]);
  const svg = () => saveSvg(`${name}.svg`, provenance(pair), [...document.querySelectorAll<HTMLElement>("table.grid")]);
  return el("div", { className: "row" }, button(t("Save CSV"), csv), button(t("Save SVG"), svg));
}

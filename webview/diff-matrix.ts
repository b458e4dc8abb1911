// One matrix of two masks: four states on one canvas, or both sides locked in place, swiped over or blinking.

import { combine } from "../src/mask/algebra.ts";
import { type BitMatrix, bitAt, countOnes, emptyBits } from "../src/mask/bits.ts";
import type { PairComparison } from "../src/mask/compare.ts";
import { placeOf } from "./blocks.ts";
import { brightness, FOUR_STATES, type Rgb } from "./colours.ts";
import { Detail } from "./detail.ts";
import { pairName, provenanceOf } from "./diff-export.ts";
import { change, nameOf, openMatrix, sideOf, state, told } from "./diff-state.ts";
import { detailOf } from "./diff-words.ts";
import { el } from "./dom.ts";
import { fileNameOf } from "./exports.ts";
import { post, t } from "./host.ts";
import { changesOf, MatrixCanvas } from "./matrix.ts";
import type { MatrixView } from "./messages.ts";
import { grouped } from "./numbers.ts";
import { hint, swatch } from "./parts.ts";
import { savePng } from "./save.ts";
import { button, dropdown } from "./toolkit.ts";

/** Both sides are shown in turn for so long, in milliseconds. */
const BLINK = 700;
let blinking: number | undefined;

/** Before anything else is drawn. */
export const stopBlinking = (): void => window.clearInterval(blinking);

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

export function matrixTab(pair: PairComparison): (Node | string)[] {
  const clearest = [...pair.matrices].sort((x, y) => Math.abs(y.z ?? 0) - Math.abs(x.z ?? 0))[0]!;
  const matrix = pair.matrices.find(({ name }) => name === state.matrix) ?? clearest;
  const chooser = el(
    "div",
    { className: "row" },
    dropdown(
      t("Matrix"),
      pair.matrices.map((one) => [one.name, placeOf(one)] as const),
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
      (of) => change({ of: of as typeof state.of }),
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
      (view) => change({ view: view as typeof state.view }),
    ),
  );
  const [a, b] = [told.views[sideOf(pair.a)], told.views[sideOf(pair.b)]];
  if (a?.name !== matrix.name || b?.name !== matrix.name) {
    post({ type: "matrix", name: matrix.name });
    return [chooser, hint(t("Reading the matrix…"))];
  }
  const [first, second] = [shownOf(a), shownOf(b)];
  if (!first || !second)
    return [chooser, hint(t("What training dropped is not known of both; look at the kept weights."))];
  const all = changesOf(emptyBits(a.rows, a.columns), emptyBits(a.rows, a.columns)).off;
  const both = combine("and", first, second);
  const onlyA = combine("andNot", first, second);
  const onlyB = combine("andNot", second, first);
  const ground: Rgb = state.of === "kept" || brightness() === "dark" ? FOUR_STATES[3] : [250, 250, 250];
  const bothColour = ground === FOUR_STATES[3] ? FOUR_STATES[0] : FOUR_STATES[3];
  const detail = new Detail(t("Wheel or + and − zoom, drag or arrows move, 0 shows all."), true);
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
      label: `${placeOf(matrix)}, ${name}`,
      onWeight: (place) => {
        if (place) detail.say(what(place.row, place.column));
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
    ).map(([colour, text, bits]) => el("span", {}, swatch(colour), `${text} ${grouped(countOnes(bits))}`)),
  );
  const png = () =>
    savePng(fileNameOf(`${pairName(pair)}-${matrix.name}.png`), provenanceOf(pair), canvases[0]!.canvas);
  const likeness = el("p", {}, `${matrix.name}: ${detailOf(matrix)}`);
  return [
    chooser,
    likeness,
    key,
    arranged(canvases),
    detail.element,
    el("div", { className: "row" }, button(t("Save PNG"), png)),
  ];
}

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

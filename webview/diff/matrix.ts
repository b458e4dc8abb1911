// One matrix of two masks: four states on one canvas, or both masks with synchronized views: side by side, swiped or blinking.

import { combine } from "../../src/mask/algebra.ts";
import { type BitMatrix, bitAt, countOnes, fullBits } from "../../src/mask/bits.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { MatrixView } from "../../src/messages.ts";
import { brightness, ground, type Rgb, WEIGHTS } from "../draw/colours.ts";
import { exportRow } from "../draw/exports.ts";
import { keyOf, swatch } from "../draw/key.ts";
import { placeOf } from "../draw/layers.ts";
import { lineCounts } from "../draw/line-counts.ts";
import { bandsOf, bitsOf, changesOf, MatrixCanvas, type Overlay, weightDetail } from "../draw/matrix.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { grouped } from "../ui/numbers.ts";
import { heading, hint } from "../ui/parts.ts";
import { plain } from "../ui/text.ts";
import { button, dropdown } from "../ui/toolkit.ts";
import { pairName, provenanceOf } from "./export.ts";
import { askMatrix, change, nameOf, openMatrix, sideOf, state, told } from "./state.ts";
import { detailOf } from "./words.ts";

/** How long each side is shown when blinking, in milliseconds. */
const BLINK = 700;
let blinking: number | undefined;
let paused = false;

/** Call before redrawing. */
export function stopBlinking(): void {
  window.clearInterval(blinking);
  blinking = undefined;
}

/** The weights compared: those that training pruned, or those kept; null if unknown. */
function shownOf(view: MatrixView): BitMatrix | null {
  const bits = bitsOf(view.bits, view);
  if (state.of === "kept") return bits;
  return view.initial && changesOf(bits, bitsOf(view.initial, view)).pruned;
}

export function matrixTab(pair: PairComparison): (Node | string)[] {
  const clearest = [...pair.matrices].sort((x, y) => Math.abs(y.z ?? 0) - Math.abs(x.z ?? 0))[0];
  const matrix = pair.matrices.find(({ name }) => name === state.matrix) ?? clearest;
  if (!matrix) return [hint(t("The masks have no matrix in common."))];
  askMatrix(matrix.name);
  const chooser = choosers(pair, matrix.name);
  const [a, b] = [told.views[sideOf(pair.a)], told.views[sideOf(pair.b)]];
  if (a === null || b === null)
    return [chooser, hint(t("{0} is no longer in both files. Open the masks again.", matrix.name))];
  if (a?.name !== matrix.name || b?.name !== matrix.name) return [chooser, hint(t("Reading the matrix…"))];
  const [first, second] = [shownOf(a), shownOf(b)];
  if (!first || !second)
    return [chooser, hint(t("Pruned weights are not known for both masks. Choose Kept to compare the kept weights."))];
  const bands = bandsOf(matrix, first, told.masks[sideOf(pair.a)]!.base.heads);
  const detail = weightDetail();
  const what = (row: number, column: number) => {
    const inA = bitAt(first, row, column);
    const of = bitAt(second, row, column)
      ? inA
        ? t("both")
        : t("only {0}", nameOf(pair.b))
      : inA
        ? t("only {0}", nameOf(pair.a))
        : t("neither");
    return t("row {0}, column {1}: {2}", row, column, of);
  };
  const canvasOf = (overlays: readonly Overlay[], name: string) =>
    new MatrixCanvas({
      ...{ name: a.name, rows: a.rows, columns: a.columns, overlays, ground: ground() },
      ...{ rowZ: null, columnZ: null, ...bands },
      label: `${placeOf(matrix)}, ${name}`,
      onWeight: (place, isLocked) => {
        detail.hold(isLocked);
        if (place) detail.say(what(place.row, place.column));
      },
      onMove: () => {
        for (const { canvas } of sides) canvas.draw();
      },
    });
  const { key, overlays, sets } = fourStates(pair, first, second);
  const { one, other } = WEIGHTS[brightness()];
  const sides: readonly Side[] =
    state.view === "four"
      ? [{ name: "", key, canvas: canvasOf(overlays, t("four states")) }]
      : [
          { file: pair.a, bits: first, colour: one },
          { file: pair.b, bits: second, colour: other },
        ].map(({ file, bits, colour }) => ({
          name: nameOf(file),
          key: [[colour, `${weightsWord()} ${grouped(countOnes(bits))}`]],
          canvas: canvasOf([{ bits, colour }], nameOf(file)),
        }));
  return [
    chooser,
    el(
      "section",
      { className: "figure" },
      hint(`${matrix.name}: ${detailOf(matrix)}`),
      sides[1] ? null : keyOf(key),
      arranged(sides),
    ),
    detail.element,
    exportRow({
      name: () => `${pairName(pair)}-${matrix.name}`,
      provenance: () => [...provenanceOf(pair), `${matrix.name}, ${weightsWord()}: ${detailOf(matrix)}`],
      pictures: true,
      csv: () => lineCounts(sets),
    }),
  ];
}

/** A canvas with its name and key. */
interface Side {
  readonly name: string;
  readonly key: readonly (readonly [Rgb, string])[];
  readonly canvas: MatrixCanvas;
}

const weightsWord = () => (state.of === "kept" ? t("kept") : t("pruned by training"));

function choosers(pair: PairComparison, matrix: string): HTMLElement {
  return el(
    "div",
    { className: "row" },
    dropdown(
      t("Matrix"),
      pair.matrices.map((one) => [one.name, placeOf(one)] as const),
      matrix,
      openMatrix,
    ),
    dropdown(
      t("Weights"),
      [
        ["pruned", t("Pruned by training")],
        ["kept", t("Kept")],
      ],
      state.of,
      (of) => change({ of: of as typeof state.of }),
    ),
    dropdown(
      t("View"),
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
}

/** Weights of both, one or neither mask, with colours and counts; the most common state is the background. */
function fourStates({ a, b }: PairComparison, first: BitMatrix, second: BitMatrix) {
  const { one, other, both } = WEIGHTS[brightness()];
  const isKept = state.of === "kept";
  const union = combine("or", first, second);
  const sets = {
    both: combine("and", first, second),
    onlyA: combine("andNot", first, second),
    onlyB: combine("andNot", second, first),
    neither: combine("andNot", fullBits(first.rows, first.columns), union),
  };
  const states = [
    [t("both"), sets.both, isKept ? ground() : both],
    [t("only {0}", nameOf(a)), sets.onlyA, one],
    [t("only {0}", nameOf(b)), sets.onlyB, other],
    [t("neither"), sets.neither, isKept ? both : ground()],
  ] as const;
  return {
    sets,
    overlays: states.map(([, bits, colour]) => ({ bits, colour })).filter((_, i) => i !== (isKept ? 0 : 3)),
    key: states.map(([name, bits, colour]) => [colour, `${name} ${grouped(countOnes(bits))}`] as const),
  };
}

/** The share of the first side that a swipe shows, in %. */
let swiped = 50;

/** One canvas, or two: side by side, on top of each other with a swipe line, or alternating. */
function arranged(sides: readonly Side[]): HTMLElement {
  const [first, second] = sides;
  if (!first || !second) return first?.canvas.element ?? el("div");
  const [below, over] = [first.canvas.element, second.canvas.element];
  if (state.view === "beside")
    return el(
      "div",
      { className: "sides" },
      ...sides.map(({ name, key, canvas }) => el("section", {}, heading(name), keyOf(key), canvas.element)),
    );
  const stack = el("div", { className: "stack" }, below, over);
  over.classList.add("over");
  if (state.view === "swipe") {
    const aria = { label: t("Percentage of {0} shown from the left; the rest is {1}", first.name, second.name) };
    const slider = el("input", { type: "range", min: "0", max: "100", value: String(swiped), aria });
    const edge = el("div", { className: "edge" });
    stack.append(edge);
    const swipe = () => {
      swiped = Number(slider.value);
      over.style.clipPath = `inset(0 0 0 ${swiped}%)`;
      edge.style.left = `${swiped}%`;
    };
    slider.addEventListener("input", swipe);
    swipe();
    const names = sides.map(({ name, key }) => keyOf(key.map(([colour, text]) => [colour, `${name}, ${text}`])));
    return el("div", {}, el("div", { className: "swipe" }, ...names, slider), stack);
  }
  const shown = el("strong");
  const name = ({ name, key }: Side) => shown.replaceChildren(swatch(key[0]![0]), plain(name));
  name(second);
  let isOver = true;
  const toggle = () => {
    isOver = !isOver;
    over.style.visibility = isOver ? "visible" : "hidden";
    name(isOver ? second : first);
  };
  const goOn = () => {
    if (paused) stopBlinking();
    else blinking = window.setInterval(toggle, BLINK);
    pause.textContent = paused ? t("Continue") : t("Pause");
  };
  const pause = button("", () => {
    paused = !paused;
    goOn();
  });
  // With reduced motion set in the system or the editor, sides are switched by hand.
  const byHand =
    matchMedia("(prefers-reduced-motion: reduce)").matches || document.body.classList.contains("vscode-reduce-motion");
  if (!byHand) goOn();
  const buttons = [button(t("Other side"), toggle), ...(byHand ? [] : [pause])];
  return el("div", {}, el("div", { className: "row" }, ...buttons, shown), stack);
}

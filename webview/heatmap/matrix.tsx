// One matrix of a mask: each pixel is the mean of its weights, and the facts of the weight under the pointer.

import type { BitMatrix } from "../../src/mask/bits.ts";
import { bitAt, countOnes } from "../../src/mask/bits.ts";
import type { MaskDescription } from "../../src/mask/describe.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import type { LinePruningView, MatrixView, WeightFacts } from "../../src/messages.ts";
import { brightness, ground, WEIGHTS, Z_END } from "../draw/colours.ts";
import { effectText } from "../draw/effects.ts";
import { exportButtons } from "../draw/exports.ts";
import { zLegend } from "../draw/grid.ts";
import { keyOf } from "../draw/key.ts";
import { placeOf } from "../draw/layers.ts";
import { lineCounts } from "../draw/line-counts.ts";
import { bandsOf, bitsOf, changesOf, MatrixCanvas, weightDetail } from "../draw/matrix.ts";
import type { Order } from "../draw/order.ts";
import { type Row, rowOf } from "../draw/save.ts";
import { el } from "../ui/dom.ts";
import { post, t } from "../ui/host.ts";
import { fixed, grouped } from "../ui/numbers.ts";
import { heading, hint } from "../ui/parts.ts";
import { dropdown } from "../ui/toolkit.ts";
import { provenanceOf } from "./export.ts";
import { change, openMatrix, state, told } from "./state.ts";

/** Receives the details of the weight requested last. */
let onFacts: (row: number, column: number, facts: WeightFacts) => void = () => undefined;

/** Passes on the editor's details of a weight. */
export function hearWeight({ row, column, facts }: { row: number; column: number; facts: WeightFacts }): void {
  onFacts(row, column, facts);
}

export function matrixTab(mask: MaskDescription): Node[] {
  const { matrices } = mask;
  const chosen = matrices.find(({ name }) => name === state.matrix) ?? matrices[0];
  if (!chosen) return [hint(t("This mask contains no matrices."))];
  const matrix = chosen;
  const chooser = dropdown(
    t("Matrix"),
    matrices.map(({ name, layer, kind }) => [name, placeOf({ layer, kind })] as const),
    matrix.name,
    openMatrix,
  );
  const { view } = told;
  if (view?.name !== matrix.name) {
    if (state.matrix !== matrix.name || !view) post({ type: "matrix", name: matrix.name });
    state.matrix = matrix.name;
    return [el("div", { className: "row" }, chooser), hint(t("Reading the matrix…"))];
  }
  const { rows, columns } = view;
  const bits = bitsOf(view.bits, view);
  const initial = view.initial && bitsOf(view.initial, view);
  const { one, other, off } = WEIGHTS[brightness()];
  const colours = { pruned: one, regrown: other, off };
  const changes = initial && changesOf(bits, initial);
  const inverse = changes ?? { off: changesOf(bits, bits).off };
  const names = { pruned: t("pruned"), regrown: t("regrown"), off: changes ? t("off from the start") : t("off") };
  const overlays = (Object.keys(inverse) as (keyof typeof names)[]).map((key) => ({
    ...{ key, bits: (inverse as Record<string, BitMatrix>)[key]!, colour: colours[key] },
  }));
  const bands = bandsOf(matrix, bits, mask.base.heads);
  const headOf = (level: "row" | "column", line: number) => {
    const band = bands[`${level}Band`];
    return band ? Math.floor(line / band) : undefined;
  };
  const detail = weightDetail();
  // One weight is requested at a time; after the answer, the one then under the pointer.
  let over: { row: number; column: number } | null = null;
  let waiting = false;
  const canvas = new MatrixCanvas({
    ...{ name: matrix.name, rows, columns, overlays, ground: ground(), ...zOf(view) },
    ...bands,
    label: t("{0}: {1} rows, {2} columns", placeOf(matrix), rows, columns),
    onWeight: (place, isLocked) => {
      over = place;
      detail.hold(isLocked);
      if (!place) return;
      detail.say(weightText(place.row, place.column));
      askFacts();
    },
  });
  if (state.rowOrder !== "own" || state.columnOrder !== "own") canvas.sort(state.rowOrder, state.columnOrder);

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
    detail.say(parts.join(" · "));
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
          ? t("regrown by training")
          : t("pruned by training");
    const head = headOf("row", row) ?? headOf("column", column);
    const parts = [t("row {0}, column {1}: {2}", row, column, what)];
    if (head !== undefined) parts.push(t("head {0}", head));
    const { rowPruning, columnPruning } = view!;
    if (rowPruning && columnPruning)
      parts.push(
        t("row: {0}", lineText(rowPruning, row)),
        t("column: {0}", lineText(columnPruning, column)),
        t("times the count expected at the matrix's own pruning rates"),
      );
    return parts.join(" · ");
  }

  const orderChooser = (label: string, chosen: Order, byHead: boolean, set: (order: Order) => void) =>
    dropdown(
      label,
      [
        ["own", t("{0} in original order", label)],
        ["z", t("{0} by z", label)],
        ...(byHead ? [["head", t("{0} by head, heads by z", label)] as const] : []),
      ],
      chosen === "head" && !byHead ? "own" : chosen,
      (order) => set(order as Order),
    );
  const key = overlays.map(
    (overlay) => [overlay.colour, `${names[overlay.key]} ${grouped(countOnes(overlay.bits))}`] as const,
  );
  const saving = exportButtons({
    name: () => `${mask.task.name}-${matrix.name}`,
    provenance: () => [...provenanceOf(mask), `matrix ${matrix.name}`],
    pictures: true,
    csv: () =>
      lineCounts(
        { kept: bits, ...(changes && { pruned: changes.pruned, regrown: changes.regrown }) },
        (level, line) => ({
          head: headOf(level, line),
          ...lineRow(level === "row" ? view.rowPruning : view.columnPruning, line),
        }),
      ),
  });
  return [
    el(
      "div",
      { className: "row" },
      chooser,
      view.rowPruning && orderChooser(t("Rows"), state.rowOrder, bands.rowBand > 0, (rowOrder) => change({ rowOrder })),
      view.columnPruning &&
        orderChooser(t("Columns"), state.columnOrder, bands.columnBand > 0, (columnOrder) => change({ columnOrder })),
      ...saving,
    ),
    el(
      "section",
      { className: "figure" },
      heading(
        `${placeOf(matrix)} · ${rows} × ${columns}`,
        [t("each pixel is the mean of its weights"), ...stripsText(view)].join("; "),
      ),
      el(
        "div",
        { className: "keys" },
        keyOf(key),
        view.rowPruning && zLegend(t("−{0} fewer", Z_END), t("more +{0}", Z_END)),
      ),
      canvas.element,
    ),
    detail.element,
  ];
}

const zOf = ({ rowPruning, columnPruning }: MatrixView) => ({
  rowZ: rowPruning?.z ?? null,
  columnZ: columnPruning?.z ?? null,
});

/** What the strips show, and how many rows and columns are marked. */
function stripsText({ rowPruning, columnPruning, rows, columns }: MatrixView): string[] {
  if (!rowPruning || !columnPruning) return [];
  const marked = ({ marks }: LinePruningView) => grouped(marks.reduce((sum, mark) => sum + mark, 0));
  return [
    t(
      "strips: z of the pruned weights per row and column, against the count expected given the initial scores at the matrix's own pruning rates",
    ),
    t("● {0} of {1} rows and {2} of {3} columns marked", marked(rowPruning), rows, marked(columnPruning), columns),
  ];
}

const effectAt = ({ effects }: LinePruningView, line: number): Estimate | null => {
  const [value, low, high] = effects.subarray(3 * line, 3 * line + 3);
  return Number.isNaN(value) ? null : { value: value!, low: low!, high: high! };
};

/** "1.32 (95 % 1.21–1.44), z 4.1 ●" */
function lineText(drops: LinePruningView, line: number): string {
  const mark = drops.marks[line] ? " ●" : "";
  return `${effectText(effectAt(drops, line))}, z ${fixed(drops.z[line], 1)}${mark}`;
}

const lineRow = (drops: LinePruningView | null, line: number): Row =>
  drops ? rowOf({ effect: effectAt(drops, line), z: drops.z[line]!, marked: Boolean(drops.marks[line]) }) : {};

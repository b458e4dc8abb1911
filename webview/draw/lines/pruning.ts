// What training pruned in the rows and columns of a matrix, in words and for CSV files. Pure.

import type { Estimate } from "../../../src/mask/metadata.ts";
import type { LinePruningView, MatrixView } from "../../../src/messages.ts";
import * as l10n from "../../ui/l10n.ts";
import { fixed, grouped } from "../../ui/numbers.ts";
import { effectText } from "../effects.ts";
import { type Row, rowOf } from "../exports/save.ts";
import type { MatrixData } from "../matrix-painter.ts";

type Bands = Pick<MatrixData, "rowBand" | "columnBand">;

/** The attention head that a line belongs to; undefined if the lines are not divided into heads. */
export function headOf(bands: Bands, level: "row" | "column", line: number): number | undefined {
  const band = bands[`${level}Band`];
  return band ? Math.floor(line / band) : undefined;
}

const effectAt = ({ effects }: LinePruningView, line: number): Estimate | null => {
  const [value, low, high] = effects.subarray(3 * line, 3 * line + 3);
  return Number.isNaN(value) ? null : { value: value!, low: low!, high: high! };
};

/** "1.32 (95 % confidence interval 1.21–1.44), z 4.1 ●" */
export function lineText(drops: LinePruningView, line: number): string {
  const mark = drops.marks[line] ? " ●" : "";
  return `${effectText(effectAt(drops, line))}, z ${fixed(drops.z[line], 1)}${mark}`;
}

/** A line's numbers as table cells; `of` is appended to the column names. */
export const lineRow = (drops: LinePruningView | null, line: number, of = ""): Row =>
  drops
    ? rowOf({
        [`effect${of}`]: effectAt(drops, line),
        [`z${of}`]: drops.z[line]!,
        [`marked${of}`]: Boolean(drops.marks[line]),
      })
    : {};

/** How many rows and columns are marked; empty if unknown. */
export function markedLines({ rowPruning, columnPruning, rows, columns }: MatrixView): string[] {
  if (!rowPruning || !columnPruning) return [];
  const marked = ({ marks }: LinePruningView) => grouped(marks.reduce((sum, mark) => sum + mark, 0));
  return [
    l10n.t("● {0} of {1} rows and {2} of {3} columns marked", marked(rowPruning), rows, marked(columnPruning), columns),
  ];
}

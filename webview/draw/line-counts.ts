// A matrix's row and column counts for a CSV file.

import { type BitMatrix, countColumns, countRows } from "../../src/mask/bits.ts";
import type { Row } from "./exports/save.ts";

/** Rows, then columns, with their counts in each set and the additional values from `more`. */
export function lineCounts(
  sets: Readonly<Record<string, BitMatrix>>,
  more: (axis: "row" | "column", line: number) => Row = () => ({}),
): Row[] {
  return (["row", "column"] as const).flatMap((axis) => {
    const counts = Object.entries(sets).map(
      ([name, bits]) => [name, (axis === "row" ? countRows : countColumns)(bits)] as const,
    );
    return Array.from(counts[0]![1], (_, line) => ({
      ...{ axis, line, ...Object.fromEntries(counts.map(([name, count]) => [name, count[line]!])) },
      ...more(axis, line),
    }));
  });
}

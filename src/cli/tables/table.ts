// Formats tables and numbers as text.

import type { Estimate, Interval } from "../../mask/metadata.ts";
import { between, fixed, signed } from "../../numbers.ts";
import { visible } from "../../visible.ts";

/**
 * A table as lines: a header and a rule (unless all titles are empty), then the rows. The first column is left-aligned, the
 * others are right-aligned unless `left` names them. Control characters in cells are escaped, and long cells are cut.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string {
  const shown = [header, ...rows].map((row) => row.map((cell) => visible(cell, LONGEST)));
  const widths = header.map((_, i) => shown.reduce((most, row) => Math.max(most, widthOf(row[i] ?? "")), 0));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, i) => {
        const cell = cells[i] ?? "";
        const space = " ".repeat(width - widthOf(cell));
        return left.includes(i) ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  const [titles, ...body] = shown as [string[], ...string[][]];
  const head = header.some(Boolean) ? [line(titles), widths.map((width) => "─".repeat(width)).join("  ")] : [];
  return `${[...head, ...body.map(line)].join("\n")}\n`;
}

/** The maximum length of a cell: enough for two names and a path. */
const LONGEST = 160;

/** The number of characters; wide and combining characters are not treated specially. */
const widthOf = (text: string) => [...text].length;

/** A fraction in percent: "88.6", with its interval "88.6 (85.3–91.2)", or "88.6 (–)" if there is none. */
export function percent(share: number | Interval, digits = 1): string {
  const of = (value: number) => fixed(100 * value, digits);
  if (typeof share === "number") return of(share);
  const { value, low, high } = share;
  return `${of(value)} (${low === null || high === null ? "–" : between(of(low), of(high))})`;
}

/** A difference of fractions in percentage points: "+1.2 (−0.3 to +2.7)", or "+1.2 (–)" if there is no interval. */
export function points({ value, low, high }: Interval, digits = 1): string {
  const of = (share: number) => signed(100 * share, digits);
  return `${of(value)} (${low === null || high === null ? "–" : `${of(low)} to ${of(high)}`})`;
}

/** A number with its interval: "1.195 [1.155–1.223]", "0.07 [−0.17 to 0.29]". */
export function interval({ value, low, high }: Estimate, digits: number): string {
  return `${fixed(value, digits)} [${between(fixed(low, digits), fixed(high, digits))}]`;
}

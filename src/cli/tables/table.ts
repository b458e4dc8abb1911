// Formats tables and numbers as text.

import type { Estimate, Interval } from "../../mask/metadata.ts";
import { isShare, valueText } from "../../metric.ts";
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
  return typeof share === "number" ? of(share) : ranged(share, of);
}

/** A metric's value with its interval, without its sign: as `percent`, or "12.34 (11.02–13.50)" if it is no share. */
export const metricCell = (metric: string, value: Interval): string =>
  ranged(value, (bound) => valueText(metric, bound));

/** A difference of fractions in percentage points: "+1.2 (−0.3 to +2.7)", or "+1.2 (–)" if there is no interval. */
export const points = (difference: Interval, digits = 1): string =>
  ranged(difference, (share) => signed(100 * share, digits), fromTo);

/** A difference of a metric's values: as `points`, or as it is if it is no share. */
export const differenceCell = (metric: string, difference: Interval): string =>
  isShare(metric) ? points(difference) : ranged(difference, (value) => signed(value, 2), fromTo);

const fromTo = (low: string, high: string): string => `${low} to ${high}`;

function ranged({ value, low, high }: Interval, of: (value: number) => string, ends = between): string {
  return `${of(value)} (${low === null || high === null ? "–" : ends(of(low), of(high))})`;
}

/** A number with its interval: "1.195 [1.155–1.223]", "0.07 [−0.17 to 0.29]". */
export function interval({ value, low, high }: Estimate, digits: number): string {
  return `${fixed(value, digits)} [${between(fixed(low, digits), fixed(high, digits))}]`;
}

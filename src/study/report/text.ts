// How a report writes shares and spreads.

import { isShare, metricTitle, valueText } from "../../metric.ts";
import { fixed } from "../../numbers.ts";
import type { Spread } from "../../spread.ts";
import type { Group } from "../groups.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);

/** The validation and test metric of a group, and its sparsity. */
export const resultCells = ({ metric, validation, test, sparsity }: Group): string[] => {
  const own = (value: number) => valueText(metric, value);
  return [spreadText(validation, own), spreadText(test, own), spreadText(sparsity, percent)];
};

/** In which unit a table of these groups is. */
export const unitText = (groups: readonly Group[]): string =>
  groups.every(({ metric }) => isShare(metric)) ? "in percent" : "shares in percent";

/** How the test metric of these groups is drawn on one axis; undefined if their metrics are not in the same unit. */
export function axisOf(groups: readonly Group[]): { readonly factor: number; readonly title: string } | undefined {
  if (groups.every(({ metric }) => isShare(metric))) return { factor: 100, title: "test, %" };
  const [first, ...others] = new Set(groups.map(({ metric }) => metric));
  return others.length ? undefined : { factor: 1, title: `test ${metricTitle(first ?? "metric")}` };
}

/** "85.1 ± 1.0"; without a deviation if there is one value. */
export function spreadText(spread: Spread | null, of: (value: number) => string): string {
  if (!spread) return "–";
  return spread.deviation === null ? of(spread.mean) : `${of(spread.mean)} ± ${of(spread.deviation)}`;
}

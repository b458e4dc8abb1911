// Formats numbers as text.

import type { Interval } from "../../src/mask/metadata.ts";
import { valueText } from "../../src/metric.ts";
import { between, fixed, grouped } from "../../src/numbers.ts";
import * as l10n from "./l10n.ts";

export { isLowerBetter, isShare, metricName, signOf, valueText } from "../../src/metric.ts";
export { bytes, duration, fixed, grouped, signed, thousands } from "../../src/numbers.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);

/** The ends of an interval as text: "85.3–91.2", "−0.17 to 0.29". */
export const ends = (low: string, high: string): string =>
  between(low, high, (from, to) => l10n.t("{0} to {1}", from, to));

/** The ends of an interval in percent, "85.3–91.2"; "–" if there is none. */
export const range = ({ low, high }: Pick<Interval, "low" | "high">): string =>
  low === null || high === null ? "–" : ends(percent(low), percent(high));

/** The ends of a metric's interval, without its sign; "–" if there is none. */
export const metricRange = (
  metric: string | null | undefined,
  { low, high }: Pick<Interval, "low" | "high">,
): string => (low === null || high === null ? "–" : ends(valueText(metric, low), valueText(metric, high)));

export const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : grouped(value);

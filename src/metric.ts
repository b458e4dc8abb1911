// The metrics by which runs are selected and compared: which value is better, and in which unit it is shown.

import { fixed, thousands } from "./numbers.ts";

interface Facts {
  readonly better: "higher" | "lower";
  /** "share": from 0 to 1 (Matthews correlation from −1), shown in percent; "number": shown as it is. */
  readonly unit: "share" | "number";
  /** As written in texts, if not as in files. */
  readonly name?: string;
}

const SHARE = { better: "higher", unit: "share" } as const;
const SCORE = { better: "higher", unit: "number" } as const;
const COST = { better: "lower", unit: "number" } as const;

export const METRICS = {
  accuracy: SHARE,
  f1: SHARE,
  macroF1: SHARE,
  matthews: SHARE,
  entityF1: SHARE,
  exactMatch: { ...SHARE, name: "exact match" },
  /** BLEU and chrF are from 0 to 100, as everywhere in the field. */
  bleu: { ...SCORE, name: "BLEU" },
  chrf: { ...SCORE, name: "chrF" },
  perplexity: COST,
  bitsPerByte: { ...COST, name: "bits per byte" },
} as const satisfies Record<string, Facts>;

export type Metric = keyof typeof METRICS;
/** Of texts: of their tokens' losses, or of what was generated. */
export type TextMetric = "perplexity" | "bitsPerByte" | "bleu" | "chrf" | "exactMatch";
/** Of predicted labels. */
export type LabelMetric = Exclude<Metric, TextMetric>;

/** Names in files may be those of later versions; these count as shares, and higher values as better. */
const factsOf = (metric: string): Facts => (Object.hasOwn(METRICS, metric) ? METRICS[metric as Metric] : SHARE);

/** The name in texts: "chrF" for "chrf". */
export const metricName = (metric: string): string => factsOf(metric).name ?? metric;

/** The name in texts, and which value is better where that is not the usual: "perplexity (lower is better)". */
export const metricTitle = (metric: string): string =>
  isLowerBetter(metric) ? `${metricName(metric)} (lower is better)` : metricName(metric);

export const isLowerBetter = (metric: string | null | undefined): boolean => factsOf(metric ?? "").better === "lower";

/** Whether value `a` of a metric is better than value `b`. */
export const isBetter = (metric: string, a: number, b: number): boolean => (isLowerBetter(metric) ? a < b : a > b);

/** Whether values are shares of 1, which are shown in percent; so are those of a metric that is not named. */
export const isShare = (metric: string | null | undefined): boolean => factsOf(metric ?? "").unit === "share";

/** The sign after a value: " %", or nothing. */
export const signOf = (metric: string | null | undefined): string => (isShare(metric) ? " %" : "");

/** From this value on, a number is shown as a power of ten. */
const LARGE = 1e6;

/** A value as text without its sign: a share in percent with so many digits, any other number with two. */
export function valueText(metric: string | null | undefined, value: number, digits = 1): string {
  if (isShare(metric)) return fixed(100 * value, digits);
  return value < LARGE ? thousands(fixed(value, 2)) : value.toExponential(2);
}

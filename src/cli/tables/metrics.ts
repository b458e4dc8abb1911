// Formats metrics as a table with one line per split or adaptation.

import type { Interval, Metrics } from "../../mask/metadata.ts";
import { isLowerBetter, isShare, metricName } from "../../metric.ts";
import { grouped } from "../../numbers.ts";
import { visible } from "../../visible.ts";
import { metricCell, table } from "./table.ts";

/** The line of the base model without a mask, on the validation split. */
export const PRETRAINED = "pretrained, validation";

/** The columns for truncated examples and for words without a prediction; a column is shown only if it is not all zeros. */
const LOSSES = ["cut", "unscored"] as const;

/**
 * For each line: the name, the number of examples, how many of them were truncated, how many words have no prediction, and
 * the metrics; shares are in percent. Below the table: of which metrics lower values are better, and why a metric has no interval.
 * `corner`: what the lines are.
 */
export function metricsTable(corner: string, lines: readonly (readonly [name: string, metrics: Metrics])[]): string {
  const names = [...new Set(lines.flatMap(([, metrics]) => metricNames(metrics)))];
  const losses = LOSSES.filter((key) => lines.some(([, metrics]) => metrics[key]));
  const reasons = lines.flatMap(([name, metrics]) =>
    metricNames(metrics).flatMap((metric) => {
      const { reason } = (metrics[metric] ?? {}) as Partial<Interval>;
      return reason === undefined ? [] : [`${visible(`${name}, ${metricName(metric)}: ${reason}`)}.\n`];
    }),
  );
  const header = names.map((name) => `${metricName(name)}${isShare(name) ? ", %" : ""}`);
  const lower = names.filter(isLowerBetter).map(metricName);
  return `${table(
    [corner, "examples", ...losses, ...header],
    lines.map(([name, metrics]) => [
      ...[name, grouped(metrics.examples)],
      ...losses.map((key) => grouped(metrics[key] ?? 0)),
      ...names.map((metric) => (metrics[metric] === undefined ? "–" : metricCell(metric, metrics[metric] as Interval))),
    ]),
  )}${lower.length ? `Lower is better: ${lower.join(", ")}.\n` : ""}${reasons.join("")}`;
}

/** The names of the metrics, in the order of the keys. */
function metricNames(metrics: Metrics): string[] {
  return Object.keys(metrics).filter((key) => typeof metrics[key] === "object");
}

// Metrics as a table: a line for each set of examples or each adaptation.

import { type Interval, type Metrics, metricNames } from "../mask/metadata.ts";
import { grouped } from "../numbers.ts";
import { visible } from "../visible.ts";
import { percent, table } from "./table.ts";

/** What was lost of the examples; a column each where there is any. */
const LOSSES = ["cut", "unscored"] as const;

/**
 * Each line's name, its examples, how many of them were cut and how many words have no prediction, and its metrics in per
 * cent; below, why a metric has no interval.
 */
export function metricsTable(corner: string, lines: readonly (readonly [name: string, metrics: Metrics])[]): string {
  const names = [...new Set(lines.flatMap(([, metrics]) => metricNames(metrics)))];
  const losses = LOSSES.filter((key) => lines.some(([, metrics]) => metrics[key]));
  const reasons = lines.flatMap(([name, metrics]) =>
    metricNames(metrics).flatMap((metric) => {
      const { reason } = (metrics[metric] ?? {}) as Partial<Interval>;
      return reason === undefined ? [] : [`${visible(`${name}, ${metric}: ${reason}`)}.\n`];
    }),
  );
  return `${table(
    [corner, "examples", ...losses, ...names],
    lines.map(([name, metrics]) => [
      ...[name, grouped(metrics.examples)],
      ...losses.map((key) => grouped(metrics[key] ?? 0)),
      ...names.map((metric) => (metrics[metric] === undefined ? "–" : percent(metrics[metric]))),
    ]),
  )}${reasons.join("")}`;
}

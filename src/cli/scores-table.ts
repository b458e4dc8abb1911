// Metrics as a table: a line for each set of examples or each adaptation.

import { type Interval, metricNames, type Scores } from "../mask/metadata.ts";
import { grouped } from "../numbers.ts";
import { visible } from "../visible.ts";
import { percent, table } from "./table.ts";

/** What was lost of the examples; a column each where there is any. */
const LOSSES = ["cut", "unscored"] as const;

/**
 * Each line's name, its examples, how many of them were cut and how many words have no prediction, and its metrics in per
 * cent; below, why a metric has no interval.
 */
export function scoresTable(corner: string, lines: readonly (readonly [name: string, scores: Scores])[]): string {
  const metrics = [...new Set(lines.flatMap(([, scores]) => metricNames(scores)))];
  const losses = LOSSES.filter((key) => lines.some(([, scores]) => scores[key]));
  const reasons = lines.flatMap(([name, scores]) =>
    metrics.flatMap((metric) => {
      const { reason } = (scores[metric] ?? {}) as Partial<Interval>;
      return reason === undefined ? [] : [`${visible(`${name}, ${metric}: ${reason}`)}.\n`];
    }),
  );
  return `${table(
    [corner, "rows", ...losses, ...metrics],
    lines.map(([name, scores]) => [
      ...[name, grouped(scores.rows)],
      ...losses.map((key) => grouped(scores[key] ?? 0)),
      ...metrics.map((metric) => (scores[metric] === undefined ? "–" : percent(scores[metric]))),
    ]),
  )}${reasons.join("")}`;
}

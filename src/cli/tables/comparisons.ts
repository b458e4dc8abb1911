// Formats comparisons of adaptations on the same examples as a table with one line per pair.

import type { Comparison } from "../../adaptation/evaluate.ts";
import { isShare, metricTitle } from "../../metric.ts";
import { visible } from "../../visible.ts";
import { differenceCell, table } from "./table.ts";

/** `name` returns an adaptation's name in the metrics table above. The text is empty if there is nothing to compare. */
export function comparisonsTable(comparisons: readonly Comparison[], name: (adaptation: string) => string): string {
  if (!comparisons.length) return "";
  const metrics = new Set(comparisons.map(({ metric }) => metric));
  const tests = comparisons.filter(({ mcnemar }) => mcnemar !== null).length;
  const hasTest = tests > 0;
  const rows = comparisons.map(({ a, b, metric, difference, mcnemar }) => [
    `${name(a)} − ${name(b)}`,
    ...(metrics.size > 1 ? [metricTitle(metric)] : []),
    differenceCell(metric, difference),
    ...(hasTest
      ? [String(mcnemar?.onlyA ?? "–"), String(mcnemar?.onlyB ?? "–"), mcnemar ? pText(mcnemar.p) : "–"]
      : []),
    ...(tests > 1 ? [mcnemar ? pText(mcnemar.pHolm) : "–"] : []),
  ]);
  const reasons = comparisons.flatMap(({ a, b, difference: { reason } }) =>
    reason === undefined ? [] : [`${name(a)} − ${name(b)}: ${visible(reason)}.\n`],
  );
  const test = hasTest
    ? "only first correct, only second correct: numbers of examples. p: McNemar's exact test for a difference in accuracy"
    : "";
  const several = tests > 1 ? `. p (Holm): corrected for the ${tests} comparisons` : "";
  return `
Differences on the same examples${[...metrics].every(isShare) ? ", in points" : ""}, with a 95 % interval (paired bootstrap over examples)
${table(
  [
    metrics.size > 1 ? "" : metricTitle([...metrics][0]!),
    ...(metrics.size > 1 ? ["metric"] : []),
    "difference",
    ...(hasTest ? ["only first correct", "only second correct", "p"] : []),
    ...(tests > 1 ? ["p (Holm)"] : []),
  ],
  rows,
)}${reasons.join("")}${test ? `${test}${several}.\n` : ""}`;
}

function pText(p: number): string {
  return p < 0.0001 ? "< 0.0001" : p.toFixed(p < 0.1 ? 4 : 2);
}

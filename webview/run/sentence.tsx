// A run in one sentence, and the labels of its data in another.

import type { EvaluationEvent } from "../../src/messages.ts";
import * as l10n from "../ui/l10n.ts";
import { bytes, grouped, percent, range } from "../ui/numbers.ts";
import { filled } from "../ui/parts.tsx";
import { named } from "../ui/text.ts";
import { type Course, intervalOf, metricOf } from "./course.ts";

export function Sentence({ course }: { readonly course: Course }) {
  const { result, steps } = course;
  const zeros = result?.sparsity ?? steps.findLast(({ sparsity }) => sparsity !== null)?.sparsity;
  return (
    <>
      {bestOf(course)}{" "}
      {typeof zeros === "number" && (
        <>{filled(l10n.t("{0} of the masked weights are off."), <strong>{percent(zeros, 2)} %</strong>)} </>
      )}
      {result && l10n.t("The file size is {0}.", bytes(result.bytes))}
    </>
  );
}

/** The metric at the best evaluation, and on the test examples. */
function bestOf(course: Course) {
  const { evaluations, test, steps } = course;
  const metric = metricOf(course);
  const best = evaluations.findLast((evaluation) => evaluation.best);
  if (!best) return steps.length ? l10n.t("Not evaluated yet.") : l10n.t("No steps yet.");
  const value = (evaluation: EvaluationEvent) => {
    const interval = intervalOf(evaluation, metric);
    return <strong>{`${percent(evaluation.value)} %${interval ? ` (${range(interval)})` : ""}`}</strong>;
  };
  const message = test
    ? l10n.t("Best {0} on the validation examples: {1} at step {2}; on the test examples: {3}.")
    : l10n.t("Best {0} on the validation examples: {1} at step {2}.");
  return filled(message, metric ?? l10n.t("metric"), value(best), best.step, test && value(test));
}

/** How many labels are listed; the tables show all. */
const NAMED = 6;

/** The distribution of training labels, most frequent first: the baseline for an accuracy. */
export function Labels({ labels }: Pick<Course, "labels">) {
  const all = labels.reduce((sum, { train }) => sum + train, 0);
  const frequent = labels
    .toSorted((a, b) => b.train - a.train)
    .slice(0, NAMED)
    .map(({ label, train }) => `${named(label)} ${grouped(train)} (${percent(train / all)} %)`)
    .join(", ");
  const more = labels.length - NAMED;
  return (
    <p class="hint" hidden={all === 0}>
      {more > 0
        ? l10n.t("Training labels: {0} and {1} more", frequent, more)
        : l10n.t("Training labels: {0}", frequent)}
    </p>
  );
}

// A run in one sentence: its metric and its sparsity, each at a named step.

import type { EvaluationEvent } from "../../src/messages.ts";
import * as l10n from "../ui/l10n.ts";
import { bytes, metricName, metricRange, percent, signOf, valueText } from "../ui/numbers.ts";
import { filled } from "../ui/parts.tsx";
import { bestOf, type Course, intervalOf, metricOf, sparsitiesOf } from "./course.ts";

export function Sentence({ course }: { readonly course: Course }) {
  const { result } = course;
  return (
    <>
      {metricSentence(course)} {sparsitySentence(course)}{" "}
      {result && l10n.t("The file size is {0}.", bytes(result.bytes))}
    </>
  );
}

/** The metric at the best evaluation, and on the test examples. */
function metricSentence(course: Course) {
  const { test, steps, transfers } = course;
  const metric = metricOf(course);
  const best = bestOf(course);
  if (!best && !steps.length && transfers.length)
    return l10n.t("So far, only the feature maps of linear attention have been trained.");
  if (!best) return steps.length ? l10n.t("Not evaluated yet.") : l10n.t("No steps yet.");
  const value = (evaluation: EvaluationEvent) => {
    const interval = intervalOf(evaluation, metric);
    const shown = <strong class="whole">{`${valueText(metric, evaluation.value)}${signOf(metric)}`}</strong>;
    if (!interval || interval.low === null) return shown;
    return (
      <>
        {shown} {l10n.t("(95 % confidence interval {0})", `${metricRange(metric, interval)}${signOf(metric)}`)}
      </>
    );
  };
  const message = test
    ? l10n.t("Best {0} on the validation examples: {1} at step {2}; on the test examples, at that step: {3}.")
    : l10n.t("Best {0} on the validation examples so far: {1} at step {2}.");
  return filled(
    message,
    metric === undefined ? l10n.t("metric") : metricName(metric),
    value(best),
    best.step,
    test && value(test),
  );
}

function sparsitySentence(course: Course) {
  const { best, last } = sparsitiesOf(course);
  const shown = (sparsity: number) => <strong class="whole">{percent(sparsity, 2)} %</strong>;
  if (!last) return best && filled(l10n.t("{0} of the masked weights are off."), shown(best.sparsity));
  if (!best)
    return filled(
      l10n.t("Sparsity after step {0}: {1} of the masked weights are off."),
      last.step,
      shown(last.sparsity),
    );
  if (best.step === last.step)
    return filled(
      l10n.t("Sparsity at step {0}, which is both the best and the last: {1} of the masked weights are off."),
      ...[best.step, shown(best.sparsity)],
    );
  return filled(
    l10n.t(
      "Sparsity: {0} of the masked weights are off at the best step ({1}), whose mask is saved; {2} at the last step ({3}).",
    ),
    ...[shown(best.sparsity), best.step, shown(last.sparsity), last.step],
  );
}

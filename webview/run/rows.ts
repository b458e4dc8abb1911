// A run as rows for a CSV file.

import type { Row } from "../draw/save.ts";
import { type Course, flipsByLayer, intervalOf, metricOf } from "./course.ts";

/** Evaluations with their flips by layer, then steps. Column names are not translated. */
export function rowsOf(course: Course): Row[] {
  const { steps, evaluations, test } = course;
  const layers = flipsByLayer(course);
  const metric = metricOf(course);
  return [
    ...[...evaluations, ...(test ? [test] : [])].map((evaluation): Row => {
      const { step, split, value, metrics, dynamics } = evaluation;
      const { examples, cut, unscored } = metrics;
      const { low, high } = intervalOf(evaluation, metric) ?? {};
      const { sparsity, pruned, regrown, flips } = dynamics ?? {};
      const byLayer = layers.map(({ layer, points }) => {
        const point = split === "validation" ? points.find((one) => one.step === step) : undefined;
        return [layer === null ? "flips above" : `flips layer ${layer}`, point?.flips];
      });
      return {
        ...{ level: "evaluation", step, split, metric, value, low, high, examples, cut, unscored },
        ...{ sparsity, pruned, regrown, flips },
        ...Object.fromEntries(byLayer),
      };
    }),
    ...steps.map(({ step, epoch, loss, learningRate, sparsity }) => ({
      ...{ level: "step", step, epoch, loss, learningRate, sparsity },
    })),
  ];
}

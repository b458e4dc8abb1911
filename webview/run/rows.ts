// A run as tables for saving. Column names are not translated.

import type { Table } from "../draw/exports/exports.tsx";
import type { Row } from "../draw/exports/save.ts";
import * as l10n from "../ui/l10n.ts";
import { type Course, flipsByLayer, intervalOf, matricesOf, metricOf } from "./course.ts";

/** The tables for which the run already has data. */
export function tablesOf(course: Course): Table[] {
  const { transfers, steps, evaluations, test, labels } = course;
  const all = test ? [...evaluations, test] : evaluations;
  const flips = flipsByLayer(course);
  const moving = evaluations.filter(({ dynamics }) => matricesOf(dynamics).length);
  const tables = [
    [all, { id: "evaluations", title: l10n.t("Evaluations"), rows: () => all.map(evaluationRow(course)) }],
    [flips, { id: "flips", title: l10n.t("Flips by layer"), rows: () => flips.flatMap(flipRows) }],
    [moving, { id: "matrices", title: l10n.t("Masks by matrix"), rows: () => moving.flatMap(matrixRows) }],
    [steps, { id: "steps", title: l10n.t("Steps"), rows: () => steps.map(stepRow) }],
    [transfers, { id: "transfer", title: l10n.t("Transfer steps"), rows: () => transfers.map(transferRow) }],
    [labels, { id: "labels", title: l10n.t("Labels"), rows: () => labels.flatMap(labelRows) }],
  ] as const;
  return tables.flatMap(([of, table]) => (of.length ? [table] : []));
}

function evaluationRow(course: Course): (evaluation: Course["evaluations"][number]) => Row {
  const metric = metricOf(course);
  return (evaluation) => {
    const { step, split, value, metrics, dynamics } = evaluation;
    const { examples, cut, unscored } = metrics;
    const { low, high } = intervalOf(evaluation, metric) ?? {};
    const { sparsity, pruned, regrown, flips } = dynamics ?? {};
    return { step, split, metric, value, low, high, examples, cut, unscored, sparsity, pruned, regrown, flips };
  };
}

const stepRow = ({ step, epoch, loss, learningRate, sparsity }: Course["steps"][number]): Row => ({
  ...{ step, epoch, loss, learningRate, sparsity },
});

const transferRow = ({ step, loss: divergence, learningRate }: Course["transfers"][number]): Row => ({
  ...{ step, divergence, learningRate },
});

/** A layer's flips, evaluation by evaluation; `layer` is null for the matrices above the layers. */
const flipRows = ({ layer, points }: ReturnType<typeof flipsByLayer>[number]): Row[] =>
  points.map(({ step, since, flips, rate }) => ({ layer, since, step, flips, shareOfWeightsPerStep: rate }));

const matrixRows = ({ step, dynamics }: Course["evaluations"][number]): Row[] =>
  matricesOf(dynamics).map(({ layer, name, kind, weights, sparsity, pruned, regrown, flips, iou }) => ({
    ...{ step, layer, kind, name, weights, sparsity, pruned, regrown, flips, iou },
  }));

const labelRows = ({ label, train, validation, test }: Course["labels"][number]): Row[] =>
  Object.entries({ train, validation, test }).map(([split, examples]) => ({ label, split, examples }));

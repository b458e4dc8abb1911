// What the evaluation page saves: tables as CSV with their metadata, its figures, and metrics as Markdown.

import type { Interval } from "../../src/mask/metadata.ts";
import { ExportRow, type Table } from "../draw/exports/exports.tsx";
import type { Row } from "../draw/exports/save.ts";
import * as l10n from "../ui/l10n.ts";
import { examplesTable } from "./examples/table.ts";
import { comparisonsOf, intervalOf, metricsOf } from "./numbers.ts";
import { chosen, MISSING, type Subject, type View } from "./state.ts";

interface SavingProps {
  readonly subject: Subject;
  /** The table that is offered first. */
  readonly table?: string;
  /** The title of the figures that are shown; undefined if there are none. */
  readonly caption?: string;
}

export function Saving({ subject, table = "metrics", caption }: SavingProps) {
  const { result, views, view } = subject;
  const all = tablesOf(subject);
  return (
    <ExportRow
      name={`evaluation-${view.task.name}`}
      provenance={() => provenanceOf(subject)}
      metadata={() => ({
        ...{ task: view.task, split: result.split, tool: result.tool, device: result.device },
        examplesShown: shownFilter(view),
        adaptations: views.map(({ adaptation, permuteLabels }) => ({ adaptation, permuteLabels })),
      })}
      tables={[...all.filter(({ id }) => id === table), ...all.filter(({ id }) => id !== table)]}
      caption={caption === undefined ? undefined : { title: caption, notes: provenanceOf(subject) }}
    />
  );
}

/** Which examples the table of examples contains, and in which order. */
function shownFilter(view: View) {
  const { sort, right, label, predicted, other, disagreement, text } = chosen.state;
  const named = (k: number) => (k >= 0 ? view.details.labels[k]!.label : k === MISSING ? null : "any");
  return {
    ...{ adaptation: view.adaptation, order: sort, right, label: named(label), predicted: named(predicted), text },
    ...(other !== "" && { disagreesWith: other, rightOne: disagreement }),
  };
}

function provenanceOf({ result, views, view }: Subject): string[] {
  const split =
    result.split === "test"
      ? l10n.t("Task {0}, test split, {1} examples.", view.task.name, view.metrics.examples)
      : l10n.t("Task {0}, validation split, {1} examples.", view.task.name, view.metrics.examples);
  return [
    split,
    l10n.t("Intervals: 95 %; Wilson's for shares of independent examples, otherwise a bootstrap over examples."),
    ...views.map(({ adaptation }) => l10n.t("Adaptation: {0}", adaptation)),
    l10n.t("Made by {0}.", result.tool),
  ];
}

const estimate = (key: string, { value, low, high }: Interval): Row => ({
  ...{ [key]: value, [`${key}Low`]: low, [`${key}High`]: high },
});

const ofEach = (views: readonly View[], rows: (view: View) => readonly Row[]): Row[] =>
  views.flatMap((view) => rows(view).map((row) => ({ adaptation: view.adaptation, ...row })));

function tablesOf(subject: Subject): Table[] {
  const { views } = subject;
  const comparisons = comparisonsOf(subject);
  return [
    {
      id: "metrics",
      title: l10n.t("Metrics"),
      rows: () =>
        ofEach(views, (view) =>
          metricsOf([view]).map((metric) => ({
            ...{ metric, ...estimate("value", intervalOf(view, metric)!), examples: view.metrics.examples },
            ...{ truncated: view.metrics.cut, unscored: view.metrics.unscored },
          })),
        ),
    },
    ...(comparisons.length
      ? [{ id: "differences", title: l10n.t("Differences"), rows: () => differences(comparisons) }]
      : []),
    {
      id: "labels",
      title: l10n.t("Labels"),
      rows: () =>
        ofEach(views, ({ details }) =>
          details.labels.map(({ label, support, predicted, precision, recall, f1 }) => ({
            ...{ label, support, predicted, ...estimate("precision", precision) },
            ...{ ...estimate("recall", recall), ...estimate("f1", f1) },
          })),
        ),
    },
    { id: "confusion", title: l10n.t("Confusion matrix"), rows: () => ofEach(views, confusionRows) },
    { id: "calibration", title: l10n.t("Calibration"), rows: () => ofEach(views, calibrationRows) },
    {
      id: "reliability",
      title: l10n.t("Bins of the calibration"),
      rows: () =>
        ofEach(views, ({ details }) =>
          (details.calibration?.bins ?? []).map(({ count, confidence, from, to, accuracy }, i) => ({
            ...{ bin: i + 1, predictions: count, from, to, confidence, ...estimate("accuracy", accuracy) },
          })),
        ),
    },
    examplesTable(subject),
  ];
}

const differences = (comparisons: ReturnType<typeof comparisonsOf>): Row[] =>
  comparisons.map(({ a, b, metric, difference, mcnemar }) => ({
    ...{ a, b, metric, ...estimate("difference", difference) },
    ...{ onlyA: mcnemar?.onlyA, onlyB: mcnemar?.onlyB, p: mcnemar?.p, pHolm: mcnemar?.pHolm },
  }));

/** A row for each pair of labels that occurs. */
function confusionRows({ details: { labels, confusion } }: View): Row[] {
  if (!confusion) return [];
  const name = (k: number) => labels[k]!.label;
  return labels.flatMap((_, k) => [
    ...confusion.counts[k]!.map((count, predicted) => ({ label: name(k), predicted: name(predicted), count })),
    ...(confusion.unpredicted[k] ? [{ label: name(k), predicted: null, count: confusion.unpredicted[k] }] : []),
  ]);
}

function calibrationRows({ details: { calibration } }: View): Row[] {
  if (!calibration) return [];
  const { expectedCalibrationError: error, negativeLogLikelihood: loss, brier, predictions } = calibration;
  const { value, low, high } = error.calibrated;
  return [
    {
      ...{ predictions, ...estimate("expectedCalibrationError", error), calibratedModel: value },
      ...{ calibratedModelLow: low, calibratedModelHigh: high, ...estimate("logLoss", loss) },
      ...{ constantLogLoss: loss.constant, ...estimate("brier", brier), constantBrier: brier.constant },
    },
  ];
}

// A run in tables.

import type { ComponentChildren } from "preact";
import { layerTitle } from "../draw/layers.ts";
import * as l10n from "../ui/l10n.ts";
import { count, isShare, metricName, metricRange, percent, valueText } from "../ui/numbers.ts";
import { Heading } from "../ui/parts.tsx";
import { CopyHint, NumbersTable } from "../ui/table.tsx";
import { CONFIDENCE } from "../ui/words.ts";
import { type Course, flipsByLayer, intervalOf, metricOf } from "./course.ts";

interface Props {
  readonly course: Course;
}

export const Tables = ({ course }: Props) => (
  <>
    <CopyHint />
    {course.labels.length > 0 && <Labels key="labels" course={course} />}
    <Evaluations course={course} />
    <Flips course={course} />
    <Losses course={course} />
    <Divergences course={course} />
  </>
);

const Labels = ({ course }: Props) => (
  <Titled title={l10n.t("Labels")}>
    <NumbersTable
      sorts
      caption={l10n.t("Labels")}
      header={[l10n.t("label"), l10n.t("training"), l10n.t("validation"), l10n.t("test")]}
      rows={course.labels.map(({ label, train, validation, test }) => [
        ...[label, count(train), count(validation), count(test)],
      ])}
    />
  </Titled>
);

/** Table headers for truncated and unscored counts. */
const LOSSES = { cut: l10n.t("truncated"), unscored: l10n.t("unscored") };

function Evaluations({ course }: Props) {
  const { evaluations, test } = course;
  const metric = metricOf(course);
  const all = test ? [...evaluations, test] : evaluations;
  if (!all.length) return null;
  const share = (value: number | undefined) => (value === undefined ? "–" : percent(value, 2));
  const losses = (["cut", "unscored"] as const).filter((key) => all.some(({ metrics }) => metrics[key]));
  return (
    <Titled title={l10n.t("Evaluations")}>
      <NumbersTable
        sorts
        caption={l10n.t("Evaluations")}
        header={[
          ...[
            l10n.t("step"),
            l10n.t("split"),
            `${metric === undefined ? l10n.t("metric") : metricName(metric)}${isShare(metric) ? ", %" : ""}`,
            CONFIDENCE,
            l10n.t("sparsity, %"),
          ],
          ...[l10n.t("pruned"), l10n.t("regrown"), l10n.t("flips"), ...losses.map((key) => LOSSES[key])],
        ]}
        rows={all.map((evaluation) => {
          const { step, split, value, metrics, dynamics } = evaluation;
          const interval = intervalOf(evaluation, metric);
          return [
            ...[String(step), split, valueText(metric, value, 2)],
            interval ? metricRange(metric, interval) : "–",
            ...[share(dynamics?.sparsity), count(dynamics?.pruned), count(dynamics?.regrown), count(dynamics?.flips)],
            ...losses.map((key) => count(metrics[key])),
          ];
        })}
      />
    </Titled>
  );
}

function Flips({ course }: Props) {
  const layers = flipsByLayer(course);
  if (!layers.length) return null;
  const flipsAt = (step: number) =>
    layers.map(({ points }) => count(points.find((point) => point.step === step)?.flips));
  return (
    <Titled title={l10n.t("Flips by layer since the previous evaluation")}>
      <NumbersTable
        sorts
        caption={l10n.t("Flips by layer since the previous evaluation")}
        header={[l10n.t("step"), ...layers.map(({ layer }) => layerTitle(layer))]}
        rows={course.evaluations
          .filter(({ dynamics }) => dynamics !== null)
          .map(({ step }) => [String(step), ...flipsAt(step)])}
      />
    </Titled>
  );
}

/** The approximate number of steps that the tables of losses and of divergences show. */
const SHOWN = 24;

const Losses = ({ course: { steps } }: Props) => (
  <SomeSteps
    title={l10n.t("Loss")}
    titleOfSome={(every) => l10n.t("Loss, every {0} steps (Save CSV saves all steps)", every)}
    header={[l10n.t("step"), l10n.t("epoch"), l10n.t("loss")]}
    steps={steps}
    rowOf={({ step, epoch, loss }) => [String(step), String(epoch), loss.toFixed(4)]}
  />
);

const Divergences = ({ course: { transfers } }: Props) =>
  transfers.length > 0 && (
    <SomeSteps
      title={l10n.t("Transfer to linear attention")}
      titleOfSome={(every) => l10n.t("Transfer to linear attention, every {0} steps (Save CSV saves all steps)", every)}
      header={[l10n.t("step"), l10n.t("divergence"), l10n.t("learning rate")]}
      steps={transfers}
      rowOf={({ step, loss, learningRate }) => [String(step), loss.toFixed(4), learningRate.toPrecision(2)]}
    />
  );

interface SomeStepsProps<E> {
  readonly title: string;
  /** The title if only every so many steps are shown. */
  readonly titleOfSome: (every: number) => string;
  readonly header: readonly string[];
  readonly steps: readonly E[];
  readonly rowOf: (step: E) => readonly string[];
}

/** A table of evenly spaced steps and the last one. */
function SomeSteps<E>({ title, titleOfSome, header, steps, rowOf }: SomeStepsProps<E>) {
  const every = Math.max(1, Math.ceil(steps.length / SHOWN));
  return (
    <Titled title={every > 1 ? titleOfSome(every) : title}>
      <NumbersTable
        caption={title}
        header={header}
        rows={steps.filter((_, i) => i % every === 0 || i === steps.length - 1).map(rowOf)}
      />
    </Titled>
  );
}

const Titled = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }) => (
  <>
    <Heading title={title} />
    {children}
  </>
);

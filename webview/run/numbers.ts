// A run in numbers: tables on its page, and rows for saving.

import { layerTitle } from "../draw/layers.ts";
import type { Row } from "../draw/save.ts";
import { t } from "../ui/host.ts";
import { count, numbersTable, percent, range } from "../ui/numbers.ts";
import { heading } from "../ui/parts.ts";
import { type Course, flipsByLayer, intervalOf, metricOf } from "./course.ts";

/** Table headers for truncated and unscored counts. */
const LOSSES = { cut: t("truncated"), unscored: t("unscored") };

export function tablesOf(course: Course): HTMLElement[] {
  const { evaluations, test, steps } = course;
  const metric = metricOf(course);
  const all = test ? [...evaluations, test] : evaluations;
  const share = (value: number | undefined) => (value === undefined ? "–" : percent(value, 2));
  const losses = (["cut", "unscored"] as const).filter((key) => all.some(({ metrics }) => metrics[key]));
  const metrics = numbersTable(
    t("Evaluations"),
    [
      ...[t("step"), t("split"), `${metric ?? t("metric")}, %`, t("95 % interval"), t("sparsity, %")],
      ...[t("pruned"), t("regrown"), t("flips"), ...losses.map((key) => LOSSES[key])],
    ],
    all.map((evaluation) => {
      const { step, split, value, metrics, dynamics } = evaluation;
      const interval = intervalOf(evaluation, metric);
      return [
        ...[String(step), split, percent(value, 2)],
        interval ? range(interval) : "–",
        ...[share(dynamics?.sparsity), count(dynamics?.pruned), count(dynamics?.regrown), count(dynamics?.flips)],
        ...losses.map((key) => count(metrics[key])),
      ];
    }),
    true,
  );
  const layers = flipsByLayer(course);
  const flips = numbersTable(
    t("Flips by layer since the previous evaluation"),
    [t("step"), ...layers.map(({ layer }) => layerTitle(layer))],
    evaluations
      .filter(({ dynamics }) => dynamics !== null)
      .map(({ step }) => [
        String(step),
        ...layers.map(({ points }) => count(points.find((point) => point.step === step)?.flips)),
      ]),
    true,
  );
  const every = Math.max(1, Math.ceil(steps.length / 24));
  const loss = numbersTable(
    t("Loss"),
    [t("step"), t("epoch"), t("loss")],
    steps
      .filter((_, i) => i % every === 0 || i === steps.length - 1)
      .map(({ step, epoch, loss }) => [String(step), String(epoch), loss.toFixed(4)]),
  );
  const titled = (title: string, table: HTMLElement) => [heading(title), table];
  const counts = numbersTable(
    t("Labels"),
    [t("label"), t("training"), t("validation"), t("test")],
    course.labels.map(({ label, train, validation, test }) => [label, count(train), count(validation), count(test)]),
    true,
  );
  return [
    ...(course.labels.length ? titled(t("Labels"), counts) : []),
    ...(all.length ? titled(t("Evaluations"), metrics) : []),
    ...(layers.length ? titled(t("Flips by layer since the previous evaluation"), flips) : []),
    ...titled(every > 1 ? t("Loss, every {0} steps (Save CSV saves all steps)", every) : t("Loss"), loss),
  ];
}

/** Evaluations with their flips by layer, then steps. */
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
        return [`flips ${layerTitle(layer)}`, point?.flips];
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

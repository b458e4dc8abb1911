// The course of a run in numbers: tables on its page, and rows for saving.

import { blockTitle } from "./blocks.ts";
import { type Course, flipsByBlock, intervalOf, metricOf } from "./course.ts";
import { t } from "./host.ts";
import { count, numbersTable, percent } from "./numbers.ts";
import { heading } from "./parts.ts";

export function tablesOf(course: Course): HTMLElement[] {
  const { evaluations, test, steps } = course;
  const metric = metricOf(course);
  const all = test ? [...evaluations, test] : evaluations;
  const share = (value: number | undefined) => (value === undefined ? "–" : percent(value, 2));
  const scores = numbersTable(
    t("Evaluations"),
    [
      ...[t("step"), t("rows of"), `${metric ?? t("score")}, %`, t("95 % interval"), t("zeros, %")],
      ...[t("dropped"), t("revived"), t("flips")],
    ],
    all.map((evaluation) => {
      const { step, split, score, dynamics } = evaluation;
      const interval = intervalOf(evaluation, metric);
      return [
        ...[String(step), split, percent(score, 2)],
        interval ? `${percent(interval.low)}–${percent(interval.high)}` : "–",
        ...[share(dynamics?.zeroShare), count(dynamics?.dropped), count(dynamics?.revived), count(dynamics?.flips)],
      ];
    }),
  );
  const blocks = flipsByBlock(course);
  const flips = numbersTable(
    t("Flips by block since the evaluation before"),
    [t("step"), ...blocks.map(({ block }) => blockTitle(block))],
    evaluations
      .filter(({ dynamics }) => dynamics !== null)
      .map(({ step }) => [
        String(step),
        ...blocks.map(({ points }) => count(points.find((point) => point.step === step)?.flips)),
      ]),
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
  return [
    ...(all.length ? titled(t("Evaluations"), scores) : []),
    ...(blocks.length ? titled(t("Flips by block since the evaluation before"), flips) : []),
    ...titled(every > 1 ? t("Loss, every {0} steps (Save CSV has all)", every) : t("Loss"), loss),
  ];
}

/** Steps, evaluations, and flips by block, one after the other. */
export function numbersOf(course: Course): (string | number)[][] {
  const { steps, evaluations, test } = course;
  const blocks = flipsByBlock(course);
  return [
    ["step", "epoch", "loss", "learningRate", "zeroShare"],
    ...steps.map(({ step, epoch, loss, learningRate, zeroShare }) => [
      step,
      epoch,
      loss,
      learningRate,
      zeroShare ?? "",
    ]),
    ["step", "split", metricOf(course) ?? "score", "low", "high", "zeroShare", "dropped", "revived", "flips"],
    ...[...evaluations, ...(test ? [test] : [])].map((evaluation) => {
      const { step, split, score, dynamics } = evaluation;
      const { low = "", high = "" } = intervalOf(evaluation, metricOf(course)) ?? {};
      const { zeroShare = "", dropped = "", revived = "", flips = "" } = dynamics ?? {};
      return [step, split, score, low, high, zeroShare, dropped, revived, flips];
    }),
    ["step", "since", "block", "flips"],
    ...blocks.flatMap(({ block, points }) => points.map(({ step, since, flips }) => [step, since, block ?? "", flips])),
  ];
}

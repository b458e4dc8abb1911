// A run as charts: loss, metric, sparsity, flips by layer, and the stage that comes first in runs with linear attention.

import type { StepEvent } from "../../src/messages.ts";
import type { ChartData, Series } from "../draw/chart.tsx";
import { brightness, css, layerColour } from "../draw/colours.ts";
import { layerTitle, shortLayer } from "../draw/layers.ts";
import * as l10n from "../ui/l10n.ts";
import {
  fixed,
  grouped,
  isLowerBetter,
  isShare,
  metricName,
  metricRange,
  percent,
  signOf,
  valueText,
} from "../ui/numbers.ts";
import { bestOf, type Course, flipsByLayer, intervalOf, metricOf, runningMean, thinned } from "./course.ts";

/** The maximum number of points in a line: more points than pixels would make no visible difference. */
const POINTS = 600;
/** Number of steps in the running mean of the loss. */
const MEAN_OVER = 20;

export function chartsOf(course: Course): ChartData[] {
  const { steps, evaluations, total } = course;
  const common = { xTitle: l10n.t("step"), xEnd: total };
  const losses = smoothed(steps, "var(--vscode-charts-blue)", l10n.t("loss"));
  const found: ChartData[] = [
    {
      ...common,
      id: "loss",
      title: l10n.t("Loss"),
      aside: l10n.t("per step, with the mean over {0} steps", MEAN_OVER),
      fromZero: true,
      scale: 1,
      series: losses.series,
      readOut: (x) => {
        const { event, mean } = losses.at(x);
        const before = steps.length > POINTS ? "≈ " : "";
        return l10n.t(
          "{0}step {1}: loss {2}, mean {3}, learning rate {4}",
          ...[before, event.step, event.loss.toFixed(3), mean.toFixed(3), event.learningRate.toPrecision(2)],
        );
      },
    },
  ];
  if (!evaluations.length) return found;
  const metric = metricOf(course);
  const best = bestOf(course);
  const evaluationAt = (x: number) =>
    evaluations[
      nearestIndex(
        evaluations.map(({ step }) => ({ x: step })),
        x,
      )
    ]!;
  found.push({
    ...common,
    id: "score",
    title: capital(metric === undefined ? l10n.t("metric") : metricName(metric)),
    aside: metricAside(metric),
    scale: isShare(metric) ? 100 : 1,
    series: [
      {
        name: l10n.t("validation"),
        colour: "var(--vscode-charts-green)",
        style: "marked",
        points: evaluations.map((evaluation) => {
          const interval = intervalOf(evaluation, metric);
          return {
            x: evaluation.step,
            y: evaluation.value,
            ...(interval?.low != null && interval.high != null && { low: interval.low, high: interval.high }),
            best: evaluation === best,
          };
        }),
      },
    ],
    readOut: (x) => {
      const evaluation = evaluationAt(x);
      const interval = intervalOf(evaluation, metric);
      const remark = evaluation.best ? `, ${l10n.t("best so far")}` : "";
      const value = `${valueText(metric, evaluation.value)}${signOf(metric)}`;
      if (!interval) return l10n.t("step {0}: {1}{2}", evaluation.step, value, remark);
      return l10n.t(
        "step {0}: {1} ({2}){3}",
        ...[evaluation.step, value, interval.reason ?? metricRange(metric, interval), remark],
      );
    },
  });
  const moving = evaluations.filter(({ dynamics }) => dynamics !== null);
  if (!moving.length) return found;
  const [earliest] = steps;
  const isBefore = earliest?.sparsity != null && earliest.step < moving[0]!.step;
  const first = isBefore ? { x: earliest.step, y: earliest.sparsity! } : undefined;
  found.push(
    {
      ...common,
      id: "zeros",
      title: l10n.t("Sparsity"),
      aside: l10n.t("% of the masked weights that are off; ○ best step, whose mask is saved"),
      scale: 100,
      series: [
        {
          name: l10n.t("sparsity"),
          colour: "var(--vscode-charts-purple)",
          style: "marked",
          points: [
            ...(first ? [first] : []),
            ...moving.map((one) => ({ x: one.step, y: one.dynamics!.sparsity, best: one === best })),
          ],
        },
      ],
      readOut: (x) => {
        const { step, dynamics } = evaluationAt(x);
        if (first && (x === first.x || !dynamics)) return l10n.t("step {0}: {1} %", first.x, percent(first.y, 2));
        if (!dynamics) return "";
        return l10n.t(
          "step {0}: {1} %, {2} pruned and {3} regrown since the start",
          ...[step, percent(dynamics.sparsity, 2), grouped(dynamics.pruned), grouped(dynamics.regrown)],
        );
      },
    },
    flipsChart(course, common),
  );
  return found;
}

/** The stage that comes first in runs with linear attention; undefined if the run has none. */
export function transferChart({ transfers }: Course): ChartData | undefined {
  const [first] = transfers;
  if (!first) return undefined;
  const divergences = smoothed(transfers, "var(--vscode-charts-red)", l10n.t("divergence"));
  return {
    id: "transfer",
    title: l10n.t("Transfer to linear attention"),
    aside: l10n.t(
      "KL divergence from softmax attention in nats, mean over layers, heads and tokens of a batch, before each step, with the mean over {0} steps; 0: nothing is lost",
      MEAN_OVER,
    ),
    xTitle: l10n.t("step"),
    xEnd: first.steps,
    fromZero: true,
    scale: 1,
    series: divergences.series,
    readOut: (x) => {
      const { event, mean } = divergences.at(x);
      return l10n.t(
        "{0}transfer step {1} of {2}: divergence {3} nats, mean {4}, learning rate {5}",
        ...[transfers.length > POINTS ? "≈ " : "", grouped(event.step), grouped(event.steps)],
        ...[event.loss.toPrecision(3), mean.toPrecision(3), event.learningRate.toPrecision(2)],
      );
    },
  };
}

/** The losses of steps as a thin line, and their running mean. */
function smoothed<E extends Pick<StepEvent, "step" | "loss">>(events: readonly E[], colour: string, name: string) {
  const losses = events.map(({ step, loss }) => ({ x: step, y: loss }));
  const means = runningMean(
    losses.map(({ y }) => y),
    MEAN_OVER,
  );
  const smooth = means.map((y, i) => ({ x: losses[i]!.x, y }));
  const series: Series[] = [
    { name, colour, style: "thin", points: thinned(losses, POINTS) },
    { name: l10n.t("mean"), colour, points: thinned(smooth, POINTS) },
  ];
  const at = (x: number) => {
    const nearest = nearestIndex(losses, x);
    return { event: events[nearest]!, mean: means[nearest]! };
  };
  return { series, at };
}

function metricAside(metric: string | null | undefined): string {
  if (isShare(metric)) return l10n.t("on validation examples, % with 95 % confidence interval; ○ best step");
  return isLowerBetter(metric)
    ? l10n.t("on validation examples, with 95 % confidence interval; lower is better; ○ best step")
    : l10n.t("on validation examples, with 95 % confidence interval; ○ best step");
}

function flipsChart(course: Course, common: { xTitle: string; xEnd: number }): ChartData {
  const mode = brightness();
  const layers = flipsByLayer(course);
  const inside = layers.filter(({ layer }) => layer !== null).length;
  const series = layers.map(
    ({ layer, points }, i): Series => ({
      name: layerTitle(layer),
      colour: layer === null ? "var(--vscode-charts-red)" : css(layerColour(inside > 1 ? i / (inside - 1) : 1, mode)),
      style: "marked",
      ending: layer === null ? l10n.t("above") : shortLayer(layer),
      points: points.map(({ step, rate }) => ({ x: step, y: rate })),
    }),
  );
  return {
    ...common,
    id: "flips",
    title: l10n.t("Flips by layer"),
    aside: l10n.t(
      "weights that switched on or off since the previous evaluation, per step and per 1,000 weights of the layer",
    ),
    fromZero: true,
    scale: 1000,
    series,
    legend: l10n.t("Layers in the chart"),
    readOut: (x) => {
      const at = layers.flatMap(({ layer, points }) => {
        const point = points.find(({ step }) => step === x);
        return point ? [{ layer, point }] : [];
      });
      const most = at.reduce<(typeof at)[number] | undefined>(
        (best, one) => (one.layer !== null && (!best || one.point.rate > best.point.rate) ? one : best),
        undefined,
      );
      const flips = at.reduce((sum, { point }) => sum + point.flips, 0);
      if (!at[0]) return "";
      const { since, step } = at[0].point;
      const total = l10n.t("steps {0} to {1}: {2} weights flipped", since, step, grouped(flips));
      return most
        ? `${total}; ${l10n.t("most in {0} ({1} per step and per 1,000 weights)", layerTitle(most.layer), fixed(1000 * most.point.rate, 2))}`
        : total;
    },
  };
}

const capital = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

function nearestIndex(points: readonly { readonly x: number }[], x: number): number {
  return points.reduce((best, point, i) => (Math.abs(point.x - x) < Math.abs(points[best]!.x - x) ? i : best), 0);
}

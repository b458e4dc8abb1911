// The page of a run: where it stands, and its loss, score, zero share and flips per block against the step.

import type { EvaluationEvent } from "../src/train/events.ts";
import { blockTitle } from "./blocks.ts";
import { Chart, type Series } from "./chart.ts";
import { brightness, css, depthColour } from "./colours.ts";
import { type Course, courseOf, flipsByBlock, intervalOf, metricOf, runningMean, thinned } from "./course.ts";
import { el } from "./dom.ts";
import { exportButtons } from "./exports.ts";
import { listen, post, remember, remembered, t } from "./host.ts";
import type { RunState, ToRun } from "./messages.ts";
import { bytes, duration, fixed, grouped, numbersTable, percent } from "./numbers.ts";
import { failure, heading, keepingFocus } from "./parts.ts";
import { onceAFrame, onThemeChange } from "./redraw.ts";
import { button } from "./toolkit.ts";

const page = document.getElementById("page")!;
const memory = remembered({ table: false });
/** More points than pixels help nobody. */
const POINTS = 600;
/** The loss is also drawn as its mean over so many steps. */
const MEAN_OVER = 20;

let events: (ToRun & { type: "events" })["events"] = [];
let name = "";
let state: RunState = "unfinished";
let reason = "";
/** Why there is nothing to draw. */
let failed = "";
let charts: Chart[] = [];

const renderSoon = onceAFrame(render);
listen<ToRun>((message) => {
  if (message.type === "events") events = message.reset ? message.events : [...events, ...message.events];
  else if (message.type === "failed") failed = message.message;
  else {
    state = message.state;
    reason = message.reason ?? "";
  }
  renderSoon();
});
onThemeChange(renderSoon);
new ResizeObserver(() => {
  for (const chart of charts) chart.draw();
}).observe(page);

// The page is built once; what changes with each event is drawn anew inside its parts, so that buttons keep the focus.
const parts = {
  title: el("h1", {}),
  state: el("div", { className: "state", aria: { live: "polite" } }),
  bar: el("div", { className: "progress", aria: { role: "progressbar", label: t("Steps made"), valuemin: "0" } }),
  buttons: el("div", { className: "row" }),
  sentence: el("p", { className: "sentence" }),
  notes: el("div", {}),
  charts: el("div", { className: "charts" }),
  table: el("details", {
    className: "tables",
    open: memory.table,
    ontoggle: () => remember({ table: parts.table.open }),
  }),
};
const fill = el("div", { className: "fill" });
parts.bar.append(fill);
const buttons = {
  stop: button(t("Stop at a checkpoint"), () => post({ type: "command", command: "stop" })),
  resume: button(t("Resume"), () => post({ type: "command", command: "resume" }), false),
  heatmap: button(t("Open heatmap"), () => post({ type: "command", command: "heatmap" }), false),
};
const saving = el(
  "div",
  { className: "row" },
  ...exportButtons({
    name: () => name || "run",
    provenance: () => [t("Run {0}", name)],
    csv: numbersOf,
    pictures: true,
  }),
);
parts.buttons.append(...Object.values(buttons), saving);

function render(): void {
  if (failed) {
    page.replaceChildren(failure(failed));
    return;
  }
  const start = events.find((event) => event.type === "start");
  if (start?.type === "start") name = start.run;
  const course = courseOf(events);
  if (!page.firstElementChild) page.replaceChildren(...Object.values(parts));
  parts.title.textContent = name || t("Run");
  showState(course);
  showSentence(course);
  keepingFocus(parts.charts, () => showCharts(course));
  parts.table.replaceChildren(el("summary", {}, t("The numbers as tables")), ...tablesOf(course));
}

function showCharts(course: Course): void {
  charts = chartsOf(course);
  parts.charts.replaceChildren(...charts.map(({ element }) => element));
  for (const chart of charts) {
    chart.onCursor = (x) => {
      for (const other of charts) if (other !== chart) other.read(x);
    };
    chart.draw();
  }
}

const STATES: Record<RunState, string> = {
  running: t("In training"),
  elsewhere: t("In training by another process"),
  stopped: t("Stopped at a checkpoint"),
  unfinished: t("Broken off; it can go on from its last checkpoint"),
  failed: t("Failed"),
  done: t("Done"),
};

function showState({ steps, total }: Course): void {
  const last = steps.at(-1);
  const made = last?.step ?? 0;
  const line = [
    STATES[state],
    total ? t("step {0} of {1}", made, total) : "",
    last ? t("epoch {0}", last.epoch) : "",
    state === "running" && last && made < total ? t("{0} left", duration(last.secondsLeft)) : "",
  ];
  const text = line.filter(Boolean).join(" · ");
  if (parts.state.textContent !== text) parts.state.textContent = text;
  parts.state.dataset.state = state;
  fill.style.width = `${total ? (100 * made) / total : 0}%`;
  parts.bar.dataset.state = state;
  parts.bar.setAttribute("aria-valuemax", String(Math.max(1, total)));
  parts.bar.setAttribute("aria-valuenow", String(made));
  buttons.stop.hidden = state !== "running";
  buttons.resume.hidden = !["stopped", "unfinished", "failed"].includes(state);
}

function showSentence(course: Course): void {
  const { result, evaluations, test, notes, steps } = course;
  const metric = metricOf(course);
  const best = evaluations.findLast((evaluation) => evaluation.best);
  const scoreText = (evaluation: EvaluationEvent) => {
    const interval = intervalOf(evaluation, metric);
    const range = interval ? ` (${percent(interval.low)}–${percent(interval.high)})` : "";
    return `${percent(evaluation.score)} %${range}`;
  };
  const zeros = result?.zeroShare ?? evaluations.at(-1)?.dynamics?.zeroShare ?? steps.at(-1)?.zeroShare;
  const sentence: (Node | string)[] = [];
  const strong = (text: string) => sentence.push(el("strong", {}, text));
  if (best) {
    sentence.push(`${t("Best {0} on the validation rows", metric ?? t("score"))} `);
    strong(scoreText(best));
    sentence.push(` ${t("at step {0}", best.step)}`);
    if (test) {
      sentence.push(`; ${t("on the test rows")} `);
      strong(scoreText(test));
    }
    sentence.push(". ");
  } else sentence.push(steps.length ? t("Not evaluated yet.") : t("No step is made yet."), " ");
  if (typeof zeros === "number") {
    strong(`${percent(zeros, 2)} %`);
    sentence.push(` ${t("of the masked weights are zeros.")} `);
  }
  if (result) sentence.push(t("The file takes {0}.", bytes(result.bytes)));
  parts.sentence.replaceChildren(...sentence);
  parts.notes.replaceChildren(
    ...(reason ? [el("div", { className: "error", aria: { role: "alert" } }, reason)] : []),
    ...notes.map((note) => el("div", { className: "note" }, note)),
  );
  buttons.heatmap.hidden = !result?.adaptation.endsWith(".mask.safetensors");
  saving.hidden = !steps.length;
}

function chartsOf(course: Course): Chart[] {
  const { steps, evaluations, total } = course;
  const common = { xTitle: t("step"), xEnd: total };
  const blue = "var(--vscode-charts-blue)";
  const losses = steps.map(({ step, loss }) => ({ x: step, y: loss }));
  const means = runningMean(
    losses.map(({ y }) => y),
    MEAN_OVER,
  ).map((y, i) => ({ x: losses[i]!.x, y }));
  const found: Chart[] = [
    new Chart({
      ...common,
      id: "loss",
      title: t("Loss"),
      aside: t("each step, and its mean over {0}", MEAN_OVER),
      fromZero: true,
      scale: 1,
      series: [
        { name: t("loss"), colour: blue, style: "thin", points: thinned(losses, POINTS) },
        { name: t("mean"), colour: blue, points: thinned(means, POINTS) },
      ],
      readOut: (x) => {
        const at = nearestIndex(losses, x);
        const before = steps.length > POINTS ? "≈ " : "";
        return t(
          "{0}step {1}: loss {2}, mean {3}, learning rate {4}",
          ...[before, losses[at]!.x, losses[at]!.y.toFixed(3), means[at]!.y.toFixed(3)],
          steps[at]!.learningRate.toPrecision(2),
        );
      },
    }),
  ];
  if (!evaluations.length) return found;
  const metric = metricOf(course);
  const evaluationAt = (x: number) =>
    evaluations[
      nearestIndex(
        evaluations.map(({ step }) => ({ x: step })),
        x,
      )
    ]!;
  found.push(
    new Chart({
      ...common,
      id: "score",
      title: capital(metric ?? t("score")),
      aside: t("validation rows, % with 95 % interval"),
      scale: 100,
      series: [
        {
          name: t("validation"),
          colour: "var(--vscode-charts-green)",
          style: "marked",
          points: evaluations.map((evaluation) => {
            const interval = intervalOf(evaluation, metric);
            return {
              x: evaluation.step,
              y: evaluation.score,
              ...(interval && { low: interval.low, high: interval.high }),
            };
          }),
        },
      ],
      readOut: (x) => {
        const evaluation = evaluationAt(x);
        const interval = intervalOf(evaluation, metric);
        const best = evaluation.best ? `, ${t("best so far")}` : "";
        if (!interval) return t("step {0}: {1} %{2}", evaluation.step, percent(evaluation.score), best);
        return t(
          "step {0}: {1} % ({2}–{3}){4}",
          ...[evaluation.step, percent(interval.value), percent(interval.low), percent(interval.high), best],
        );
      },
    }),
  );
  const moving = evaluations.filter(({ dynamics }) => dynamics !== null);
  if (!moving.length) return found;
  found.push(
    new Chart({
      ...common,
      id: "zeros",
      title: t("Zero share"),
      aside: t("% of the masked weights"),
      scale: 100,
      series: [
        {
          name: t("zeros"),
          colour: "var(--vscode-charts-purple)",
          style: "marked",
          points: [
            ...(steps[0]?.zeroShare === null || !steps[0] ? [] : [{ x: 0, y: steps[0].zeroShare }]),
            ...moving.map(({ step, dynamics }) => ({ x: step, y: dynamics!.zeroShare })),
          ],
        },
      ],
      readOut: (x) => {
        const { step, dynamics } = evaluationAt(x);
        if (x === 0 || !dynamics) return t("step {0}: {1} %", 0, percent(steps[0]?.zeroShare ?? 0, 2));
        return t(
          "step {0}: {1} %, {2} dropped and {3} revived since the start",
          ...[step, percent(dynamics.zeroShare, 2), grouped(dynamics.dropped), grouped(dynamics.revived)],
        );
      },
    }),
    flipsChart(course, common),
  );
  return found;
}

function flipsChart(course: Course, common: { xTitle: string; xEnd: number }): Chart {
  const mode = brightness();
  const blocks = flipsByBlock(course);
  const inside = blocks.filter(({ block }) => block !== null).length;
  const series = blocks.map(
    ({ block, points }, i): Series => ({
      name: blockTitle(block),
      colour: block === null ? "var(--vscode-charts-red)" : css(depthColour(inside > 1 ? i / (inside - 1) : 1, mode)),
      style: "marked",
      ending: block === null ? t("above") : String(block),
      points: points.map(({ step, rate }) => ({ x: step, y: rate })),
    }),
  );
  return new Chart({
    ...common,
    id: "flips",
    title: t("Flips by block"),
    aside: t("‰ of its weights per step, since the evaluation before"),
    fromZero: true,
    scale: 1000,
    series,
    readOut: (x) => {
      const at = blocks.flatMap(({ block, points }) => {
        const point = points.find(({ step }) => step === x);
        return point ? [{ block, point }] : [];
      });
      const most = at.reduce<(typeof at)[number] | undefined>(
        (best, one) => (one.block !== null && (!best || one.point.rate > best.point.rate) ? one : best),
        undefined,
      );
      const flips = at.reduce((sum, { point }) => sum + point.flips, 0);
      if (!at[0]) return "";
      const { since, step } = at[0].point;
      const total = t("steps {0} to {1}: {2} weights flipped", since, step, grouped(flips));
      return most
        ? `${total}; ${t("most in {0} ({1} ‰)", blockTitle(most.block), fixed(1000 * most.point.rate, 2))}`
        : total;
    },
  });
}

const capital = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

function nearestIndex(points: readonly { readonly x: number }[], x: number): number {
  return points.reduce((best, point, i) => (Math.abs(point.x - x) < Math.abs(points[best]!.x - x) ? i : best), 0);
}

function tablesOf(course: Course): HTMLElement[] {
  const { evaluations, test, steps } = course;
  const metric = metricOf(course);
  const all = test ? [...evaluations, test] : evaluations;
  const share = (value: number | undefined) => (value === undefined ? "–" : percent(value, 2));
  const count = (value: number | undefined) => (value === undefined ? "–" : grouped(value));
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
    ...titled(t("Evaluations"), scores),
    ...(blocks.length ? titled(t("Flips by block since the evaluation before"), flips) : []),
    ...titled(every > 1 ? t("Loss, every {0} steps (Save CSV has all)", every) : t("Loss"), loss),
  ];
}

function numbersOf(): (string | number)[][] {
  const course = courseOf(events);
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

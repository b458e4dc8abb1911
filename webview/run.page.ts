// The page of a run: how far it is, and loss, metric, zero share and flips against the step, live.

import type { Interval } from "../src/mask/metadata.ts";
import type { EvaluationEvent, StepEvent, TrainEvent } from "../src/train/events.ts";
import { chart, type Series } from "./chart.ts";
import { el } from "./dom.ts";
import { listen, post, t } from "./host.ts";
import type { RunState, ToRun } from "./messages.ts";
import { bytes, grouped, numbersTable, percent } from "./numbers.ts";
import { button } from "./toolkit.ts";

const page = document.getElementById("page")!;
let events: TrainEvent[] = [];
let state: RunState = "unfinished";
let reason: string | undefined;

listen<ToRun>((message) => {
  if (message.type === "events") events = message.reset ? [...message.events] : [...events, ...message.events];
  else {
    ({ state } = message);
    reason = message.reason;
  }
  soon();
});

// A small model makes many steps a second; the page is drawn ten times a second at most.
let waiting = false;
function soon(): void {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    render();
  }, 100);
}

const ofType = <T extends TrainEvent["type"]>(type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

/** Steps in order; those that were made again after a resume count once. */
function stepsMade(): StepEvent[] {
  return [...new Map(ofType("step").map((event) => [event.step, event])).values()].sort((a, b) => a.step - b.step);
}

function render(): void {
  const start = ofType("start").at(-1);
  if (!start) {
    const hint = state === "running" ? t("Reading the model and the data…") : t("This run has not begun yet.");
    page.replaceChildren(el("p", { className: "hint" }, hint), ...problem(), controls());
    return;
  }
  const open = [...document.querySelectorAll("details")].map((details) => details.open);
  const steps = stepsMade();
  const done = ofType("done").at(-1);
  const last = steps.at(-1);
  const at = last?.step ?? start.step;
  const scored = ofType("evaluation");
  page.replaceChildren(
    el("h1", {}, start.run),
    el("div", { className: "aside" }, stateText(at, start.steps, last)),
    bar(at, start.steps),
    ...problem(),
    el("p", { className: "sentence" }, ...sentence(scored)),
    controls(),
    el("div", { className: "charts" }, ...charts(steps, scored, start.steps)),
    ...(done ? [el("h2", {}, t("Scores")), scoresTable(scored), el("p", { className: "hint" }, doneText(done))] : []),
    ...ofType("note").map(({ text }) => el("p", { className: "hint" }, text)),
  );
  for (const [i, details] of document.querySelectorAll("details").entries()) details.open = open[i] ?? false;
}

function stateText(step: number, steps: number, last: StepEvent | undefined): string {
  const names: Record<RunState, string> = {
    running: t("training"),
    stopped: t("stopped"),
    unfinished: t("interrupted"),
    failed: t("failed"),
    done: t("done"),
  };
  const parts = [names[state], t("step {0} of {1}", grouped(step), grouped(steps))];
  if (last && state === "running") parts.push(t("epoch {0}", last.epoch), left(last.secondsLeft));
  return parts.join(" · ");
}

function left(seconds: number): string {
  if (seconds >= 90) return t("{0} min left", Math.round(seconds / 60));
  return t("{0} s left", Math.round(seconds));
}

function bar(step: number, steps: number): HTMLElement {
  const fill = el("div", { className: "fill" });
  fill.style.width = `${(100 * step) / Math.max(1, steps)}%`;
  return el(
    "div",
    {
      className: "progress",
      aria: { role: "progressbar", valuenow: String(step), valuemax: String(steps), valuemin: "0", label: t("Steps") },
    },
    fill,
  );
}

const problem = () => (reason ? [el("div", { className: "warning", aria: { role: "alert" } }, reason)] : []);

function controls(): HTMLElement {
  const command = (name: "stop" | "resume" | "heatmap") => () => post({ type: "command", command: name });
  const masked = ofType("done").at(-1)?.result.adaptation.endsWith(".mask.safetensors");
  return el(
    "div",
    { className: "row" },
    state === "running" && button(t("Stop"), command("stop")),
    (state === "stopped" || state === "unfinished" || state === "failed") &&
      button(t("Resume"), command("resume"), false),
    masked && button(t("Open Heatmap"), command("heatmap"), false),
  );
}

function sentence(scored: readonly EvaluationEvent[]): (Node | string)[] {
  const best = scored.findLast(({ best, split }) => best && split === "validation");
  if (!best) return [t("No evaluation yet.")];
  const test = scored.find(({ split }) => split === "test");
  const strong = (value: number) => el("strong", {}, `${percent(value)} %`);
  return [
    `${t("Best validation {0}:", metricOf(best))} `,
    strong(best.score),
    ` ${t("after step {0}.", grouped(best.step))}`,
    ...(test ? [` ${t("Test, scored once with it:")} `, strong(test.score), ` ${intervalOf(test)}.`] : []),
  ];
}

/** The name of the metric that chooses: the one with the event's score. */
function metricOf({ scores, score }: EvaluationEvent): string {
  const found = Object.entries(scores).find(([, value]) => typeof value === "object" && value.value === score);
  return found?.[0] ?? t("score");
}

function intervalOf(event: EvaluationEvent): string {
  const interval = event.scores[metricOf(event)];
  return typeof interval === "object" ? `(${percent(interval.low)}–${percent(interval.high)})` : "";
}

function charts(steps: readonly StepEvent[], scored: readonly EvaluationEvent[], end: number): HTMLElement[] {
  const common = { steps: end, showTable: t("As a table"), step: t("step") };
  const validations = scored.filter(({ split }) => split === "validation");
  const made: HTMLElement[] = [
    chart({
      ...{ ...common, title: t("Loss"), format: (value: number) => value.toPrecision(2) },
      series: [
        { name: t("loss"), points: steps.map(({ step, loss }) => [step, loss]) },
        { name: t("mean of 20 steps"), points: smoothed(steps, 20) },
      ],
    }),
  ];
  const asPercent = (value: number) => `${percent(value)} %`;
  if (validations.length)
    made.push(
      chart({
        ...{ ...common, title: t("Validation, {0}", metricOf(validations[0]!)), format: asPercent },
        series: [{ name: metricOf(validations[0]!), points: validations.map(({ step, score }) => [step, score]) }],
      }),
    );
  const moving = validations.flatMap(({ step, dynamics }) => (dynamics ? [{ step, dynamics }] : []));
  if (moving.length) {
    const blocks = moving[0]!.dynamics.blocks.map(({ block }) => block);
    const name = (block: number | null) => (block === null ? t("above") : t("block {0}", block));
    const series = (of: (motion: { zeroShare: number; flips: number; weights: number }) => number): Series[] =>
      blocks.map((block, i) => ({
        name: name(block),
        points: moving.map(({ step, dynamics }) => [step, of(dynamics.blocks[i]!)]),
      }));
    made.push(
      chart({ ...common, title: t("Zero share by block"), format: asPercent, series: series((m) => m.zeroShare) }),
      chart({
        ...{ ...common, title: t("Flips since the evaluation before, by block") },
        format: (value) => `${percent(value, 2)} %`,
        series: series(({ flips, weights }) => flips / weights),
      }),
    );
  }
  return made;
}

/** The mean of each `width` steps up to a step. */
function smoothed(steps: readonly StepEvent[], width: number): [number, number][] {
  let sum = 0;
  return steps.flatMap(({ step, loss }, i): [number, number][] => {
    sum += loss - (steps[i - width]?.loss ?? 0);
    return i + 1 < width ? [] : [[step, sum / width]];
  });
}

function scoresTable(scored: readonly EvaluationEvent[]): HTMLElement {
  const best = scored.findLast(({ best, split }) => best && split === "validation");
  const rows = [best, scored.find(({ split }) => split === "test")].flatMap((event) => (event ? [event] : []));
  const metrics = Object.keys(rows[0]?.scores ?? {}).filter((name) => name !== "rows");
  const text = (value: Interval | number | undefined) =>
    typeof value === "object" ? `${percent(value.value)} (${percent(value.low)}–${percent(value.high)})` : "–";
  return numbersTable(
    t("Scores"),
    ["%", ...metrics],
    rows.map(({ split, scores }) => [split, ...metrics.map((metric) => text(scores[metric]))]),
  );
}

function doneText({ result }: Extract<TrainEvent, { type: "done" }>): string {
  const zeros = result.zeroShare === null ? "" : `${t("{0} % zeros", percent(result.zeroShare))} · `;
  return `${zeros}${bytes(result.bytes)} · ${t("{0} s", Math.round(result.seconds))} · ${result.adaptation}`;
}

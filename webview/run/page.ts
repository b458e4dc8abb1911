// The page of a run: its state, and loss, metric, sparsity and flips by layer per step.

import type { EvaluationEvent, RunState, ToRun } from "../../src/messages.ts";
import type { Chart } from "../draw/chart.ts";
import { exportButtons } from "../draw/exports.ts";
import { el, setText } from "../ui/dom.ts";
import { fold } from "../ui/fold.ts";
import { listen, post, t } from "../ui/host.ts";
import { bytes, duration, grouped, percent, range } from "../ui/numbers.ts";
import { failure, filled, hint, strong } from "../ui/parts.ts";
import { keepingPlace } from "../ui/place.ts";
import { onceAFrame, onThemeChange } from "../ui/redraw.ts";
import { sayFaults } from "../ui/say-faults.ts";
import { named, plain } from "../ui/text.ts";
import { button } from "../ui/toolkit.ts";
import { glossary, learn } from "../ui/words.ts";
import { chartsOf } from "./charts.ts";
import { type Course, courseOf, intervalOf, metricOf } from "./course.ts";
import { rowsOf, tablesOf } from "./numbers.ts";

const page = document.getElementById("page")!;
sayFaults();

let events: (ToRun & { type: "events" })["events"] = [];
let name = "";
let state: RunState = "unfinished";
let reason = "";
let facts: string[] = [];
/** The error if there is nothing to draw. */
let failed = "";
let charts: Chart[] = [];
/** The step under the charts' cursor. */
let read: number | undefined;

page.replaceChildren(hint(t("Reading the run…")));
const renderSoon = onceAFrame(render);
listen<ToRun>((message) => {
  if (message.type === "events") {
    events = message.reset ? message.events : [...events, ...message.events];
    failed = ""; // a missing folder is back
  } else if (message.type === "run") facts = factsOf(message);
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

learn(
  [t("loss"), t("what training minimizes: how far predictions are from the labels")],
  [t("95 % interval"), t("95 % confidence interval of the metric")],
  [t("sparsity, %"), t("share of the masked weights that are off")],
  [t("pruned"), t("on in the initial mask, off after training")],
  [t("regrown"), t("off in the initial mask, on after training")],
  [t("flips"), t("weights that switched on or off since the previous evaluation")],
  [t("truncated"), t("examples longer than the maximum length; the model sees only their beginning")],
  [t("unscored"), t("words without a prediction, mostly those removed by truncation")],
);
const tables = el("div", { className: "tables" });
// The page is built once; events only update its parts, so that buttons keep the focus.
const parts = {
  title: el("h1", {}),
  state: el("div", { className: "state", aria: { live: "polite" } }),
  bar: el("div", { className: "progress", aria: { role: "progressbar", label: t("Steps done"), valuemin: "0" } }),
  buttons: el("div", { className: "row" }),
  sentence: el("p", { className: "sentence" }),
  labels: el("p", { className: "hint" }),
  notes: el("div", {}),
  charts: el("div", { className: "charts" }),
  tables: fold("tables", t("Tables"), tables),
  words: glossary(),
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
    provenance: () => [t("Run {0}", name), ...facts],
    csv: () => rowsOf(courseOf(events)),
    pictures: true,
  }),
);
parts.buttons.append(...Object.values(buttons), saving);

/** Provenance lines of a saved file. */
function factsOf({ options, tool }: ToRun & { type: "run" }): string[] {
  const { task, model } = options;
  const known = [`task ${task}`, `model ${model}`, `options ${JSON.stringify(options)}`];
  return [...(task === undefined ? [] : known), `saved by ${tool}`];
}

function render(): void {
  if (failed) {
    page.replaceChildren(failure(failed));
    return;
  }
  const start = events.find((event) => event?.type === "start");
  if (start?.type === "start") name = start.run;
  const course = courseOf(events);
  if (!parts.title.isConnected) page.replaceChildren(...Object.values(parts));
  setText(parts.title, named(name) || t("Run"));
  showState(course);
  showSentence(course);
  showLabels(course);
  keepingPlace(parts.charts, () => showCharts(course));
  keepingPlace(tables, () => tables.replaceChildren(...tablesOf(course)));
}

function showCharts(course: Course): void {
  const at = read; // removed charts reset it
  charts = chartsOf(course);
  parts.charts.replaceChildren(...charts.map(({ element }) => element));
  for (const chart of charts) {
    chart.onCursor = (x) => {
      read = x;
      for (const other of charts) if (other !== chart) other.read(x);
    };
    chart.draw();
    chart.read(at);
  }
  read = at;
}

const STATES: Record<RunState, string> = {
  running: t("Training"),
  elsewhere: t("Training in another process"),
  stopped: t("Stopped at a checkpoint"),
  unfinished: t("Interrupted; Resume continues from the last checkpoint"),
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
  if (parts.state.textContent !== plain(text)) setText(parts.state, text);
  parts.state.dataset.state = state;
  fill.style.width = `${total ? (100 * made) / total : 0}%`;
  parts.bar.dataset.state = state;
  parts.bar.hidden = state === "done";
  parts.bar.setAttribute("aria-valuemax", String(Math.max(1, total)));
  parts.bar.setAttribute("aria-valuenow", String(made));
  buttons.stop.hidden = state !== "running";
  buttons.resume.hidden = !["stopped", "unfinished", "failed"].includes(state);
}

/** How many labels are listed; the tables show all. */
const NAMED = 6;

/** The distribution of training labels, most frequent first: the baseline for an accuracy. */
function showLabels({ labels }: Course): void {
  const all = labels.reduce((sum, { train }) => sum + train, 0);
  parts.labels.hidden = all === 0;
  const most = labels.toSorted((a, b) => b.train - a.train);
  const frequent = most
    .slice(0, NAMED)
    .map(({ label, train }) => `${named(label)} ${grouped(train)} (${percent(train / all)} %)`);
  const more = most.length - frequent.length;
  setText(
    parts.labels,
    more > 0
      ? t("Training labels: {0} and {1} more", frequent.join(", "), more)
      : t("Training labels: {0}", frequent.join(", ")),
  );
}

function showSentence(course: Course): void {
  const { result, evaluations, test, notes, steps } = course;
  const metric = metricOf(course);
  const best = evaluations.findLast((evaluation) => evaluation.best);
  const metricText = (evaluation: EvaluationEvent) => {
    const interval = intervalOf(evaluation, metric);
    return `${percent(evaluation.value)} %${interval ? ` (${range(interval)})` : ""}`;
  };
  const zeros = result?.sparsity ?? steps.findLast(({ sparsity }) => sparsity !== null)?.sparsity;
  const sentence: (Node | string)[] = [];
  if (best) {
    const message = test
      ? t("Best {0} on the validation examples: {1} at step {2}; on the test examples: {3}.")
      : t("Best {0} on the validation examples: {1} at step {2}.");
    const values = [best, ...(test ? [test] : [])].map((evaluation) => strong(metricText(evaluation)));
    sentence.push(...filled(message, metric ?? t("metric"), values[0]!, String(best.step), ...values.slice(1)), " ");
  } else sentence.push(steps.length ? t("Not evaluated yet.") : t("No steps yet."), " ");
  if (typeof zeros === "number") {
    sentence.push(...filled(t("{0} of the masked weights are off."), strong(`${percent(zeros, 2)} %`)), " ");
  }
  if (result) sentence.push(t("The file size is {0}.", bytes(result.bytes)));
  parts.sentence.replaceChildren(...sentence.map((part) => (typeof part === "string" ? plain(part) : part)));
  parts.notes.replaceChildren(
    ...(reason ? [el("div", { className: "error", aria: { role: "alert" } }, reason)] : []),
    ...notes.map((note) => el("div", { className: "note" }, note)),
  );
  buttons.heatmap.hidden = !result?.adaptation.endsWith(".mask.safetensors");
  saving.hidden = !steps.length;
}

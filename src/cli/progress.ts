// Shows a run's progress: a progress bar on a terminal, otherwise a line every ten seconds.

import type { Interval, Metrics } from "../mask/metadata.ts";
import { metricName, signOf, valueText } from "../metric.ts";
import { bytes, duration, grouped } from "../numbers.ts";
import type { EvaluationEvent, LabelCount, Room, StartEvent, StepEvent, TrainEvent } from "../train/events.ts";
import { visible } from "../visible.ts";
import { percent } from "./tables/table.ts";
import { named, print, type Stream } from "./terminal.ts";

/** Milliseconds between two updates of the bar, and between two plain lines about steps. */
const PAUSE = { bar: 100, line: 10_000 };
/**
 * The bar's maximum width, the width below which it is omitted, and the total width of its two ends and the space after it.
 */
const BAR = 24;
const LEAST_BAR = 6;
const FRAME = 3;

/** The maximum length of a line; the longest lines list labels with their counts. */
const LONGEST = 5000;

/** The state of a run that the bar or the lines show. */
export interface Standing {
  readonly steps: number;
  /** Whether masks are sampled at each step; if so, the sparsity is that of the mask used in evaluation. */
  readonly sampled?: boolean | undefined;
  readonly last?: StepEvent;
  readonly evaluated?: EvaluationEvent;
}

export class Progress {
  readonly #stream: Stream;
  readonly #label: string;
  readonly #now: () => number;
  #standing: Standing = { steps: 0 };
  #shown = Number.NEGATIVE_INFINITY;
  #drawn = false;

  readonly #on: { readonly [E in TrainEvent as E["type"]]: (event: E) => void } = {
    start: (event) => {
      this.#standing = { steps: event.steps, sampled: event.sampled };
      for (const line of startLines(event)) this.#line(line);
    },
    note: ({ text }) => this.#line(text),
    pretrained: (event) => this.#line(pretrainedLine(event)),
    transfer: ({ step, steps, loss, secondsLeft }) => {
      const text = `transfer ${step}/${steps}  divergence from softmax ${loss.toPrecision(3)} nats`;
      if (step === steps) this.#line(text);
      else this.#step(`${text}  ${duration(secondsLeft)} left`);
    },
    step: (event) => {
      this.#standing = { ...this.#standing, last: event };
      this.#step();
    },
    evaluation: (event) => {
      if (event.split === "validation") this.#standing = { ...this.#standing, evaluated: event };
      this.#line(evaluationLine(event));
    },
    checkpoint: () => undefined, // not of interest to users
    stopped: () => this.#erase(),
    done: () => this.#erase(),
  };

  /** `label` starts each line if several runs are trained in sequence. */
  constructor(stream: Stream, label = "", now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#label = label && `${label}: `;
    this.#now = now;
  }

  show(event: TrainEvent): void {
    (this.#on[event.type] as (event: TrainEvent) => void)(event);
  }

  /** Prints a message that is not an event on its own line. */
  say(text: string): void {
    this.#line(text);
  }

  /** Erases the bar. */
  end(): void {
    this.#erase();
  }

  /** `given`: what is shown instead of the run's step. */
  #step(given?: string): void {
    const pause = this.#stream.isTTY ? PAUSE.bar : PAUSE.line;
    if (this.#now() - this.#shown < pause) return;
    this.#shown = this.#now();
    if (!this.#stream.isTTY) {
      print(this.#stream, `${visible(this.#label + (given ?? stepText(this.#standing)))}\n`);
      return;
    }
    const width = (this.#stream.columns ?? 80) - 1;
    const text =
      given === undefined ? barLine(this.#label, this.#standing, width) : (this.#label + given).slice(0, width);
    this.#stream.write(`\r${visible(text)}\x1b[K`);
    this.#drawn = true;
  }

  #line(text: string): void {
    this.#erase();
    print(this.#stream, `${this.#label}${visible(text, LONGEST)}\n`);
  }

  #erase(): void {
    if (this.#drawn) this.#stream.write("\r\x1b[K");
    this.#drawn = false;
  }
}

/** "▕██████░░░░▏ step 66/264  loss 0.41  accuracy 88.2 %  sparsity 6.1 %  1 min 12 s left" in `width` characters; the bar shrinks to fit. */
export function barLine(label: string, standing: Standing, width: number): string {
  const text = stepText(standing);
  const bar = Math.min(BAR, width - label.length - text.length - FRAME);
  if (bar < LEAST_BAR) return `${label}${text}`.slice(0, width);
  const done = (standing.last?.step ?? 0) / Math.max(1, standing.steps);
  const full = Math.round(done * bar);
  return `${label}▕${"█".repeat(full)}${"░".repeat(bar - full)}▏ ${text}`;
}

/** "step 66/264  loss 0.41 …": the values known so far. */
export function stepText({ steps, sampled, last, evaluated }: Standing): string {
  if (!last) return "";
  const parts = [`step ${last.step}/${steps}`, `loss ${last.loss.toPrecision(3)}`];
  if (evaluated) parts.push(metricText(evaluated));
  if (last.sparsity !== null) parts.push(`sparsity ${percent(last.sparsity)} %${sampled ? " when evaluated" : ""}`);
  parts.push(`${duration(last.secondsLeft)} left`);
  return parts.join("  ");
}

function startLines({ step, steps, examples: of, blocks, labels, room }: StartEvent): string[] {
  const from = step
    ? `from step ${grouped(step)} of ${grouped(steps)}`
    : `${grouped(steps)} ${steps === 1 ? "step" : "steps"}`;
  const examples = `${grouped(of.train)} training, ${grouped(of.validation)} validation, ${grouped(of.test)} test ${blocks ? blocksText(blocks) : "examples"}`;
  const counts = `${labels.slice(0, LABELS).map(countsOf).join("; ")}${left(labels.length)}`;
  return [
    `${examples}; ${from}`,
    ...(labels.length ? [`labels (training, validation, test): ${counts}`] : []),
    ...(room ? [roomText(room)] : []),
  ];
}

const blocksText = ({ tokens, texts }: NonNullable<StartEvent["blocks"]>) =>
  `blocks of up to ${grouped(tokens)} tokens, from ${grouped(texts.train)}, ${grouped(texts.validation)} and ${grouped(texts.test)} texts`;

/** "memory: about 2.17 GB of 16.0 GB, 438 MB for …": a run's estimated memory. */
export const roomText = (room: Room): string => {
  const parts = [
    `weights ${bytes(room.weights)}`,
    `scores, moments and gradients ${bytes(room.training)}`,
    ...(room.random ? [`dropout's random numbers ${bytes(room.random)}`] : []),
    `the largest batch ${bytes(room.step)}`,
    `this process and the runtime ${bytes(room.process)}`,
  ];
  return `memory: about ${bytes(room.needed)} of ${bytes(room.available)} available (${parts.join("; ")})`;
};

const countsOf = ({ label, train, validation, test }: LabelCount) =>
  `${named(label)} ${grouped(train)}, ${grouped(validation)}, ${grouped(test)}`;

/** The maximum number of labels whose counts are printed. */
const LABELS = 30;
const left = (count: number) =>
  count > LABELS ? `; and ${count - LABELS} more labels (masklens info TASK lists all)` : "";

function evaluationLine(event: EvaluationEvent): string {
  const { split, step, best, dynamics } = event;
  const zeros = dynamics ? `  sparsity ${percent(dynamics.sparsity)} %` : "";
  const after = split === "test" ? `at the best step (${step})` : `after step ${step}`;
  return `${split} ${after}: ${metricText(event)}${zeros}${best && split === "validation" ? "  (best so far)" : ""}`;
}

/** What the first evaluation is compared with. */
function pretrainedLine({ metric, metrics }: Extract<TrainEvent, { type: "pretrained" }>): string {
  const { value } = metrics[metric] as Interval;
  return `pretrained: validation ${metricName(metric)} ${valueText(metric, value)}${signOf(metric)} without a mask`;
}

/** "accuracy 88.2 %": the metric that selects the best step. */
function metricText({ value, metrics, metric = metricOf(metrics, value) }: EvaluationEvent): string {
  return `${metricName(metric)} ${valueText(metric, value)}${signOf(metric)}`;
}

/** The name of the metric with this value, for events that do not name it. */
function metricOf(metrics: Metrics, value: number): string {
  const found = Object.entries(metrics).find(([, entry]) => typeof entry === "object" && entry.value === value);
  return found?.[0] ?? "score";
}

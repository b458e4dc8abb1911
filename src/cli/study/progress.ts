// Shows the progress of a study: a line per cell that starts or ends, and below them a status line on a terminal,
// otherwise a line every ten seconds.

import { metricName, signOf, valueText } from "../../metric.ts";
import { bytes } from "../../numbers.ts";
import { cellTexts } from "../../study/cell-text.ts";
import type { Cell } from "../../study/cells.ts";
import type { Course } from "../../study/course.ts";
import type { Estimate } from "../../study/estimate.ts";
import type { Plan } from "../../study/plan.ts";
import type { QueueEvents } from "../../study/queue.ts";
import { roughly } from "../../train/duration.ts";
import type { TrainEvent } from "../../train/events.ts";
import { visible } from "../../visible.ts";
import { print, type Stream } from "../terminal.ts";

/** Milliseconds between two updates of the status. */
const PAUSE = { bar: 200, line: 10_000 };
/** Cells that the status line names. */
const NAMED = 4;
export class StudyProgress implements QueueEvents {
  readonly #stream: Stream;
  readonly #plan: Plan;
  readonly #atOnce: number;
  readonly #course: Course;
  readonly #textOf: (cell: Cell) => string;
  #shown = 0;
  #drawn = false;
  #estimated: boolean;

  constructor(stream: Stream, plan: Plan, atOnce: number, course: Course) {
    this.#stream = stream;
    this.#plan = plan;
    this.#atOnce = atOnce;
    this.#course = course;
    this.#textOf = cellTexts(plan.state.cells, plan.state.columns);
    this.#estimated = this.#left().unknown === 0;
  }

  started(cell: Cell): void {
    this.#course.started(cell);
    this.say(`cell ${cell.name} started: ${this.#textOf(cell)}`);
  }

  event(cell: Cell, event: TrainEvent): void {
    this.#course.event(cell, event);
    if (event.type !== "step" && event.type !== "transfer") return;
    if (!this.#estimated && this.#left().unknown === 0) {
      this.#estimated = true;
      this.say(`estimate from the first steps: about ${roughly(this.#left().seconds)} left`);
    }
    this.#status();
  }

  done(cell: Cell): void {
    const line = this.#end(cell);
    if (line?.state !== "done") return;
    const { value } = line;
    const metric = String(line.metric);
    const shown =
      typeof value === "number"
        ? `, validation ${metricName(metric)} ${valueText(metric, value)}${signOf(metric)}`
        : "";
    this.say(`cell ${cell.name} done${shown}`);
  }

  failed(cell: Cell, error: string): void {
    this.#end(cell);
    this.say(`cell ${cell.name} failed: ${error}`);
  }

  stopped(cell: Cell): void {
    this.#end(cell);
    this.say(`cell ${cell.name} stopped at a checkpoint`);
  }

  repeated(cell: Cell, original: Cell): void {
    this.say(`cell ${cell.name} is the same run as cell ${original.name}`);
  }

  /** Prints a line above the status. */
  say(text: string): void {
    this.end();
    print(this.#stream, `${visible(text)}\n`);
  }

  /** Erases the status. */
  end(): void {
    if (this.#drawn) this.#stream.write("\r\x1b[K");
    this.#drawn = false;
  }

  #end(cell: Cell) {
    this.#course.ended(cell);
    return this.#plan.state.line(cell);
  }

  #left(): Estimate {
    return this.#course.left(this.#atOnce);
  }

  #status(): void {
    const now = performance.now();
    if (now - this.#shown < (this.#stream.isTTY ? PAUSE.bar : PAUSE.line)) return;
    this.#shown = now;
    const { cells } = this.#plan.state;
    const done = cells.filter((cell) => this.#plan.state.line(cell)?.state === "done").length;
    const running = this.#course.running.slice(0, NAMED).map(({ cell: { name }, transfer, ...own }) => {
      const { step, steps } = transfer ?? own;
      return `${name} ${transfer ? "transfer" : "step"} ${step}/${steps}`;
    });
    const { seconds, unknown } = this.#left();
    const others = unknown ? `, and an unknown time for ${unknown === 1 ? "1 cell" : `${unknown} cells`}` : "";
    const left = seconds > 0 ? `; about ${roughly(seconds)} left${others}` : "";
    const text = `${done} of ${cells.length} cells done; ${running.join(", ")}${left}`;
    if (!this.#stream.isTTY) return void print(this.#stream, `${visible(text)}\n`);
    this.#stream.write(`\r${visible(text).slice(0, (this.#stream.columns ?? 80) - 1)}\x1b[K`);
    this.#drawn = true;
  }
}

/** What is known before the first cell starts: "about 5 min and 12 MB …". */
export function estimateText({ seconds, unknown, bytes: size, checkpointBytes }: Estimate, cells: number): string {
  const time =
    unknown === 0
      ? `about ${roughly(seconds)}`
      : unknown === cells
        ? "time unknown until the first steps are measured"
        : `about ${roughly(seconds)} for ${cells - unknown} of them, unknown for the others until their first steps are measured`;
  return `estimate: ${time}; ${bytes(size)} of disk for the results, and ${bytes(checkpointBytes)} for checkpoints while cells train`;
}

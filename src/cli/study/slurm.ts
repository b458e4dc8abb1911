// Trains the cells of a study as jobs on Slurm, and follows them.

import type { Cell } from "../../study/cells.ts";
import { cellsText, type Plan } from "../../study/plan.ts";
import { type FollowEvents, follow, type Look, pauseSeconds } from "../../study/slurm/follow.ts";
import type { SlurmOptions } from "../../study/slurm/script.ts";
import type { QueuedTask } from "../../study/slurm/squeue.ts";
import { jobNameOf, queueOf, submit } from "../../study/slurm/submit.ts";
import { visible } from "../../visible.ts";
import { Stopped } from "../../worker/errors.ts";
import { onStop } from "../signals.ts";
import { print, type Stream, type Terminal } from "../terminal.ts";
import { ownProgram } from "./cells.ts";

/** Looks between two lines about steps. */
const QUIET = 12;
/** Cells that such a line names. */
const NAMED = 6;

/** Submits what is left to do, and follows it until all jobs are over. Ctrl+C stops only the following. */
export async function trainOnSlurm(plan: Plan, options: SlurmOptions, { err }: Terminal): Promise<void> {
  const { folder } = plan.state.study;
  const { job, cells, queued } = await submit(plan, { ...options, program: ownProgram() });
  const say = (text: string) => print(err, `${visible(text)}\n`);
  if (job !== undefined) say(`submitted ${cellsText(cells.map((cell) => cell.number))} as job ${job}`);
  const before = queued.filter((cell) => !cells.includes(cell));
  if (before.length) say(`in the queue already: ${cellsText(before.map((cell) => cell.number))}`);
  const controller = new AbortController();
  const off = onStop(() => controller.abort());
  try {
    await follow(plan, queued, {
      ...{ queue: () => queueOf(folder), signal: controller.signal, pause: pauseSeconds() },
      on: new SlurmProgress(err),
    });
  } finally {
    off();
  }
  if (controller.signal.aborted)
    throw new Stopped(
      `stopped following; the jobs run on. To follow them again, run the same command; to stop them: scancel --name ${jobNameOf(folder)}`,
    );
}

class SlurmProgress implements FollowEvents {
  readonly #stream: Stream;
  #looks = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  state(cell: Cell, { job, state, restarts }: QueuedTask): void {
    const again = restarts ? ` (requeued ${restarts === 1 ? "once" : `${restarts} times`})` : "";
    this.#say(`cell ${cell.name}: job ${job}_${cell.number} ${state.toLowerCase()}${again}`);
  }

  done(cell: Cell): void {
    this.#say(`cell ${cell.name} done`);
  }

  failed(cell: Cell, error: string): void {
    this.#say(`cell ${cell.name} failed: ${error}`);
  }

  stopped(cell: Cell): void {
    this.#say(`cell ${cell.name} stopped; it resumes from its last checkpoint when the study is run again`);
  }

  repeated(cell: Cell, original: Cell): void {
    this.#say(`cell ${cell.name} is the same run as cell ${original.name}`);
  }

  unanswered(error: string): void {
    this.#say(`the queue cannot be read, trying again: ${error}`);
  }

  looked({ pending, running }: Look): void {
    if (this.#looks++ % QUIET || !(pending || running.length)) return;
    const steps = running.slice(0, NAMED).map(({ cell, step }) => `${cell.name} step ${step}`);
    this.#say([`${pending} pending, ${running.length} running`, ...steps].join(", "));
  }

  #say(text: string): void {
    print(this.#stream, `${visible(text)}\n`);
  }
}

// masklens study run: trains the cells of a study that are not finished, each in a compute process of its own.

import { InputError } from "../../errors.ts";
import { Course } from "../../study/course.ts";
import { type Estimate, pacesOf } from "../../study/estimate.ts";
import { openStudy } from "../../study/open.ts";
import { cellsText, type Plan } from "../../study/plan.ts";
import { type QueueOptions, runQueue } from "../../study/queue.ts";
import type { SlurmOptions } from "../../study/slurm/script.ts";
import { resultsFile } from "../../study/study.ts";
import { WaitingCells } from "../../study/waiting.ts";
import { askAlone } from "../../worker/alone.ts";
import { Stopped } from "../../worker/errors.ts";
import type { Arguments } from "../arguments.ts";
import { type Compute, startCompute } from "../compute.ts";
import { onStop } from "../signals.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";
import { studyInformation } from "./describe.ts";
import { tellingFaults } from "./faults.ts";
import { measureFirst } from "./measure.ts";
import { estimateText, StudyProgress } from "./progress.ts";
import { trainOnSlurm } from "./slurm.ts";

/** No machine trains more cells at a time. */
const MOST_AT_ONCE = 1000;

export async function runStudy(folder: string, { given, many }: Arguments, terminal: Terminal): Promise<void> {
  const atOnce = numberIn(given.get("at-once"));
  const slurm = slurmOptions(given, atOnce);
  const { err } = terminal;
  const { plan, lock } = await tellingFaults(terminal, () => openStudy(folder, many.get("reuse") ?? []));
  try {
    const paces = pacesOf(plan.state);
    if (given.has("measure")) await measureFirst(plan, paces, terminal);
    const course = new Course(plan, paces);
    for (const line of planLines(plan, course.left(atOnce ?? 1))) print(err, `${line}\n`);
    if (slurm) await trainOnSlurm(plan, slurm, terminal);
    else await trainHere(plan, atOnce ?? 1, course, terminal);
    await report(plan, given.has("json"), terminal);
  } finally {
    await lock.release();
  }
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_AT_ONCE) return number;
  throw new InputError(`--at-once ${text} is not a valid value`, {}, `use a whole number from 1 to ${MOST_AT_ONCE}`);
}

/** The options for Slurm; undefined without --slurm, which the others need. */
function slurmOptions(given: ReadonlyMap<string, string>, atOnce: number | undefined): SlurmOptions | undefined {
  const others = ["partition", "time", "sbatch"] as const;
  if (given.has("slurm") && given.has("measure"))
    throw new InputError("--measure is for a run on this machine", {}, "omit it, or omit --slurm");
  if (given.has("slurm")) return { atOnce, ...Object.fromEntries(others.map((flag) => [flag, given.get(flag)])) };
  const alone = others.find((flag) => given.has(flag));
  if (alone === undefined) return undefined;
  throw new InputError(`--${alone} is for a run on Slurm`, {}, "add --slurm, or omit it");
}

/** What is there and what is left to do, before anything starts. */
function planLines({ state, todo, elsewhere, linked }: Plan, left: Estimate): string[] {
  const done = state.cells.filter((cell) => state.line(cell)?.state === "done").length;
  return [
    `${state.cells.length === 1 ? "1 cell" : `${state.cells.length} cells`}, ${done} done, ${todo.length} to train`,
    ...(linked.length ? [`linked to runs that are finished already: ${cellsText(linked)}`] : []),
    ...(elsewhere.length
      ? [`being trained by another process: ${cellsText(elsewhere.map((cell) => cell.number))}`]
      : []),
    ...(todo.length ? [estimateText(left, todo.length)] : []),
  ];
}

/**
 * Trains the cells on this machine. The first Ctrl+C (or SIGTERM, or SIGHUP) stops them at a checkpoint, and rejects with
 * `Stopped`; the second kills their processes.
 */
async function trainHere(plan: Plan, atOnce: number, course: Course, { err }: Terminal): Promise<void> {
  const progress = new StudyProgress(err, plan, atOnce, course);
  const running = new Set<Compute>();
  const controller = new AbortController();
  const off = onStop((signal, again) => {
    if (again) for (const compute of running) compute.kill();
    else progress.say(`received ${signal}: stopping after this step (again to kill the processes)`);
    controller.abort();
  });
  const train: QueueOptions["train"] = async (cell, signal, onEvent) => {
    const compute = startCompute();
    running.add(compute);
    await askAlone(compute, "resume", { folder: cell.folder }, { signal, onEvent }).finally(() =>
      running.delete(compute),
    );
  };
  try {
    await runQueue(plan, {
      waiting: new WaitingCells(plan.todo, atOnce),
      train,
      signal: controller.signal,
      on: progress,
    });
  } finally {
    progress.end();
    off();
  }
  if (controller.signal.aborted) throw new Stopped("stopped; to resume, run the same command again");
}

/** Prints the results; throws if some cells are not finished. */
export async function report({ state }: Plan, asJson: boolean, terminal: Terminal): Promise<void> {
  const { json, text } = await studyInformation(state);
  const file = resultsFile(state.study.folder);
  if (asJson) printJson(terminal, { ...json, file });
  else print(terminal.out, `${text}${shorter(file)}\n`);
  const failed = state.cells.filter((cell) => state.line(cell)?.state === "failed");
  const left = state.cells.filter((cell) => state.line(cell) === undefined);
  const what = [
    ...(failed.length ? [`${cellsText(failed.map((cell) => cell.number))} failed`] : []),
    ...(left.length
      ? [`${cellsText(left.map((cell) => cell.number))} ${left.length === 1 ? "is" : "are"} not finished`]
      : []),
  ];
  if (what.length) throw new Error(`${what.join("; ")}; run the same command again to continue.`);
}

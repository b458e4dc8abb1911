// masklens study run: trains the cells of a study that are not finished, each in a compute process of its own.

import { InputError } from "../../errors.ts";
import { stepOf } from "../../study/cells.ts";
import { estimate, Paces } from "../../study/estimate.ts";
import { cellsText, type Plan, planStudy, waitForOrphans } from "../../study/plan.ts";
import { type QueueOptions, runQueue } from "../../study/queue.ts";
import type { SlurmOptions } from "../../study/slurm/script.ts";
import { StudyState } from "../../study/state.ts";
import { lockStudy, readStudy, resultsFile } from "../../study/study.ts";
import { Stopped } from "../../worker/errors.ts";
import type { Arguments } from "../arguments.ts";
import { type Compute, startCompute } from "../compute.ts";
import { onStop } from "../signals.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";
import { studyInformation } from "./describe.ts";
import { tellingFaults } from "./faults.ts";
import { estimateText, StudyProgress } from "./progress.ts";
import { trainOnSlurm } from "./slurm.ts";

/** No machine trains more cells at a time. */
const MOST_AT_ONCE = 1000;

export async function runStudy(folder: string, { given, many }: Arguments, terminal: Terminal): Promise<void> {
  const atOnce = numberIn(given.get("at-once"));
  const slurm = slurmOptions(given, atOnce);
  const study = await readStudy(folder);
  const lock = await lockStudy(study);
  try {
    const state = await StudyState.read(study);
    await waitForOrphans(state);
    const { err } = terminal;
    const plan = await tellingFaults(terminal, () => planStudy(state, many.get("reuse") ?? []));
    for (const line of planLines(plan, atOnce ?? 1)) print(err, `${line}\n`);
    if (slurm) await trainOnSlurm(plan, slurm, terminal);
    else if (plan.todo.length) await trainHere(plan, atOnce ?? 1, terminal);
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
  if (given.has("slurm")) return { atOnce, ...Object.fromEntries(others.map((flag) => [flag, given.get(flag)])) };
  const alone = others.find((flag) => given.has(flag));
  if (alone === undefined) return undefined;
  throw new InputError(`--${alone} is for a run on Slurm`, {}, "add --slurm, or omit it");
}

/** What is there and what is left to do, before anything starts. */
function planLines(plan: Plan, atOnce: number): string[] {
  const { state, checked, todo, elsewhere, linked } = plan;
  const done = state.cells.filter((cell) => state.line(cell)?.state === "done").length;
  const left = todo.map((cell) => ({ cell, step: stepOf(cell) }));
  return [
    `${state.cells.length === 1 ? "1 cell" : `${state.cells.length} cells`}, ${done} done, ${todo.length} to train`,
    ...(linked.length ? [`linked to runs that are finished already: ${cellsText(linked)}`] : []),
    ...(elsewhere.length
      ? [`being trained by another process: ${cellsText(elsewhere.map((cell) => cell.number))}`]
      : []),
    ...(todo.length ? [estimateText(estimate(left, checked, pacesOf(state), atOnce), todo.length)] : []),
  ];
}

/** The paces of the study's finished cells. */
function pacesOf(state: StudyState): Paces {
  const paces = new Paces();
  for (const cell of state.cells) {
    const line = state.line(cell);
    if (line?.state !== "done") continue;
    const { seconds, steps } = line;
    if (typeof seconds === "number" && typeof steps === "number" && steps > 0) paces.measured(cell, seconds / steps);
  }
  return paces;
}

/**
 * Trains the cells on this machine. The first Ctrl+C (or SIGTERM, or SIGHUP) stops them at a checkpoint, and rejects with
 * `Stopped`; the second kills their processes.
 */
async function trainHere(plan: Plan, atOnce: number, { err }: Terminal): Promise<void> {
  const progress = new StudyProgress(err, plan, atOnce, pacesOf(plan.state));
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
    try {
      await compute.ask("resume", { folder: cell.folder }, { signal, onEvent });
    } finally {
      await compute.close();
      running.delete(compute);
    }
  };
  try {
    await runQueue(plan, { atOnce, train, signal: controller.signal, on: progress });
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

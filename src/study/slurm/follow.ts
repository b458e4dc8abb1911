// Follows the jobs of a study in Slurm's queue and in the cells' own logs, and records each result as soon as it is
// there. It does not use Slurm's accounting, which needs a database. The jobs do not depend on this process.

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { lastEvent, logOf } from "../../train/run-folder.ts";
import { type Cell, stepOf } from "../cells.ts";
import type { Plan } from "../plan.ts";
import { linkRepeats, recorder } from "../queue.ts";
import { failedLine } from "../results.ts";
import { taskLog } from "./script.ts";
import { isOver, type QueuedTask } from "./squeue.ts";

export interface FollowOptions {
  /** Asks for the tasks in the queue. */
  readonly queue: () => Promise<readonly QueuedTask[]>;
  readonly signal: AbortSignal;
  /** Seconds between two looks at the queue. */
  readonly pause: number;
  readonly on?: Partial<FollowEvents>;
}

/** What happens to a cell in the queue. */
export interface FollowEvents {
  /** Slurm's state of a cell's task, when it changes. */
  state(cell: Cell, task: QueuedTask): void;
  done(cell: Cell): void;
  failed(cell: Cell, error: string): void;
  /** A cell whose job ended at a checkpoint, and is not in the queue any more. */
  stopped(cell: Cell): void;
  repeated(cell: Cell, original: Cell): void;
  /** After each look: how many tasks are pending and running, and the steps of those that run. */
  looked(look: Look): void;
  /** The queue could not be read; it is tried again. */
  unanswered(error: string): void;
}

export interface Look {
  readonly pending: number;
  readonly running: readonly { readonly cell: Cell; readonly step: number }[];
}

/** Seconds between two looks at the queue, with which a controller of many users is not burdened. */
const PAUSE = 5;

/** Tests look more often. */
export function pauseSeconds(): number {
  const given = Number(process.env.MASKLENS_SLURM_PAUSE);
  return given > 0 ? given : PAUSE;
}

/** How many looks in a row a cell's task must be over before its result is judged: files may arrive late. */
const LOOKS = 2;

/** Follows these cells until none of their tasks is in the queue, or the signal fires. */
export async function follow(plan: Plan, cells: readonly Cell[], options: FollowOptions): Promise<void> {
  const { queue, signal, pause, on = {} } = options;
  const record = recorder(plan);
  await record(); // the cells that were linked
  const left = new Map(cells.map((cell) => [cell, 0]));
  const states = new Map<Cell, string>();
  while (left.size && !signal.aborted) {
    const tasks = await queue().catch((error: unknown) => {
      on.unanswered?.(messageOf(error));
      return undefined;
    });
    if (tasks) {
      const latest = latestTasks(tasks);
      for (const [cell, looks] of left) {
        const task = latest.get(cell.number);
        const said = task && `${task.job} ${task.state} ${task.restarts}`;
        if (task && states.get(cell) !== said) on.state?.(cell, task);
        if (said !== undefined) states.set(cell, said);
        if (task && !isOver(task)) left.set(cell, 0);
        else if (lastEvent(logOf(cell.folder))?.type !== "done" && looks + 1 < LOOKS) left.set(cell, looks + 1);
        else {
          left.delete(cell);
          await judge(plan, cell, task, record, on);
        }
      }
      const running = [...left.keys()].filter(({ number }) => latest.get(number)?.state === "RUNNING");
      on.looked?.({
        pending: [...left.keys()].filter(({ number }) => latest.get(number)?.state === "PENDING").length,
        running: running.map((cell) => ({ cell, step: stepOf(cell) })),
      });
    }
    if (left.size) await sleep(pause * 1000, undefined, { signal }).catch(() => undefined); // the signal fired
  }
}

/** The newest task of each cell. */
function latestTasks(tasks: readonly QueuedTask[]): Map<number, QueuedTask> {
  const latest = new Map<number, QueuedTask>();
  for (const task of tasks) {
    if (task.cell === undefined) continue;
    const known = latest.get(task.cell);
    if (!known || Number(task.job) >= Number(known.job)) latest.set(task.cell, task);
  }
  return latest;
}

/** Records what became of a cell whose task is over. */
async function judge(
  plan: Plan,
  cell: Cell,
  task: QueuedTask | undefined,
  record: () => Promise<void>,
  on: Partial<FollowEvents>,
): Promise<void> {
  const { state } = plan;
  const line = await state.finished(cell);
  if (line) {
    state.set(cell, line);
    await record();
    on.done?.(cell);
    return linkRepeats(plan, cell, record, on);
  }
  const stopped = lastEvent(logOf(cell.folder))?.type === "stopped" || task?.state === "CANCELLED";
  if (stopped) return on.stopped?.(cell);
  const error =
    (task && (await lastWords(state.study.folder, task.job, cell))) ?? `its job is over (${task?.state ?? "unknown"})`;
  state.set(cell, failedLine(cell, state.columns, error));
  await record();
  on.failed?.(cell, error);
}

/** The last line of a task's errors, without the program's name; undefined if it said nothing. */
async function lastWords(study: string, job: string, { number }: Cell): Promise<string | undefined> {
  const text = await readFile(taskLog(study, job, number, "err"), "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line.trim());
  const own = lines.findLast((line) => line.startsWith("masklens: "))?.slice("masklens: ".length);
  return own ?? lines.at(-1);
}

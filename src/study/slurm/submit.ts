// Submits the cells of a study that are left to do as one job array, unless they are in the queue already.

import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { explained, writeAtomic } from "../../files.ts";
import { holderOf, releaseJobLock } from "../../train/run-folder.ts";
import type { Cell } from "../cells.ts";
import { type Plan, prepareCell } from "../plan.ts";
import { slurm } from "./programs.ts";
import { type SlurmOptions, scriptOf, slurmFolder } from "./script.ts";
import { isOver, jobOf, type QueuedTask, tasksOf } from "./squeue.ts";

const SCRIPT = "submission.sh";

/** The name of a study's jobs: its folder's, and a digest of its path, by which a later process finds them again. */
export function jobNameOf(study: string): string {
  const name = path
    .basename(study)
    .replace(/[^\w.-]/g, "_")
    .slice(0, 40);
  return `masklens-${name}-${createHash("sha256").update(study).digest("hex").slice(0, 8)}`;
}

/**
 * All tasks in Slurm's queue. The filters of old versions of squeue do not apply to its JSON, so none is used.
 */
async function wholeQueue(): Promise<QueuedTask[]> {
  return tasksOf(await slurm("squeue", ["--json"]));
}

/** The tasks of a study in Slurm's queue. */
export async function queueOf(study: string): Promise<QueuedTask[]> {
  const name = jobNameOf(study);
  return (await wholeQueue()).filter((task) => task.name === name);
}

export interface Submitted {
  /** The ID of the new job; undefined if all cells were in the queue already. */
  readonly job: string | undefined;
  /** The cells that were submitted now. */
  readonly cells: readonly Cell[];
  /** All cells that are in the queue now, and those that have finished since the plan was made. */
  readonly queued: readonly Cell[];
}

/**
 * Submits the cells that are neither finished nor in the queue. Throws an InputError if Slurm refuses.
 */
export async function submit(
  plan: Plan,
  options: SlurmOptions & { readonly program: readonly string[] },
): Promise<Submitted> {
  const { state } = plan;
  const { folder } = state.study;
  const open = [...plan.todo, ...plan.elsewhere].sort((a, b) => a.number - b.number);
  const active = (await wholeQueue()).filter((task) => !isOver(task));
  const [name, jobs] = [jobNameOf(folder), new Set(active.map(jobOf))];
  const waiting = new Set(active.filter((task) => task.name === name).map(({ cell }) => cell));
  const queued = open.filter(({ number }) => waiting.has(number));
  const left: Cell[] = [];
  for (const cell of open) {
    if (waiting.has(cell.number)) continue;
    if (await state.finished(cell)) {
      queued.push(cell);
      continue;
    }
    await releaseJobLock(cell.folder, (job) => !jobs.has(job));
    if (holderOf(cell.folder)) continue; // another engine is training it
    await prepareCell(state, cell);
    left.push(cell);
  }
  if (!left.length) return { job: undefined, cells: [], queued };
  const place = slurmFolder(folder);
  await mkdir(place, { recursive: true }).catch((cause) => {
    throw explained(cause, place);
  });
  const script = scriptOf({ ...options, study: folder, jobName: name, cells: left.map((one) => one.number) });
  await writeAtomic(path.join(place, SCRIPT), [Buffer.from(script)]);
  const printed = await slurm("sbatch", ["--parsable", SCRIPT], place);
  const [job] = printed.trim().split("\n").at(-1)!.split(";");
  if (!job || !/^\d+$/.test(job))
    throw new InputError(`sbatch printed no job ID (${printed.trim()})`, {}, "look at the queue (squeue --me)");
  return { job, cells: left, queued: [...queued, ...left] };
}

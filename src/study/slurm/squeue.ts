// What Slurm's queue says about the jobs of a study: squeue --json, whose form differs between versions.

import { InputError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { parseJson } from "../../json-text.ts";

/** A task of a job array in the queue. */
export interface QueuedTask {
  /** The name of the array, which tells whose it is. */
  readonly name: string;
  /** The ID of the array's job. */
  readonly job: string;
  /** The task's number in the array; undefined for a job that is not an array. */
  readonly cell: number | undefined;
  /** Slurm's word, such as PENDING, RUNNING, COMPLETED or CANCELLED. */
  readonly state: string;
  /** How often it was requeued. */
  readonly restarts: number;
}

/** States in which a job is over; jobs stay in the queue for some minutes after that. */
const OVER =
  /^(COMPLETED|CANCELLED|FAILED|TIMEOUT|NODE_FAIL|PREEMPTED|BOOT_FAIL|DEADLINE|OUT_OF_MEMORY|LAUNCH_FAILED)$/;

export const isOver = ({ state }: QueuedTask): boolean => OVER.test(state);

/** A larger array is not a study's. */
const MOST_TASKS = 1_000_000;

/** All tasks in the queue. Throws an InputError if the text is not squeue's JSON. */
export function tasksOf(text: string): QueuedTask[] {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new InputError("it is not JSON", { at: "the output of squeue --json" }, "use Slurm 21.08 or later", {
      cause,
    });
  }
  const jobs = isJsonObject(json) && Array.isArray(json.jobs) ? json.jobs.filter(isJsonObject) : [];
  return jobs.flatMap(tasksOfJob);
}

function tasksOfJob(job: JsonObject): QueuedTask[] {
  const id = numberOf(job.array_job_id) || numberOf(job.job_id);
  if (!id) return [];
  const common = {
    ...{ name: String(job.name), job: String(id), state: stateOf(job.job_state) },
    restarts: numberOf(job.restart_cnt) ?? 0,
  };
  // Pending tasks of an array share one record until one of them starts.
  const together = typeof job.array_task_string === "string" ? job.array_task_string : "";
  const cells = together ? cellsOf(together) : [numberOf(job.array_task_id)];
  return cells.map((cell) => ({ ...common, cell }));
}

/** The name of a task in a run's lock. */
export const jobOf = ({ job, cell }: QueuedTask): string => (cell === undefined ? job : `${job}_${cell}`);

/** A number; since version 23.02 as {"set": true, "infinite": false, "number": 7}. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (!isJsonObject(value) || value.set === false || value.infinite === true) return undefined;
  return typeof value.number === "number" ? value.number : undefined;
}

/** A state; since version 23.11 as a list, whose first entry is the base state. */
function stateOf(value: unknown): string {
  const state = Array.isArray(value) ? value[0] : value;
  return typeof state === "string" ? state : "UNKNOWN";
}

/** The numbers in "1-3,7%2". */
function cellsOf(text: string): number[] {
  const cells: number[] = [];
  for (const part of text.replace(/%.*$/, "").split(",")) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (first === undefined) continue;
    for (let cell = Number(first); cell <= Number(last) && cells.length < MOST_TASKS; cell++) cells.push(cell);
  }
  return cells;
}

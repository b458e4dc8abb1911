// The batch script of a study's job array, by submitit's conventions: log files named %A_%a_0_log.out and .err, array
// parallelism after %, requeueing, and a signal before the time limit. A task's number in the array is its cell's, and
// its state is the cell's folder, so it does not matter which job a cell is in, or how often it is requeued.

import path from "node:path";
import { InputError } from "../../errors.ts";
import { quoted } from "../../visible.ts";
import { shellWord } from "../shell.ts";
import { cellName, cellsFolder } from "../study.ts";

export interface SlurmOptions {
  readonly partition?: string | undefined;
  /** As for sbatch: minutes, hours:minutes:seconds, days-hours and so on. */
  readonly time?: string | undefined;
  /** Tasks that run at the same time; no limit if undefined. */
  readonly atOnce?: number | undefined;
  /** More flags for sbatch. */
  readonly sbatch?: string | undefined;
}

export interface ScriptInput extends SlurmOptions {
  readonly study: string;
  /** The name of the jobs, by which they are found in the queue. */
  readonly jobName: string;
  /** The numbers of the cells. */
  readonly cells: readonly number[];
  /** The words that start the command line. */
  readonly program: readonly string[];
}

/** Seconds before the time limit at which a job is asked to stop; submitit's default. */
const NOTICE = 90;
/** The share of a short time limit that the notice may take. */
const SHARE = 4;

/** The folder of the script and the logs. */
export const slurmFolder = (study: string): string => path.join(study, "slurm");

/** The log of a task: its errors or its output. */
export const taskLog = (study: string, job: string, cell: number, ending: "err" | "out"): string =>
  path.join(slurmFolder(study), `${job}_${cell}_0_log.${ending}`);

/**
 * The text of the script. It is submitted from `slurmFolder`, to which the names of the logs are relative. Throws an
 * InputError if an option would not be one line of the script.
 */
export function scriptOf({ study, jobName, cells, program, partition, time, atOnce, sbatch }: ScriptInput): string {
  for (const [flag, text] of Object.entries({ partition, time, sbatch }))
    if (text !== undefined && (/[\r\n\0]/.test(text) || !text.trim()))
      throw new InputError(`--${flag} ${quoted(text)} is not a valid value`, {}, "write it on one line");
  const flags = [
    `--job-name=${jobName}`,
    `--array=${arrayOf(cells)}${atOnce === undefined ? "" : `%${atOnce}`}`,
    "--output=%A_%a_0_log.out",
    "--error=%A_%a_0_log.err",
    "--open-mode=append",
    "--requeue",
    `--signal=B:USR2@${noticeOf(time)}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(sbatch === undefined ? [] : [sbatch]),
  ];
  return `#!/bin/bash
${flags.map((flag) => `#SBATCH ${flag}`).join("\n")}

cell=$(printf '%0${cellName(1).length}d' "$SLURM_ARRAY_TASK_ID")
run=${shellWord(cellsFolder(study))}/$cell

# Steps in the log so far: a job that has made none is not requeued, or it would be forever.
steps() { cat "$run/log.jsonl" 2>/dev/null | grep -c '^{"type":"step"'; }

before=$(steps)
${program.map(shellWord).join(" ")} train --resume "$run" &
training=$!
# The training stops at a checkpoint: shortly before the time limit (USR2), and if the job is cancelled (TERM).
limit=
trap 'limit=1; kill -TERM "$training"' USR2
trap 'kill -TERM "$training"' TERM
code=0
# A signal interrupts wait before the training has ended.
while wait "$training"; code=$?; kill -0 "$training" 2>/dev/null; do :; done
if [ -n "$limit" ] && [ "$code" -ne 0 ] && [ "$(steps)" -gt "$before" ]; then
  echo "masklens: time limit; requeued" >&2
  exec scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
if [ "$code" -gt 128 ] && [ -z "$limit" ]; then
  echo "the training process ended with exit code $code" >&2
fi
exit "$code"
`;
}

/** "1-3,7": the numbers as an array of jobs. */
export function arrayOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

/** Seconds before the time limit; less than usual if the limit is only a few minutes. */
function noticeOf(time: string | undefined): number {
  const seconds = time === undefined ? undefined : secondsOf(time);
  return seconds === undefined ? NOTICE : Math.max(1, Math.min(NOTICE, Math.floor(seconds / SHARE)));
}

/** A time limit in seconds; undefined if sbatch will not understand it either. */
export function secondsOf(time: string): number | undefined {
  const [, days, rest] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(time) ?? [];
  if (rest === undefined) return undefined;
  const parts = rest.split(":").map(Number);
  const unit = days === undefined ? (parts.length === 3 ? 3600 : 60) : 3600; // "5" and "5:30" are minutes, "1-5" hours
  const seconds = parts.reduce((sum, part, i) => sum + part * (unit / 60 ** i), 0);
  return Number(days ?? 0) * 86_400 + seconds;
}

// results.jsonl of a study: one line per cell that is finished or failed, sorted by cell. Options, metrics and sizes are
// flat columns, so that pandas, DuckDB and Optuna read the file as it is; docs/studies.md lists the columns. The file is
// derived from the cells' folders, except for errors and links to runs elsewhere.

import { createHash } from "node:crypto";
import path from "node:path";
import * as z from "zod/mini";
import { digestOf, exists, readOpened, writeAtomic } from "../files.ts";
import { onDemand } from "../on-demand.ts";
import { openOwn } from "../own-files.ts";
import { checked, count, flag, hash, jsonOf, oneOf, type Read, text } from "../schema.ts";
import type { TrainEvent } from "../train/events.ts";
import { adaptationIn, outlineOf } from "../train/outline.ts";
import { readEvents } from "../train/run-folder.ts";
import type { Cell } from "./cells.ts";
import { columnsOf, scalarsOf } from "./columns.ts";
import { resultsFile, type Study } from "./study.ts";

/** In bytes: 10,000 cells with metrics of a hundred labels each. */
const LONGEST = 500_000_000;
const REMEDY = "delete the file; masklens study results writes it again from the cells";

const DONE = onDemand(() =>
  z.looseObject({
    cell: count,
    state: oneOf(["done"]),
    key: hash,
    /** Whether the run belongs to another study, or to another cell. */
    linked: flag,
    /** The run's folder and its adaptation, relative to the study. */
    run: text,
    adaptation: text,
    bytes: count,
  }),
);
const FAILED = onDemand(() => z.looseObject({ cell: count, state: oneOf(["failed"]), key: hash, error: text }));
const STATE = onDemand(() => z.object({ state: oneOf(["done", "failed"]) }));

export type DoneLine = Read<typeof DONE>;
export type FailedLine = Read<typeof FAILED>;
export type ResultLine = DoneLine | FailedLine;

/** The lines of a study's results; none if there is no file. Throws an InputError if it is damaged. */
export async function readResults(study: string): Promise<ResultLine[]> {
  const file = resultsFile(study);
  const opened = await openOwn(file, REMEDY);
  if (!opened) return [];
  const lines = (await readOpened(opened.handle, opened.size, file, LONGEST, REMEDY)).toString("utf8").split("\n");
  return lines.flatMap((line, i) => {
    if (!line.trim()) return [];
    const place = { file, at: `line ${i + 1}`, remedy: REMEDY };
    const value = jsonOf(line, place);
    const { state } = checked(STATE(), value, place);
    checked(state === "done" ? DONE() : FAILED(), value, place);
    return [value as ResultLine]; // not the schema's result, which has the keys in another order
  });
}

/** Replaces a study's results by these lines, sorted by cell. */
export async function writeResults(study: string, lines: Iterable<ResultLine>): Promise<void> {
  const sorted = [...lines].sort((a, b) => a.cell - b.cell);
  const text = sorted.map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeAtomic(resultsFile(study), [Buffer.from(text)]);
}

/** A line with the columns of its cell as they are now: more options may vary since it was written. */
export function renewed(line: ResultLine, cell: Cell, columns: readonly string[]): ResultLine {
  const { cell: _, state, model: __, task: ___, method: ____, seed: _____, ...rest } = line;
  const kept = Object.entries(rest).filter(([name]) => !name.startsWith("option_"));
  return {
    cell: cell.number,
    state,
    ...columnsOf(cell, columns),
    ...Object.fromEntries(kept),
    key: cell.key,
  } as unknown as ResultLine;
}

/** The line of a failed cell. */
export function failedLine(cell: Cell, columns: readonly string[], error: string): FailedLine {
  return { cell: cell.number, state: "failed", ...columnsOf(cell, columns), error, key: cell.key };
}

/** The line of a cell whose run is finished in `run`; undefined if it is not finished. */
export async function doneLine(
  study: Study,
  cell: Cell,
  columns: readonly string[],
  run: string,
): Promise<DoneLine | undefined> {
  const found = await finishedRun(run);
  if (!found) return undefined;
  const { result, adaptation, metric, value, trained, inputs } = found;
  const { validation, test, sparsity, steps, bytes, seconds } = result;
  return {
    ...{ cell: cell.number, state: "done", ...columnsOf(cell, columns), metric, value },
    ...{ ...scalarsOf("validation", validation), ...scalarsOf("test", test) },
    ...{ sparsity, trained, steps, bytes, seconds, linked: run !== cell.folder },
    ...{ run: relativeTo(study, run), adaptation: relativeTo(study, adaptation) },
    adaptationSha256: await digestOf(adaptation, createHash("sha256")),
    ...digestsOf(inputs),
    ...{ validation, test, key: cell.key },
  };
}

/** A path relative to the study, with slashes on every system. */
function relativeTo({ folder }: Study, file: string): string {
  return path.relative(folder, file).split(path.sep).join("/");
}

/** A run that is finished, read from its log. */
export interface FinishedRun {
  readonly result: Extract<TrainEvent, { type: "done" }>["result"];
  /** The adaptation's file, which exists. */
  readonly adaptation: string;
  /** The metric that chose the best step, and its value; null in logs of earlier versions. */
  readonly metric: string | null;
  readonly value: number | null;
  /** Parameters trained as a share of the model's; null in logs of earlier versions. */
  readonly trained: number | null;
  /** Hashes of the data and the base model; undefined in logs of earlier versions. */
  readonly inputs: Readonly<Record<string, string>> | undefined;
}

/** The finished run in a folder; undefined if it is not finished, or if its adaptation is missing. */
export async function finishedRun(folder: string): Promise<FinishedRun | undefined> {
  const events = await readEvents(folder, "latest");
  const last = events.at(-1);
  if (last?.type !== "done") return undefined;
  const adaptation = adaptationIn(folder, last.result.adaptation);
  if (adaptation === undefined || !(await exists(adaptation))) return undefined;
  const { metric, best, trained } = outlineOf(events);
  const inputs = events.findLast((event) => event.type === "start")?.inputs;
  return {
    result: last.result,
    adaptation,
    metric: metric ?? null,
    value: best ?? null,
    trained: trained ?? null,
    inputs,
  };
}

const DIGESTS: Readonly<Record<string, string>> = {
  "the base model": "modelSha256",
  "the task file": "taskSha256",
  "the train data": "trainSha256",
  "the validation data": "validationSha256",
  "the test data": "testSha256",
  "the teacher": "teacherSha256",
  "the fixed mask": "fixedMaskSha256",
};

/** A run's inputs as columns. */
function digestsOf(inputs: Readonly<Record<string, string>> | undefined): Record<string, string | null> {
  return Object.fromEntries(Object.entries(DIGESTS).map(([name, column]) => [column, inputs?.[name] ?? null]));
}

/** What a line's run was trained on that differs from `inputs`; undefined if nothing does, or if it is unknown. */
export function changedSince(line: DoneLine, inputs: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(inputs).find((name) => {
    const then = line[DIGESTS[name]!];
    return typeof then === "string" && then !== inputs[name];
  });
}

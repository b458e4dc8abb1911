// The pace of an earlier run, from which the duration of a new one is estimated before its first step.

import { stat } from "node:fs/promises";
import path from "node:path";
import type { JsonObject } from "../../json.ts";
import type { FormerPace } from "../../messages.ts";
import { parseRunOptions, type RunOptions } from "../../recipe/options.ts";
import { logOf, readOptions } from "../../train/run-folder.ts";
import { findRuns } from "./found.ts";
import type { Runs } from "./runs.ts";

/** The options that a step's duration depends on. */
const SAME = [
  "model",
  "method",
  "batchSize",
  "accumulate",
  "maxLength",
  "device",
] as const satisfies (keyof RunOptions)[];

/** The pace of the latest finished run of the workspace with the same model, method, batch size, maximum length and device. */
export async function formerPace(folder: string, options: JsonObject, runs: Runs): Promise<FormerPace | undefined> {
  const wanted = completed(folder, options);
  if (!wanted) return undefined;
  const others = (await findRuns()).filter((run) => !run.leadsOut && run.folder !== folder);
  for (const other of await latestFirst(others.map((run) => run.folder))) {
    const found = completed(other, await readOptions(other).catch(() => undefined));
    if (!found || SAME.some((key) => found[key] !== wanted[key])) continue;
    const { secondsPerStep } = (await runs.outline(other)).outline;
    if (secondsPerStep !== undefined) return { run: path.basename(other), secondsPerStep };
  }
  return undefined;
}

/** A run's options with their defaults; undefined if they are invalid. */
function completed(folder: string, options: JsonObject | undefined): RunOptions | undefined {
  try {
    return parseRunOptions(options, path.join(folder, "run.json"));
  } catch {
    return undefined;
  }
}

/** Without runs that have not begun. */
async function latestFirst(folders: readonly string[]): Promise<string[]> {
  const known = await Promise.all(
    folders.map(async (folder) => ({ folder, status: await stat(logOf(folder)).catch(() => undefined) })),
  );
  return known
    .flatMap(({ folder, status }) => (status ? [{ folder, written: status.mtimeMs }] : []))
    .sort((a, b) => b.written - a.written)
    .map(({ folder }) => folder);
}

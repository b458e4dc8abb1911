// The pace of an earlier run, used to estimate the duration of a new run before its first step.

import { stat } from "node:fs/promises";
import path from "node:path";
import type { JsonObject } from "../../json.ts";
import type { FormerPace } from "../../messages.ts";
import { onDemand } from "../../on-demand.ts";
import { parseRunOptions, type RunOptions } from "../../recipe/options.ts";
import { logOf, readOptions } from "../../train/run-folder.ts";
import type { Outlines } from "./outlines.ts";

/** The options that a step's duration depends on. */
const SAME = [
  "model",
  "method",
  "pattern",
  "batchSize",
  "accumulate",
  "maxLength",
  "device",
] as const satisfies (keyof RunOptions)[];

/** Finds the pace of an earlier run like the one with these options; relative paths in them start from `folder`. */
type FindPace = (folder: string, options: JsonObject) => Promise<FormerPace | undefined>;

/**
 * Takes the pace of the latest finished run among `others` whose options in `SAME` match. Reads each run.json at most
 * once.
 */
export function formerPaces(others: readonly string[], outlines: Pick<Outlines, "of">): FindPace {
  const runs = onDemand(async () =>
    (await latestFirst(others)).map((folder) => ({
      folder,
      options: onDemand(async () => completed(folder, await readOptions(folder).catch(() => undefined))),
    })),
  );
  return async (folder, options) => {
    const wanted = completed(folder, options);
    if (!wanted) return undefined;
    for (const other of await runs()) {
      if (other.folder === folder) continue;
      const found = await other.options();
      if (!found || SAME.some((key) => found[key] !== wanted[key])) continue;
      const { secondsPerStep } = await outlines.of(other.folder).catch(() => ({ secondsPerStep: undefined })); // a damaged log
      if (secondsPerStep !== undefined) return { run: path.basename(other.folder), secondsPerStep };
    }
    return undefined;
  };
}

/** A run's options with their defaults; undefined if they are invalid. */
function completed(folder: string, options: JsonObject | undefined): RunOptions | undefined {
  try {
    return parseRunOptions(options, path.join(folder, "run.json"));
  } catch {
    return undefined;
  }
}

/** The runs that have a log, ordered by when the log was last written, the latest first. */
async function latestFirst(folders: readonly string[]): Promise<string[]> {
  const known = await Promise.all(
    folders.map(async (folder) => ({ folder, status: await stat(logOf(folder)).catch(() => undefined) })),
  );
  return known
    .flatMap(({ folder, status }) => (status ? [{ folder, written: status.mtimeMs }] : []))
    .sort((a, b) => b.written - a.written)
    .map(({ folder }) => folder);
}

// The pace of another run, finished or training, used to estimate the duration of a new run before its first step.

import { stat } from "node:fs/promises";
import path from "node:path";
import { runName } from "../../file-name.ts";
import type { JsonObject } from "../../json.ts";
import type { FormerPace } from "../../messages.ts";
import { onDemand } from "../../on-demand.ts";
import { parseRunOptions, type RunOptions } from "../../recipe/options.ts";
import type { TrainEvent } from "../../train/events.ts";
import { logOf, readOptions } from "../../train/run-folder.ts";

/** The options that a step's duration depends on. */
const SAME = [
  "model",
  "method",
  "pattern",
  "batchSize",
  "accumulate",
  "maxLength",
  "context",
  "device",
] as const satisfies (keyof RunOptions)[];

/** Finds the pace of another run like the one with these options; relative paths in them start from `folder`. */
type FindPace = (folder: string, options: JsonObject) => Promise<FormerPace | undefined>;

/**
 * Takes the pace of the latest run among `others` whose options in `SAME` match and of which `paceOf` knows the seconds
 * per step. Reads each run.json at most once.
 */
export function formerPaces(
  others: readonly string[],
  paceOf: (folder: string) => Promise<number | undefined>,
): FindPace {
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
      const secondsPerStep = await paceOf(other.folder);
      if (secondsPerStep !== undefined) return { run: runName(other.folder), secondsPerStep };
    }
    return undefined;
  };
}

/** The pace of a run that is training: the time it has taken and expects to take, divided by its steps. */
export class LivePace {
  #began: { readonly at: number; readonly left: number } | undefined;
  /** Including evaluations; undefined until a step has been timed. */
  secondsPerStep: number | undefined;

  /** `now`: the time of the event in seconds. */
  hear(event: TrainEvent, now = performance.now() / 1000): void {
    if (event.type === "start") this.#began = { at: now, left: event.steps - event.step };
    if (event.type === "step" && this.#began)
      this.secondsPerStep = (now - this.#began.at + event.secondsLeft) / this.#began.left;
  }
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

// The facts about a run that the view of runs shows and sorts by, besides its state: its task, date, device, metric and
// options.

import { stat } from "node:fs/promises";
import path from "node:path";
import { writtenOf } from "../../files.ts";
import { parseRunOptions } from "../../recipe/options.ts";
import { nearestPreset, type PresetDifference } from "../../recipe/training-presets.ts";
import type { Outline } from "../../train/outline.ts";
import { logOf, optionsOf, readOptions } from "../../train/run-folder.ts";

/** The options from a run.json; those that are missing or invalid are undefined. */
interface Options {
  readonly task: string | undefined;
  readonly device: string | undefined;
  readonly recipe: PresetDifference | undefined;
}

export interface RunFacts extends Options {
  /**
   * When the run first started, in milliseconds since 1970; if unknown, when its log, or else its run.json, was last
   * written.
   */
  readonly time: number | undefined;
}

const known = new Map<string, { readonly written: string | undefined; readonly options: Options }>();

/** The facts of a run; its run.json is read once and reread after it is written. */
export async function factsOf(folder: string, { time }: Outline): Promise<RunFacts> {
  const written = await writtenOf(optionsOf(folder));
  const before = known.get(folder);
  const options = before && before.written === written ? before.options : await read(folder);
  known.set(folder, { written, options });
  return { ...options, time: time ?? (await timeOf(logOf(folder))) ?? (await timeOf(optionsOf(folder))) };
}

async function read(folder: string): Promise<Options> {
  const json = await readOptions(folder).catch(() => undefined);
  const { task, device = "auto" } = json ?? {};
  return {
    task: typeof task === "string" ? path.basename(task, ".task.json") : undefined,
    device: json && typeof device === "string" ? device : undefined,
    recipe: json && recipeOf(json, optionsOf(folder)),
  };
}

function recipeOf(json: object, file: string): PresetDifference | undefined {
  try {
    return nearestPreset(parseRunOptions(json, file));
  } catch {
    return undefined; // training from these options reports what is wrong
  }
}

const timeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

// The presets of Train Mask…, and how long each would take.

import { stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { readDescription } from "../../data/description.ts";
import { parseRunOptions, type RunOptions } from "../../recipe/options.ts";
import { TRAINING_PRESET_IDS, TRAINING_PRESETS } from "../../recipe/training-presets.ts";
import { roughly, stepsOf } from "../../train/duration.ts";
import type { Choice } from "../ui/choose.ts";
import { formerPaces } from "./former-pace.ts";
import { findRuns } from "./found.ts";
import { presetWords } from "./preset-words.ts";
import type { Runs } from "./runs.ts";

/** The presets as choices; the value of each choice is the preset's id. */
export const presetChoices = (): Promise<Choice<string>[]> =>
  withDetails(() => vscode.l10n.t("Estimating the duration…"));

/** The same choices with an estimate of how long each preset would take, if an earlier run provides a pace. */
export async function timedPresets(model: string, task: string, runs: Runs): Promise<Choice<string>[]> {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const folders = (await findRuns()).flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
  const paceOf = formerPaces(folders, runs.outlines);
  const examples = await examplesOf(task).catch(() => undefined); // the run will report the error
  return withDetails(async (value) => {
    const options = { ...value, model, task, out: ".", device };
    const former = await paceOf(path.dirname(task), options);
    if (!former || examples === undefined) return vscode.l10n.t("Duration unknown until the first steps are timed.");
    const seconds = stepsOf(examples, parseRunOptions(options)) * former.secondsPerStep;
    return vscode.l10n.t("About {0}, judging by the run {1}.", roughly(seconds), former.run);
  });
}

const withDetails = (detailOf: (options: Partial<RunOptions>) => string | Promise<string>): Promise<Choice<string>[]> =>
  Promise.all(
    TRAINING_PRESET_IDS.map(async (value) => {
      return { ...presetWords(value), detail: await detailOf(TRAINING_PRESETS[value]), value };
    }),
  );

/** Data larger than this is not read just for an estimate. */
const MOST_BYTES = 4_000_000;

/** The number of a task's training examples; undefined for large data. */
async function examplesOf(task: string): Promise<number | undefined> {
  const { files } = (await readDescription(task)).description;
  const sizes = await Promise.all(Object.values(files).map(async (file) => (await stat(file)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) return undefined;
  const { readTask } = await import("../../data/task.ts");
  return (await readTask(task)).splits.train.length;
}

// The training presets in words, and how long each would take.

import { stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { readDescription } from "../../data/description.ts";
import { parseRunOptions } from "../../recipe/options.ts";
import { TRAINING_PRESET_IDS, TRAINING_PRESETS, type TrainingPreset } from "../../recipe/training-presets.ts";
import { roughly, stepsOf } from "../../train/duration.ts";
import type { Choice } from "../ui/choose.ts";
import { formerPace } from "./former-pace.ts";
import { findRuns } from "./found.ts";
import type { Runs } from "./runs.ts";

interface Words {
  readonly icon: string;
  readonly label: string;
  readonly description: string;
}

export const presetWords = (preset: TrainingPreset): Words => WORDS[preset]();

const WORDS: Readonly<Record<TrainingPreset, () => Words>> = {
  quick: () => ({
    icon: "zap",
    label: vscode.l10n.t("Mask, quick"),
    description: vscode.l10n.t("all layers, learning rate 0.003, 2 epochs"),
  }),
  paper: () => ({
    icon: "layers",
    label: vscode.l10n.t("Mask, the paper's recipe"),
    description: vscode.l10n.t("initial sparsity 5 %, learning rate 0.001, 10 epochs, all but the lowest layers"),
  }),
  finetune: () => ({
    icon: "edit",
    label: vscode.l10n.t("Finetune"),
    description: vscode.l10n.t("baseline: all parameters, learning rate 0.0001, 3 epochs"),
  }),
  head: () => ({
    icon: "symbol-key",
    label: vscode.l10n.t("Classifier only"),
    description: vscode.l10n.t("only the classifier; each example is encoded once, 4 epochs"),
  }),
  random: () => ({
    icon: "question",
    label: vscode.l10n.t("Random mask"),
    description: vscode.l10n.t("control: an untrained random mask and a trained classifier, 4 epochs"),
  }),
};

/** The presets to choose from. */
export const presetChoices = (): Promise<Choice<TrainingPreset>[]> =>
  withDetails(() => vscode.l10n.t("Estimating the duration…"));

/** The same with how long each would take, if an earlier run tells. */
export async function timedPresets(model: string, task: string, runs: Runs): Promise<Choice<TrainingPreset>[]> {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const folders = (await findRuns()).flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
  const examples = await examplesOf(task).catch(() => undefined); // the run will report the error
  return withDetails(async (preset) => {
    const options = { ...TRAINING_PRESETS[preset], model, task, out: ".", device };
    const former = await formerPace(path.dirname(task), options, folders, runs.outlines);
    if (!former || examples === undefined) return vscode.l10n.t("Duration unknown until the first steps are timed.");
    const seconds = stepsOf(examples, parseRunOptions(options)) * former.secondsPerStep;
    return vscode.l10n.t("About {0}, judging by the run {1}.", roughly(seconds), former.run);
  });
}

const withDetails = (
  detailOf: (preset: TrainingPreset) => string | Promise<string>,
): Promise<Choice<TrainingPreset>[]> =>
  Promise.all(
    TRAINING_PRESET_IDS.map(async (value) => ({ ...presetWords(value), detail: await detailOf(value), value })),
  );

/** Larger data is not read only for an estimate. */
const MOST_BYTES = 4_000_000;

/** The number of a task's training examples; undefined for large data. */
async function examplesOf(task: string): Promise<number | undefined> {
  const { files } = (await readDescription(task)).description;
  const sizes = await Promise.all(Object.values(files).map(async (file) => (await stat(file)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) return undefined;
  const { readTask } = await import("../../data/task.ts");
  return (await readTask(task)).splits.train.length;
}

// The presets of Train Mask…, and how long each would take.

import { stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { readDescription } from "../../data/description.ts";
import { parseRunOptions, type RunOptions } from "../../recipe/options.ts";
import { roughly, stepsOf } from "../../train/duration.ts";
import type { Choice } from "../ui/choose.ts";
import { formerPace } from "./former-pace.ts";
import { findRuns } from "./found.ts";
import type { Runs } from "./runs.ts";

/** A named set of options; those that it omits keep their defaults. */
type Preset = Choice<Partial<RunOptions>> & { readonly id: string };

/** The quick one first, because it gives a new user a mask soonest. */
const presets = (): readonly Preset[] => [
  {
    id: "quick",
    icon: "zap",
    label: vscode.l10n.t("Mask, quick"),
    description: vscode.l10n.t("all layers, learning rate 0.003, 2 epochs"),
    value: { layers: "all", learningRate: 3e-3, epochs: 2 },
  },
  {
    id: "paper",
    icon: "layers",
    label: vscode.l10n.t("Mask, the paper's recipe"),
    description: vscode.l10n.t("initial sparsity 5 %, learning rate 0.001, 10 epochs, all but the lowest layers"),
    value: {},
  },
  {
    id: "finetune",
    icon: "edit",
    label: vscode.l10n.t("Finetune"),
    description: vscode.l10n.t("baseline: all parameters, learning rate 0.0001, 3 epochs"),
    value: { method: "finetune", learningRate: 1e-4, epochs: 3 },
  },
  {
    id: "head",
    icon: "symbol-key",
    label: vscode.l10n.t("Classifier only"),
    description: vscode.l10n.t("only the classifier; each example is encoded once, 4 epochs"),
    value: { method: "pattern", pattern: "classifier-only", learningRate: 1e-2, dropout: 0, epochs: 4 },
  },
  {
    id: "random",
    icon: "question",
    label: vscode.l10n.t("Random mask"),
    description: vscode.l10n.t("control: an untrained random mask and a trained classifier, 4 epochs"),
    value: { method: "random-mask", learningRate: 1e-2, dropout: 0, epochs: 4 },
  },
];

export const presetOf = (id: string): Preset => presets().find((preset) => preset.id === id)!;

/** The presets as choices of their ids. */
export const presetChoices = (): Promise<Choice<string>[]> =>
  withDetails(() => vscode.l10n.t("Estimating the duration…"));

/** The same with how long each would take, if an earlier run tells. */
export async function timedPresets(model: string, task: string, runs: Runs): Promise<Choice<string>[]> {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const folders = (await findRuns()).flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
  const examples = await examplesOf(task).catch(() => undefined); // the run will report the error
  return withDetails(async (value) => {
    const options = { ...value, model, task, out: ".", device };
    const former = await formerPace(path.dirname(task), options, folders, runs.outlines);
    if (!former || examples === undefined) return vscode.l10n.t("Duration unknown until the first steps are timed.");
    const seconds = stepsOf(examples, parseRunOptions(options)) * former.secondsPerStep;
    return vscode.l10n.t("About {0}, judging by the run {1}.", roughly(seconds), former.run);
  });
}

const withDetails = (detailOf: (options: Partial<RunOptions>) => string | Promise<string>): Promise<Choice<string>[]> =>
  Promise.all(
    presets().map(async ({ id, value, ...choice }) => ({ ...choice, detail: await detailOf(value), value: id })),
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

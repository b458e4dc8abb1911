// The presets of Train Mask…, and how long each would take.

import path from "node:path";
import * as vscode from "vscode";
import { parseRunOptions } from "../../recipe/options.ts";
import { TRAINING_PRESET_IDS, TRAINING_PRESETS, type TrainingPreset } from "../../recipe/training-presets.ts";
import { roughly, stepsOf } from "../../train/duration.ts";
import { askDataThread } from "../tasks/thread/data-service.ts";
import type { Choice, Later } from "../ui/choose.ts";
import { formerPaces } from "./former-pace.ts";
import { findRuns } from "./found.ts";
import { presetWords } from "./preset-words.ts";
import type { Runs } from "./runs.ts";

/** The presets as choices; the value of each choice is the preset's id. */
export const presetChoices = (): Choice<string>[] => TRAINING_PRESET_IDS.map((value) => choiceOf(value));

/** The duration is beside the label, so that no choice moves when it becomes known. */
function choiceOf(value: TrainingPreset, duration?: string): Choice<string> {
  const { icon, label, description } = presetWords(value);
  return { icon, label, description: duration, detail: description, value };
}

/** What the list of presets asks while their durations are being estimated. */
export const presetPlaceholder = (): string => vscode.l10n.t("How to train; estimating the durations…");

/**
 * The same choices with an estimate of how long each preset would take, if another run provides a pace, and a
 * placeholder that says once that the others are unknown.
 */
export async function timedPresets(model: string, task: string, runs: Runs): Promise<Later<string>> {
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const folders = (await findRuns()).flatMap(({ folder, leadsOut }) => (leadsOut ? [] : folder));
  const paceOf = formerPaces(folders, (folder) => runs.secondsPerStep(folder));
  const examples = await askDataThread("examples", { task }).catch(() => null); // the run will report the error
  const durationOf = async (preset: TrainingPreset) => {
    const options = { ...TRAINING_PRESETS[preset], model, task, out: ".", device };
    const former = await paceOf(path.dirname(task), options);
    if (!former || examples === null) return undefined;
    const seconds = stepsOf(examples, parseRunOptions(options)) * former.secondsPerStep;
    return vscode.l10n.t("about {0}, judging by the run {1}", roughly(seconds), former.run);
  };
  const choices = await Promise.all(TRAINING_PRESET_IDS.map(async (value) => choiceOf(value, await durationOf(value))));
  const known = choices.filter(({ description }) => description !== undefined).length;
  const placeholder = !known
    ? vscode.l10n.t("How to train; the durations are unknown until the first steps are timed")
    : known < choices.length
      ? vscode.l10n.t("How to train; the other durations are unknown until the first steps are timed")
      : vscode.l10n.t("How to train");
  return { choices, placeholder };
}

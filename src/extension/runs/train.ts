// Train Mask…: asks for model, task, preset, epochs and name, then trains or writes run.json.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { freeName } from "../../file-name.ts";
import { explained } from "../../files.ts";
import { OPTIONS, parseRunOptions, type RunOptions } from "../../recipe/options.ts";
import { presetFor, TRAINING_PRESETS, type TrainingPreset } from "../../recipe/training-presets.ts";
import { wordsOf } from "../../schema.ts";
import { modelStep } from "../models/model-step.ts";
import { kindOfTask, tasksFor } from "../tasks/task-choices.ts";
import { askInSteps, choose, enter, enterName, type Step } from "../ui/choose.ts";
import { type Command, filesOf } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { rootOf } from "../ui/search.ts";
import { findRuns } from "./found.ts";
import { presetChoices, presetPlaceholder, timedPresets } from "./presets.ts";
import type { RunPanels } from "./run-panel.ts";
import type { Runs } from "./runs.ts";

interface Answers {
  model?: string;
  task?: string;
  preset?: string;
  epochs?: string;
  name?: string;
  go?: string;
}

const REMEMBERED = "masklens.train";

export const trainCommand =
  (context: vscode.ExtensionContext, runs: Runs, panels: RunPanels): Command =>
  async (given) => {
    const [file] = filesOf(given);
    const ofView = given instanceof vscode.Uri ? undefined : given?.context;
    const known = (file: string) => (file.endsWith(".task.json") ? { task: file } : {});
    const options = await askOptions(context, runs, !file ? {} : ofView === "model" ? { model: file } : known(file));
    if (!options) return;
    await runs.train(options, () => panels.show(options.out));
  };

/** Asks for a run's options in steps; `given`: values chosen in a view. undefined if the user cancels, or only writes run.json. */
async function askOptions(
  context: vscode.ExtensionContext,
  runs: Runs,
  given: Answers,
): Promise<RunOptions | undefined> {
  requireTrust();
  const last = context.workspaceState.get<Answers>(REMEMBERED, {});
  const steps = (answers: Answers): Step[] => [
    modelStep(vscode.l10n.t("Choose the base model"), answers.model ?? last.model, async () =>
      given.task === undefined ? undefined : kindOfTask(given.task),
    ),
    {
      key: "task",
      async ask(at) {
        const { choices, placeholder } = await tasksFor(answers.model!, vscode.l10n.t("Choose the task"));
        return choose(choices, { ...at, placeholder }, answers.task ?? last.task);
      },
    },
    {
      key: "preset",
      ask: (at) =>
        choose(
          presetChoices(),
          { ...at, placeholder: presetPlaceholder() },
          answers.preset ?? last.preset,
          timedPresets(answers.model!, answers.task!, runs),
        ),
    },
    {
      key: "epochs",
      ask(at) {
        const { epochs } = OPTIONS().shape;
        const preset: Partial<RunOptions> = TRAINING_PRESETS[answers.preset as TrainingPreset];
        const remembered = last.preset === answers.preset ? last.epochs : undefined;
        const initial = answers.epochs ?? remembered ?? String(preset.epochs ?? epochs.parse(undefined));
        return enter(
          { ...at, placeholder: vscode.l10n.t("Epochs: passes over the training examples") },
          initial,
          (text) =>
            epochs.safeParse(Number(text)).success ? undefined : vscode.l10n.t("Enter {0}.", wordsOf(epochs).expected),
        );
      },
    },
    {
      key: "name",
      async ask(at) {
        const taken = new Set((await findRuns()).map(({ folder }) => path.basename(folder)));
        const placeholder = vscode.l10n.t("Run name; its folder is masks/NAME");
        const already = vscode.l10n.t("A run with this name already exists.");
        return enterName({ ...at, placeholder }, freeName(runNameOf(answers.task!), taken), taken, already);
      },
    },
    {
      key: "go",
      ask: (at) =>
        choose(
          [
            { icon: "play", label: vscode.l10n.t("Train now"), value: "train" },
            {
              icon: "json",
              label: vscode.l10n.t("Write run.json"),
              description: vscode.l10n.t("to edit all options before training"),
              value: "write",
            },
          ],
          { ...at, placeholder: vscode.l10n.t("Train now, or set more options first") },
        ),
    },
  ];
  // Values chosen in a view are not asked for again.
  const left = (answers: Record<string, unknown>) => steps(answers).filter(({ key }) => !Object.hasOwn(given, key));
  const asked = await askInSteps(vscode.l10n.t("Train Mask"), left, { ...given });
  if (!asked) return undefined;
  const answers = asked as Answers;
  await context.workspaceState.update(REMEMBERED, answers);
  const folder = rootOf(answers.task!);
  const preset = presetFor(answers.preset as TrainingPreset, await kindOfTask(answers.task!));
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const options = parseRunOptions({
    ...preset,
    ...{ model: answers.model, task: answers.task, out: path.join(folder, "masks", answers.name!) },
    ...{ epochs: Number(answers.epochs), device, maskSeed: seedOf(answers.name!), seed: seedOf(answers.name!) },
  });
  if (answers.go !== "write") return options;
  await writeRun(options);
  return undefined;
}

/** "sst2" for data/sst2.task.json; characters that are not allowed in a run's name are replaced. */
const runNameOf = (task: string): string =>
  path
    .basename(task, ".task.json")
    .replace(/[^\p{L}\p{N} ._-]/gu, "-")
    .replace(/^[ .-]+|[ .]+$/g, "") || "run";

/** Writes the options to the run's folder and opens the file; a CodeLens in it starts the run. */
async function writeRun(options: RunOptions): Promise<void> {
  const file = path.join(options.out, "run.json");
  try {
    await mkdir(options.out, { recursive: true });
    await writeFile(file, `${JSON.stringify(options, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    throw explained(error, file);
  }
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
}

/** A seed derived from the run's name: reproducible, and different between runs so that their masks can be compared. */
function seedOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.codePointAt(0)!) >>> 0;
  return hash % 1_000_000;
}

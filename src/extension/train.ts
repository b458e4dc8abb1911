// Train Mask…: model, task, preset and name in steps, then a run.

import path from "node:path";
import * as vscode from "vscode";
import { OPTIONS, parseRunOptions, type RunOptions } from "../train/options.ts";
import { BACK, type Choice, type Chosen, choose, enter } from "./choose.ts";
import { findModels, findRuns, findTasks } from "./found.ts";
import { requireTrust } from "./log.ts";
import type { Runs } from "./runs.ts";

/** Ways of training that people choose from; what they leave open has its default. */
const PRESETS: readonly (Choice<Partial<RunOptions>> & { readonly id: string })[] = [
  {
    id: "paper",
    label: "$(layers) Mask, the paper's recipe",
    description: "5 % zeros, learning rate 0.001, 10 epochs, all but the lowest blocks",
    value: {},
  },
  {
    id: "quick",
    label: "$(zap) Mask, quick",
    description: "all blocks, learning rate 0.003, 2 epochs",
    value: { blocks: "all", learningRate: 3e-3, epochs: 2 },
  },
  {
    id: "finetune",
    label: "$(edit) Finetune",
    description: "the baseline: all parameters, learning rate 0.0001, 3 epochs",
    value: { method: "finetune", learningRate: 1e-4, epochs: 3 },
  },
  {
    id: "head",
    label: "$(symbol-key) Head only",
    description: "the classifier alone, on vectors that are encoded once",
    value: { method: "pattern", pattern: "head-only", learningRate: 1e-2, dropout: 0, epochs: 4 },
  },
  {
    id: "random",
    label: "$(question) Random mask",
    description: "the control: a mask that learns nothing, and a trained classifier",
    value: { method: "random-mask", learningRate: 1e-2, dropout: 0, epochs: 4 },
  },
];

interface Answers {
  model?: string;
  task?: string;
  preset?: string;
  epochs?: string;
  name?: string;
}

const REMEMBERED = "masklens.train";

/** Asks for a run in steps and trains it; `given` fills in what was chosen in a view. */
export async function trainMask(context: vscode.ExtensionContext, runs: Runs, given: Answers): Promise<void> {
  requireTrust();
  const last = context.workspaceState.get<Answers>(REMEMBERED, {});
  const answers: Answers = { ...given };
  const steps: readonly ((step: number) => Promise<Chosen<string>>)[] = [
    async (step) => {
      const models = (await findModels()).map(({ folder }) => ({
        label: path.basename(folder),
        description: vscode.workspace.asRelativePath(folder),
        value: folder,
      }));
      if (!models.length)
        throw new Error(
          vscode.l10n.t("There is no base model in this workspace; add a model's folder, or open the sample."),
        );
      return choose(models, title(step, vscode.l10n.t("The frozen model")), given.model ?? last.model);
    },
    async (step) => {
      const tasks = (await findTasks()).map(({ file, name }) => ({
        label: name,
        description: vscode.workspace.asRelativePath(file),
        value: file,
      }));
      if (!tasks.length)
        throw new Error(
          vscode.l10n.t("There is no task in this workspace; write a NAME.task.json, or open the sample."),
        );
      return choose(tasks, title(step, vscode.l10n.t("The task")), given.task ?? last.task);
    },
    (step) =>
      choose(
        PRESETS.map(({ id, label, description }) => ({
          label: vscode.l10n.t(label),
          description: vscode.l10n.t(description!),
          value: id,
        })),
        title(step, vscode.l10n.t("How to train")),
        last.preset,
      ),
    (step) => {
      const preset = PRESETS.find(({ id }) => id === answers.preset)!;
      const initial = String(preset.value.epochs ?? OPTIONS.epochs.default);
      return enter(title(step, vscode.l10n.t("Epochs: passes over the training rows")), initial, (text) =>
        OPTIONS.epochs.kind.read(OPTIONS.epochs.kind.fromText(text), undefined as never) === undefined
          ? vscode.l10n.t("Give {0}.", OPTIONS.epochs.kind.expected)
          : undefined,
      );
    },
    async (step) => {
      const taken = new Set((await findRuns()).map(({ folder }) => path.basename(folder)));
      const base = path.basename(answers.task!, ".task.json");
      let name = base;
      for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
      return enter(title(step, vscode.l10n.t("Name of the run; its folder is masks/NAME")), name, (text) =>
        /^[\w][\w.-]*$/.test(text)
          ? taken.has(text)
            ? vscode.l10n.t("A run of this name lies there already.")
            : undefined
          : vscode.l10n.t("Use letters, digits, and . _ -"),
      );
    },
  ];
  const keys = ["model", "task", "preset", "epochs", "name"] as const;
  function title(step: number, placeholder: string) {
    return { title: vscode.l10n.t("Train Mask"), step: step + 1, steps: steps.length, placeholder };
  }
  for (let step = 0; step < steps.length; ) {
    const chosen = await steps[step]!(step);
    if (chosen === undefined) return;
    if (chosen === BACK) step--;
    else answers[keys[step++]!] = chosen;
  }
  await context.workspaceState.update(REMEMBERED, answers);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? path.dirname(answers.task!);
  const preset = PRESETS.find(({ id }) => id === answers.preset)!;
  const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
  const options = parseRunOptions({
    ...preset.value,
    ...{ model: answers.model, task: answers.task, out: path.join(folder, "masks", answers.name!) },
    ...{ epochs: Number(answers.epochs), device, maskSeed: seedOf(answers.name!), seed: seedOf(answers.name!) },
  });
  const result = await runs.train(options);
  if (!result) return;
  const open = vscode.l10n.t("Open Heatmap");
  const isMask = result.adaptation.endsWith(".mask.safetensors");
  const done = vscode.l10n.t("{0} is trained.", answers.name!);
  if ((await vscode.window.showInformationMessage(done, ...(isMask ? [open] : []))) === open)
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(result.adaptation));
}

/** A seed of the run's own, so that masks of different runs can be compared: from its name, and the same each time. */
function seedOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.codePointAt(0)!) >>> 0;
  return hash % 1_000_000;
}

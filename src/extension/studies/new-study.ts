// New Study…: asks for preset, base model, tasks and name, and writes study.json.

import { readdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { freeName } from "../../file-name.ts";
import { modelStep } from "../models/model-step.ts";
import { findStudies } from "../table/shown-runs.ts";
import { tasksFor } from "../tasks/task-choices.ts";
import { askInSteps, choose, chooseSeveral, enterName, type Step } from "../ui/choose.ts";
import { type Command, filesOf } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { rootOf } from "../ui/search.ts";
import { showInformation } from "../ui/window.ts";
import { type PresetId, presetChoices } from "./presets.ts";
import type { Studies } from "./studies.ts";
import { countText } from "./words.ts";

interface Answers {
  preset?: PresetId;
  model?: string;
  tasks?: readonly string[];
  name?: string;
}

export const newStudyCommand =
  (studies: Studies): Command =>
  async (given, all) => {
    requireTrust();
    const files = filesOf(given, all);
    const chosenTasks = files.filter((file) => file.endsWith(".task.json"));
    const asked = await askInSteps(vscode.l10n.t("New Study"), (answers) => steps(answers, chosenTasks), {});
    if (!asked) return;
    const { preset, model, tasks, name } = asked as Required<Answers>;
    const folder = path.join(rootOf(tasks[0]!), "studies", name);
    const made = await studies.ask("make", { preset, models: [model], tasks, folder });
    const file = vscode.Uri.file(made.file);
    await vscode.window.showTextDocument(file, { preview: false });
    const run = vscode.l10n.t("Run Study");
    const text = vscode.l10n.t(
      "The study {0} has {1}. Edit its options first if you like, then run it.",
      ...[name, countText(made.cells)],
    );
    void showInformation(text, run).then((chosen) => {
      if (chosen === run) void vscode.commands.executeCommand("masklens.runStudy", file);
    });
  };

function steps(answers: Answers, chosenTasks: readonly string[]): Step[] {
  return [
    {
      key: "preset",
      ask: (at) =>
        choose(presetChoices(), { ...at, placeholder: vscode.l10n.t("What the study compares") }, answers.preset),
    },
    modelStep(vscode.l10n.t("Choose the base model"), answers.model),
    {
      key: "tasks",
      async ask(at) {
        const picked = new Set(answers.tasks ?? chosenTasks);
        const { choices, placeholder } = await tasksFor(answers.model!, vscode.l10n.t("Choose one or several tasks"));
        const tasks = choices.map((task) => ({ ...task, picked: picked.has(task.value) }));
        return chooseSeveral(tasks, { ...at, placeholder });
      },
    },
    {
      key: "name",
      async ask(at) {
        const folder = path.join(rootOf(answers.tasks![0]!), "studies");
        const taken = new Set((await findStudies()).map((study) => path.basename(study)));
        const there = await readdir(folder).catch(() => []);
        const placeholder = vscode.l10n.t("Study name; its folder is studies/NAME");
        const already = vscode.l10n.t("A study with this name already exists.");
        return enterName(
          { ...at, placeholder },
          freeName(answers.preset!, new Set([...taken, ...there])),
          taken,
          already,
        );
      },
    },
  ];
}

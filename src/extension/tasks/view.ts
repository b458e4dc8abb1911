// The view of base models and tasks.

import path from "node:path";
import * as vscode from "vscode";
import { visible } from "../../visible.ts";
import { findModels } from "../models/found.ts";
import { readModelFolder } from "../models/model-folders.ts";
import { type Entry, linkEntry, openCommand } from "../ui/entry-view.ts";
import type { InWorkspace } from "../ui/search.ts";
import { megabytes, modelName } from "../ui/words.ts";
import { findTasks } from "./found.ts";

export async function modelsAndTasks(): Promise<Entry[]> {
  const [models, tasks] = await Promise.all([findModels(), findTasks()]);
  if (!models.length && !tasks.length) return []; // the view's welcome text says what to do
  return [
    {
      label: vscode.l10n.t("Base models"),
      icon: "database",
      context: "models",
      open: true,
      children: () => Promise.all(models.map(modelEntry)),
    },
    {
      label: vscode.l10n.t("Tasks"),
      icon: "tasklist",
      context: "tasks",
      open: true,
      children: () =>
        tasks.map(({ file, name }): Entry => {
          return { label: name, tooltip: file, icon: "symbol-enum", context: "task", file, command: openCommand(file) };
        }),
    },
  ];
}

/** A model's entry, from its config and the size of its weights. */
async function modelEntry({ folder, leadsOut }: InWorkspace): Promise<Entry> {
  if (leadsOut) return linkEntry(folder);
  const model = await readModelFolder(folder);
  const where = vscode.workspace.asRelativePath(folder);
  const common = { label: path.basename(folder), file: folder };
  if (!model?.config) {
    const reason = model?.reason ?? vscode.l10n.t("config.json or the weights are missing");
    return { ...common, description: reason, tooltip: reason, icon: "warning", context: "damaged" };
  }
  const { id, modelType, layers, hiddenSize, heads, feedForward, vocabSize, positions } = model.config;
  const shape = [
    layers === 1
      ? vscode.l10n.t("1 layer of hidden size {0}", hiddenSize)
      : vscode.l10n.t("{0} layers of hidden size {1}", layers, hiddenSize),
    heads === 1 ? vscode.l10n.t("1 attention head") : vscode.l10n.t("{0} attention heads", heads),
  ];
  const facts = [
    shape.join(", "),
    vscode.l10n.t("feed-forward width {0}", feedForward),
    vscode.l10n.t("vocabulary of {0} tokens, up to {1} tokens per example", vocabSize.toLocaleString("en"), positions),
    vscode.l10n.t("{0} on disk", megabytes(model.bytes)),
  ];
  return {
    ...common,
    label: modelName(model.config),
    description: `${where} · ${modelType} ${layers}×${hiddenSize} · ${megabytes(model.bytes)}`,
    tooltip: [id, ...facts, folder].map((line) => visible(line)).join("\n"),
    icon: "symbol-namespace",
    context: "model",
  };
}

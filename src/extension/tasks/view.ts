// The view of base models and tasks.

import path from "node:path";
import * as vscode from "vscode";
import { isGrouped } from "../../anatomy/heads.ts";
import { readDescription } from "../../data/description.ts";
import { messageOf } from "../../errors.ts";
import type { ModelConfig } from "../../model/config.ts";
import { grouped } from "../../numbers.ts";
import { NAME_LENGTH, visible } from "../../visible.ts";
import { findModels } from "../models/found.ts";
import { readModelFolder } from "../models/model-folders.ts";
import { type Entry, linkEntry, openCommand } from "../ui/entry-view.ts";
import type { InWorkspace } from "../ui/search.ts";
import { architectureText, megabytes, modelName } from "../ui/words.ts";
import { type FoundTask, findTasks } from "./found.ts";
import { askDataThread } from "./thread/data-service.ts";

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
      children: () => Promise.all(tasks.map(taskEntry)),
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
  const { id, modelType, stacks, encoderLayers, layers, hiddenSize, feedForward, vocabSize, positions } = model.config;
  const name = modelName(model.config);
  const vocabulary = vocabSize.toLocaleString("en");
  const facts = [
    vscode.l10n.t("{0} ({1})", architectureText(stacks), modelType),
    [layersText(model.config), headsText(model.config)].join(", "),
    vscode.l10n.t("feed-forward width {0}", feedForward),
    Number.isFinite(positions)
      ? vscode.l10n.t("vocabulary of {0} tokens, up to {1} tokens per example", vocabulary, positions)
      : vscode.l10n.t("vocabulary of {0} tokens, examples of any length", vocabulary),
    vscode.l10n.t("{0} on disk", megabytes(model.bytes)),
  ];
  const depth = encoderLayers === undefined ? layers : `${encoderLayers}+${layers - encoderLayers}`;
  const kind = stacks === "encoder" ? modelType : `${modelType} ${architectureText(stacks)}`;
  return {
    ...common,
    label: name,
    // A narrow view shows only the beginning.
    description: [...(where === name ? [] : [where]), `${kind} ${depth}×${hiddenSize}`, megabytes(model.bytes)].join(
      " · ",
    ),
    tooltip: [id, ...facts, folder].map((line) => visible(line)).join("\n"),
    icon: "symbol-namespace",
    context: "model",
    command: openCommand(path.join(folder, "config.json")),
  };
}

function layersText({ layers, encoderLayers, hiddenSize }: ModelConfig): string {
  if (encoderLayers !== undefined)
    return vscode.l10n.t(
      "{0} encoder and {1} decoder layers of hidden size {2}",
      ...[encoderLayers, layers - encoderLayers, hiddenSize],
    );
  return layers === 1
    ? vscode.l10n.t("1 layer of hidden size {0}", hiddenSize)
    : vscode.l10n.t("{0} layers of hidden size {1}", layers, hiddenSize);
}

function headsText(config: ModelConfig): string {
  const { heads, keyHeads } = config;
  if (isGrouped(config))
    return keyHeads === 1
      ? vscode.l10n.t("{0} attention heads that share 1 key/value head", heads)
      : vscode.l10n.t("{0} attention heads that share {1} key/value heads", heads, keyHeads);
  return heads === 1 ? vscode.l10n.t("1 attention head") : vscode.l10n.t("{0} attention heads", heads);
}

/** A task's entry, from its file; its data is not read. */
async function taskEntry({ file, name }: FoundTask): Promise<Entry> {
  const common = { label: name, context: "task", file, command: openCommand(file) };
  try {
    const { kind, metric, attributes } = (await readDescription(file)).description;
    const names = attributes.map(({ name }) => visible(name, NAME_LENGTH)).join(", ");
    const tooltip = [
      vscode.l10n.t("{0} task, metric {1}", kind, metric),
      ...(names ? [vscode.l10n.t("attributes of its texts: {0}", names)] : []),
      visible(file),
    ].join("\n");
    const entry = { ...common, description: [kind, names].filter(Boolean).join(" · "), tooltip, icon: "symbol-enum" };
    return names ? { ...entry, children: () => attributeEntries(file) } : entry;
  } catch (error) {
    const reason = messageOf(error);
    return { ...common, description: reason, tooltip: reason, icon: "warning" };
  }
}

/** The attributes of a task's texts, with the number of their values in the training examples. */
async function attributeEntries(file: string): Promise<Entry[]> {
  const { description } = await readDescription(file);
  const counted = await askDataThread("attributes", { task: file }).catch((error) => messageOf(error));
  return description.attributes.map(({ name }) => {
    const common = { label: name, icon: "symbol-property" };
    if (typeof counted === "string") return { ...common, description: counted, tooltip: counted };
    const found = counted?.find((attribute) => attribute.name === name);
    if (!found) return { ...common, description: vscode.l10n.t("too much data to count its values here") };
    const { count, first } = found;
    const values = `${first.map((value) => visible(value, NAME_LENGTH)).join(", ")}${count > first.length ? ", …" : ""}`;
    const text =
      count === 1 ? vscode.l10n.t("1 value: {0}", values) : vscode.l10n.t("{0} values: {1}", grouped(count), values);
    return { ...common, description: text, tooltip: text };
  });
}

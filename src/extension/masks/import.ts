// Import Mask…: asks for another program's mask, its base model, how to read it and its task, and writes a mask file.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { nameOfImport } from "../../adaptation/imports/name.ts";
import type { Reading } from "../../adaptation/imports/reading.ts";
import { freeName } from "../../file-name.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { modelStep } from "../models/model-step.ts";
import { taskChoices } from "../tasks/task-choices.ts";
import { askInSteps, type Choice, choose, enter, enterName, type Step } from "../ui/choose.ts";
import { type Command, filesOf } from "../ui/command.ts";
import { cancellable, log, requireTrust } from "../ui/log.ts";
import { rootOf } from "../ui/search.ts";
import { showInformation } from "../ui/window.ts";
import { adaptationName, percent } from "../ui/words.ts";
import { findAdaptations } from "./found.ts";

/** A way to read a file; `asks`: the number that it needs. */
interface Way {
  readonly reading: Reading;
  readonly asks?: "threshold" | "share";
}

interface Answers {
  readonly model: string;
  readonly way: Way;
  readonly number?: string;
  readonly task: string | null;
  readonly name: string;
}

export const importCommand =
  (serving: ComputeProcess): Command =>
  async (given) => {
    requireTrust();
    const [file = await askFile()] = filesOf(given);
    if (file === undefined) return;
    const answers = (await askInSteps(vscode.l10n.t("Import Mask"), (so) => stepsOf(file, so), {})) as
      | Answers
      | undefined;
    if (!answers) return;
    const folder = path.join(rootOf(file), "masks");
    await mkdir(folder, { recursive: true });
    const { model, task, name } = answers;
    const output = path.join(folder, `${name}.mask.safetensors`);
    const imported = await cancellable(vscode.l10n.t("Importing {0}", path.basename(file)), (signal) =>
      serving.client.ask(
        "import",
        { file, model, output, ...(task !== null && { task }), ...readingOf(answers) },
        { signal },
      ),
    );
    for (const line of [...imported.known, ...imported.assumed]) log.info(`${imported.mask}: ${line}`);
    for (const left of imported.leftOut) log.warn(`${imported.mask}: ${left} was left out`);
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(imported.mask));
    const words = vscode.l10n.t(
      "Imported {0}: {1} of {2} matrices, sparsity {3} %. What was read and what was taken for granted is on the page's tab Provenance.",
      ...[imported.format, imported.matrices, imported.of, percent(imported.sparsity)],
    );
    const left = imported.leftOut.length;
    await showInformation(
      left ? `${words} ${vscode.l10n.t("{0} arrays of the file were left out; the log names them.", left)}` : words,
    );
  };

/** Asks for a file or a folder: on some systems, one dialog cannot show both for choice. */
async function askFile(): Promise<string | undefined> {
  const sources: Choice<boolean>[] = [
    { label: vscode.l10n.t("File…"), description: vscode.l10n.t("safetensors, torch.save or numpy"), value: false },
    { label: vscode.l10n.t("Model folder…"), description: vscode.l10n.t("a pruned or finetuned model"), value: true },
  ];
  const placeholder = vscode.l10n.t("Choose what to import");
  const answers = await askInSteps(
    vscode.l10n.t("Import Mask"),
    () => [{ key: "isFolder", ask: (at) => choose(sources, { ...at, placeholder }) }],
    {},
  );
  if (!answers) return undefined;
  const canSelectFolders = answers.isFolder as boolean;
  const title = canSelectFolders
    ? vscode.l10n.t("Choose the model's folder")
    : vscode.l10n.t("Choose the file with the mask");
  const [chosen] =
    (await vscode.window.showOpenDialog({ title, canSelectFolders, canSelectFiles: !canSelectFolders })) ?? [];
  return chosen?.fsPath;
}

function stepsOf(file: string, answers: Record<string, unknown>): Step[] {
  const { way } = answers as Partial<Answers>;
  return [
    modelStep(vscode.l10n.t("Choose the base model that the mask belongs to")),
    {
      key: "way",
      ask: (at) => choose(ways(), { ...at, placeholder: vscode.l10n.t("Choose how the file becomes a mask") }),
    },
    ...(way?.asks ? [numberStep(way.asks)] : []),
    {
      key: "task",
      async ask(at) {
        const tasks: Choice<string | null>[] = await taskChoices();
        const none = { label: vscode.l10n.t("Unknown"), value: null };
        const description = vscode.l10n.t("the mask can be inspected and compared, but not evaluated");
        const placeholder = vscode.l10n.t("Choose the task that the mask was made for");
        return choose([...tasks, { ...none, description }], { ...at, placeholder });
      },
    },
    {
      key: "name",
      async ask(at) {
        const taken = new Set((await findAdaptations()).map((one) => adaptationName(one.file)));
        const placeholder = vscode.l10n.t("Name of the mask; its file is masks/NAME.mask.safetensors");
        const already = vscode.l10n.t("A mask with this name already exists.");
        return enterName({ ...at, placeholder }, freeName(nameOfImport(file), taken), taken, already);
      },
    },
  ];
}

function numberStep(asks: "threshold" | "share"): Step {
  return {
    key: "number",
    ask: (at) =>
      asks === "threshold"
        ? enter(
            { ...at, placeholder: vscode.l10n.t("Threshold that the scores of kept weights exceed") },
            "",
            (text) => (text.trim() && Number.isFinite(Number(text)) ? undefined : vscode.l10n.t("Enter a number.")),
          )
        : enter({ ...at, placeholder: vscode.l10n.t("Share of the weights that is kept, such as 0.15") }, "", (text) =>
            Number(text) > 0 && Number(text) <= 1 ? undefined : vscode.l10n.t("Enter a number above 0 and at most 1."),
          ),
  };
}

function readingOf({ way, number }: Answers): Reading {
  if (!way.asks) return way.reading;
  return "moved" in way.reading
    ? { ...way.reading, moved: Number(number) }
    : { ...way.reading, threshold: Number(number) };
}

/** The ways to read a file; descriptions have the flags of the command line, which errors name. */
const ways = (): Choice<Way>[] => [
  {
    label: vscode.l10n.t("Detect from the file"),
    description: vscode.l10n.t("maskbert, torch.nn.utils.prune, SMP, zeros and ones"),
    value: { reading: {} },
  },
  {
    label: vscode.l10n.t("Scores above a threshold"),
    description: "--threshold",
    value: { reading: {}, asks: "threshold" },
  },
  {
    label: vscode.l10n.t("Movement pruning: the highest scores"),
    description: "--pruning-method topK",
    value: { reading: { pruningMethod: "topK" }, asks: "share" },
  },
  {
    label: vscode.l10n.t("Movement pruning: scores above a threshold"),
    description: "--pruning-method threshold",
    value: { reading: { pruningMethod: "threshold" }, asks: "threshold" },
  },
  {
    label: vscode.l10n.t("Movement pruning: sigmoid of scores above a threshold"),
    description: "--pruning-method sigmoied_threshold",
    value: { reading: { pruningMethod: "sigmoied_threshold" }, asks: "threshold" },
  },
  {
    label: vscode.l10n.t("A pruned model: its zeros"),
    description: "--zeros",
    value: { reading: { zeros: true } },
  },
  {
    label: vscode.l10n.t("Magnitude pruning: the largest weights"),
    description: "--pruning-method magnitude",
    value: { reading: { pruningMethod: "magnitude" }, asks: "share" },
  },
  {
    label: vscode.l10n.t("A finetuned model: the weights that moved most"),
    description: "--moved",
    value: { reading: { moved: 0 }, asks: "share" },
  },
  {
    label: vscode.l10n.t("Zeros and ones, where 1 means pruned"),
    description: "--invert",
    value: { reading: { invert: true } },
  },
];

// Export Masked Model…: asks for the format and a folder, and writes an adaptation as a complete model.

import path from "node:path";
import * as vscode from "vscode";
import type { ExportFormat } from "../../adaptation/export/export.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { askInSteps, choose } from "../ui/choose.ts";
import type { Command } from "../ui/command.ts";
import { cancellable, requireTrust } from "../ui/log.ts";
import { reveal } from "../ui/reveal.ts";
import { showInformation } from "../ui/window.ts";
import { adaptationName, megabytes } from "../ui/words.ts";
import type { ChooseAdaptations } from "./chosen.ts";

export const exportCommand =
  (serving: ComputeProcess, choose: ChooseAdaptations): Command =>
  async (given) => {
    requireTrust();
    const [adaptation] = await choose(given, undefined, "adaptation", {
      placeholder: vscode.l10n.t("Choose the mask to export, applied to its base model"),
      single: true,
    });
    if (adaptation) await exportAdaptation(serving, adaptation);
  };

/** Asks, then writes the model to a new folder NAME-FORMAT in the chosen folder. */
async function exportAdaptation(serving: ComputeProcess, adaptation: string): Promise<void> {
  const formats: { value: ExportFormat; label: string; description: string }[] = [
    {
      ...{ value: "safetensors", label: "safetensors" },
      description: vscode.l10n.t("a folder in the Hub's layout, for transformers"),
    },
    {
      ...{ value: "onnx", label: "ONNX" },
      description: vscode.l10n.t("model.onnx with its tokenizer, for any ONNX runtime"),
    },
  ];
  const title = vscode.l10n.t("Export Masked Model");
  const placeholder = vscode.l10n.t("Masked weights are stored as zeros, so the model is as large as its base model");
  const answers = await askInSteps(
    title,
    () => [{ key: "format", ask: (at) => choose(formats, { ...at, placeholder }) }],
    {},
  );
  if (!answers) return;
  const chosen = await vscode.window.showOpenDialog({
    ...{ canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t("Export Here") },
    title: vscode.l10n.t("Choose where to create the model's folder"),
  });
  if (!chosen?.[0]) return;
  const format = answers.format as ExportFormat;
  const name = adaptationName(adaptation);
  const out = path.join(chosen[0].fsPath, `${name}-${format}`);
  const { folder, architecture, bytes } = await cancellable(vscode.l10n.t("Exporting {0}", name), (signal) =>
    serving.client.ask("export", { adaptation, out, format }, { signal }),
  );
  const show = vscode.l10n.t("Show Folder");
  const done = vscode.l10n.t("Exported {0} ({1}) to {2}.", architecture, megabytes(bytes), folder);
  if ((await showInformation(done, show)) === show) await reveal(folder);
}

// Export Masked Model…: asks for the format and a folder, and writes an adaptation as a complete model.

import path from "node:path";
import * as vscode from "vscode";
import type { ExportFormat, PrunedExport } from "../../adaptation/export/export.ts";
import type { LayerRemoved } from "../../adaptation/export/prune.ts";
import { between, fixed, grouped } from "../../numbers.ts";
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

/** A format, whole or pruned. */
interface Kind {
  readonly format: ExportFormat;
  readonly prune: boolean;
}

/** Asks, then writes the model to a new folder NAME-FORMAT or NAME-FORMAT-pruned in the chosen folder. */
async function exportAdaptation(serving: ComputeProcess, adaptation: string): Promise<void> {
  const formats: { value: Kind; label: string; description: string }[] = [
    {
      ...{ value: { format: "safetensors", prune: false }, label: "safetensors" },
      description: vscode.l10n.t("a folder in the Hub's layout, for transformers"),
    },
    {
      ...{ value: { format: "onnx", prune: false }, label: "ONNX" },
      description: vscode.l10n.t("model.onnx with its tokenizer, for any ONNX runtime"),
    },
    {
      ...{ value: { format: "safetensors", prune: true }, label: vscode.l10n.t("safetensors, pruned") },
      description: vscode.l10n.t("without dead neurons, equally many in each layer, as transformers requires"),
    },
    {
      ...{ value: { format: "onnx", prune: true }, label: vscode.l10n.t("ONNX, pruned") },
      description: vscode.l10n.t("without all dead attention heads and neurons"),
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
  const { format, prune } = answers.format as Kind;
  const name = adaptationName(adaptation);
  const out = path.join(chosen[0].fsPath, `${name}-${format}${prune ? "-pruned" : ""}`);
  const { folder, architecture, bytes, pruned } = await cancellable(vscode.l10n.t("Exporting {0}", name), (signal) =>
    serving.client.ask("export", { adaptation, out, format, prune }, { signal }),
  );
  const show = vscode.l10n.t("Show Folder");
  const done = vscode.l10n.t("Exported {0} ({1}) to {2}.", architecture, megabytes(bytes), folder);
  const told = pruned ? `${done} ${prunedText(pruned)}` : done;
  if ((await showInformation(told, show)) === show) await reveal(folder);
}

/** What was removed, and the effect on size and latency. */
function prunedText({ layers, pooler, bytes, latency, parameters }: PrunedExport): string {
  if (parameters.after === parameters.before)
    return vscode.l10n.t("Nothing was removed, because the mask leaves nothing dead that this format can leave out.");
  const sum = (of: (layer: LayerRemoved) => number) => grouped(layers.reduce((total, layer) => total + of(layer), 0));
  const removed = vscode.l10n.t(
    "Removed attention heads: {0} of {1}, neurons: {2} of {3}; {4} without pruning.",
    sum(({ heads }) => heads.removed),
    sum(({ heads }) => heads.of),
    sum(({ neurons }) => neurons.removed),
    sum(({ neurons }) => neurons.of),
    megabytes(bytes.before),
  );
  const told = [removed];
  if (pooler?.removed)
    told.push(vscode.l10n.t("Removed neurons of the pooler: {0} of {1}.", grouped(pooler.removed), grouped(pooler.of)));
  if (latency)
    told.push(
      vscode.l10n.t(
        "One example takes {0} times as long in ONNX Runtime (median of {1} alternating pairs, the middle half {2}).",
        fixed(latency.ratio.value, 2),
        grouped(latency.pairs),
        between(fixed(latency.ratio.low, 2), fixed(latency.ratio.high, 2)),
      ),
    );
  return told.join(" ");
}

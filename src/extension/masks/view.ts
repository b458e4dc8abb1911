// The view of masks: task → mask → layers → matrices and attention heads.

import * as vscode from "vscode";
import { sharedBy } from "../../anatomy/heads.ts";
import { layerNumber } from "../../anatomy/layers.ts";
import { nameAmongAll } from "../../file-name.ts";
import { controlSeed } from "../../mask/control.ts";
import type { HeadDescription, MaskDescription } from "../../mask/describe.ts";
import { isOnItsOwn } from "../../mask/head-marks.ts";
import { headMatrix } from "../../mask/statistics.ts";
import { visible } from "../../visible.ts";
import { type Entry, openCommand } from "../ui/entry-view.ts";
import { megabytes, metricText, testMetric, valueWithSign } from "../ui/words.ts";
import { type FoundAdaptation, findAdaptations } from "./found.ts";
import { SHOW_MATRIX } from "./heatmap.ts";
import type { Loads } from "./loads.ts";
import { partDescription, partTooltip, sparsityText } from "./part-words.ts";
import type { MaskService } from "./thread/mask-service.ts";

export async function masks(service: () => MaskService, loads: Loads): Promise<Entry[]> {
  const found = await findAdaptations();
  const byTask = new Map<string, FoundAdaptation[]>();
  for (const adaptation of found) {
    const task = adaptation.metadata?.task.name ?? vscode.l10n.t("damaged");
    byTask.set(task, [...(byTask.get(task) ?? []), adaptation]);
  }
  return [...byTask].map(([task, of]): Entry => {
    return {
      label: task,
      description: String(of.length),
      icon: "symbol-enum",
      open: true,
      children: () => of.map((one) => adaptationEntry(one, service, loads)),
    };
  });
}

function adaptationEntry({ file, metadata, fault }: FoundAdaptation, service: () => MaskService, loads: Loads): Entry {
  const label = nameAmongAll(file);
  if (!metadata) {
    // A view is too narrow for the path; the tooltip shows it.
    const description = (fault ?? "").replace(visible(file), "").replace(/^[:,] /, "");
    return { label, description, tooltip: fault ?? "", icon: "warning", context: "damaged", file };
  }
  const isMask = metadata.format === "mask";
  const control = controlSeed(metadata);
  const score = testMetric(metadata);
  const loaded = loads.has(file);
  const parts = [
    loaded ? vscode.l10n.t("loaded") : "",
    score
      ? vscode.l10n.t("{0} {1} (test)", metadata.task.metric, valueWithSign(metadata.task.metric, score.value))
      : "",
    isMask ? "" : (metadata.run.method ?? "tuned"),
    control === null ? "" : vscode.l10n.t("control: labels permuted with seed {0}", control),
  ];
  const weights = metadata.matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const tooltip = [
    vscode.l10n.t("{0} over {1}", metadata.task.name, metadata.base.id),
    score ? vscode.l10n.t("test {0}", metricText(metadata.task.metric, score)) : "",
    control === null ? "" : vscode.l10n.t("Control: trained on labels permuted with seed {0}", control),
    isMask ? weightsText(weights) : "",
    file,
  ]
    .filter(Boolean)
    .map((line) => visible(line))
    .join("\n");
  return {
    ...{ label, description: parts.filter(Boolean).join(" · "), tooltip, file },
    icon: loaded ? "pass-filled" : isMask ? "layers" : "file-binary",
    context: `${isMask ? "mask" : "tuned"}${loaded ? ".loaded" : ""}`,
    ...(isMask && { command: openCommand(file), children: () => layerEntries(file, service) }),
  };
}

async function layerEntries(file: string, service: () => MaskService): Promise<Entry[]> {
  const { description } = await service().ask("describe", { file });
  const layers = [...description.layers].sort((a, b) => (b.layer ?? 1e9) - (a.layer ?? 1e9));
  return [
    {
      label: sparsityText(description.sparsity),
      description: `${megabytes(description.sizes.packed)}`,
      icon: "info",
    },
    ...layers.map((part): Entry => {
      const { layer } = part;
      const label =
        layer === null
          ? vscode.l10n.t("Above the layers")
          : vscode.l10n.t("Layer {0}", layerNumber(layer, description.base));
      return {
        label,
        description: partDescription(part),
        tooltip: partTooltip(part, [label]),
        icon: "symbol-array",
        children: () => partEntries(file, description, layer),
      };
    }),
  ];
}

/** The number of masked weights, and the size of their bits in the mask's file. */
const weightsText = (weights: number) =>
  weights === 1
    ? vscode.l10n.t("1 masked weight, {0}", megabytes(1 / 8))
    : vscode.l10n.t("{0} masked weights, {1}", weights.toLocaleString("en"), megabytes(weights / 8));

function headLabel({ head, kind }: HeadDescription): string {
  switch (kind) {
    case "all":
      return vscode.l10n.t("Head {0}", head);
    case "cross":
      return vscode.l10n.t("Cross-attention head {0}", head);
    default:
      return vscode.l10n.t("{0} head {1}", kind, head);
  }
}

/** Where a head is and, of keys and values, how many heads share it. */
function headLines(head: HeadDescription, base: MaskDescription["base"]): string[] {
  const shared = sharedBy(head.kind, base);
  const layer = layerNumber(head.layer, base);
  return [
    head.kind === "all"
      ? vscode.l10n.t("Layer {0}, head {1}", layer, head.head)
      : vscode.l10n.t("Layer {0}, {1}", layer, headLabel(head)),
    ...(shared > 1 ? [vscode.l10n.t("Shared by {0} heads", shared)] : []),
  ];
}

/** Entries for a layer's matrices and attention heads. A head opens the matrix that shows it best, with the head highlighted. */
function partEntries(file: string, { matrices, heads, base }: MaskDescription, layer: number | null): Entry[] {
  const ofLayer = matrices.filter((matrix) => matrix.layer === layer);
  const ofHeads = heads.filter((head) => head.layer === layer && isOnItsOwn(head.kind, base));
  const show = (matrix: string, head?: number): vscode.Command => {
    return { command: SHOW_MATRIX, title: vscode.l10n.t("Open"), arguments: [file, matrix, head] };
  };
  return [
    ...ofLayer.map((part): Entry => {
      const { kind, name, rows, columns } = part;
      return {
        label: kind,
        description: partDescription(part),
        tooltip: partTooltip(part, [visible(name), `${rows} × ${columns}`]),
        icon: "symbol-array",
        command: show(name),
      };
    }),
    ...ofHeads.map((one: HeadDescription): Entry => {
      const { head, density } = one;
      const part = { ...one, sparsity: 1 - density };
      return {
        label: headLabel(one),
        description: partDescription(part),
        tooltip: partTooltip(part, headLines(one, base)),
        icon: "symbol-misc",
        command: show(headMatrix(matrices, one, base).name, head),
      };
    }),
  ];
}

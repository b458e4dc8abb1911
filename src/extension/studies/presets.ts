// The presets of New Study….

import * as vscode from "vscode";
import type { PresetName } from "../../study/presets.ts";
import type { Choice } from "../ui/choose.ts";

export type PresetId = PresetName;

/** The presets as choices, in their order. */
export const presetChoices = (): Choice<PresetId>[] =>
  (Object.keys(WORDS) as PresetId[]).map((value) => ({ value, ...WORDS[value]() }));

const WORDS: Readonly<Record<PresetId, () => { icon: string; label: string; detail: string }>> = {
  "method-comparison": () => ({
    icon: "list-tree",
    label: vscode.l10n.t("Method comparison"),
    detail: vscode.l10n.t("mask, finetuning, BitFit, LNA, adapters, only the classifier, a random mask; 3 seeds"),
  }),
  seeds: () => ({
    icon: "run-all",
    label: vscode.l10n.t("Seeds"),
    detail: vscode.l10n.t("the recommended mask with 5 seeds: how much results vary"),
  }),
  "sparsity-sweep": () => ({
    icon: "graph-line",
    label: vscode.l10n.t("Sparsity sweep"),
    detail: vscode.l10n.t("initial sparsity from 5 to 95 %, with and without scaleFixed; 3 seeds"),
  }),
  "layer-sweep": () => ({
    icon: "layers",
    label: vscode.l10n.t("Layer sweep"),
    detail: vscode.l10n.t("masked layers from the top down and from the bottom up; 3 seeds"),
  }),
  context: () => ({
    icon: "list-ordered",
    label: vscode.l10n.t("Context"),
    detail: vscode.l10n.t("sentences with and without their document, masks and finetuning; 3 seeds"),
  }),
  "repeat-the-paper": () => ({
    icon: "book",
    label: vscode.l10n.t("Repeat the paper"),
    detail: vscode.l10n.t("the paper's masks, and finetuning at three learning rates; 4 seeds"),
  }),
  "graph-structure": () => ({
    icon: "type-hierarchy",
    label: vscode.l10n.t("Graph structure"),
    detail: vscode.l10n.t(
      "tasks from graphs as they are, with shuffled triples, without markers, and as a bag of labels; masks and finetuning; 3 seeds",
    ),
  }),
};

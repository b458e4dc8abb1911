// Labels and descriptions of the training presets.

import * as vscode from "vscode";
import type { TrainingPreset } from "../../recipe/training-presets.ts";

interface Words {
  readonly icon: string;
  readonly label: string;
  readonly description: string;
}

export const presetWords = (preset: TrainingPreset): Words => WORDS[preset]();

const pruned = (percent: number) => (): Words => ({
  icon: "fold",
  label: vscode.l10n.t("Mask that keeps {0} %", percent),
  description: vscode.l10n.t("of each matrix; LayerNorms, biases and classifier trained beside it, 8 epochs"),
});

const WORDS: Readonly<Record<TrainingPreset, () => Words>> = {
  paper: () => ({
    icon: "layers",
    label: vscode.l10n.t("Mask, the paper's recipe"),
    description: vscode.l10n.t("initial sparsity 5 %, learning rate 0.001, 10 epochs, all but the lowest layers"),
  }),
  quick: () => ({
    icon: "zap",
    label: vscode.l10n.t("Mask, quick"),
    description: vscode.l10n.t("all layers, learning rate 0.003, 2 epochs"),
  }),
  recommended: () => ({
    icon: "sparkle",
    label: vscode.l10n.t("Mask, recommended"),
    description: vscode.l10n.t("closest to finetuning; LayerNorms, biases and classifier trained beside it, 10 epochs"),
  }),
  "prune-50": pruned(50),
  "prune-10": pruned(10),
  "prune-3": pruned(3),
  finetune: () => ({
    icon: "edit",
    label: vscode.l10n.t("Finetune"),
    description: vscode.l10n.t("baseline: all parameters, learning rate 0.0001, 3 epochs"),
  }),
  adapters: () => ({
    icon: "extensions",
    label: vscode.l10n.t("Adapters"),
    description: vscode.l10n.t(
      "new bottlenecks of size 64 after attention and feed-forward, with LayerNorms and classifier, learning rate 0.001, 3 epochs; they also read a task's attributes",
    ),
  }),
  head: () => ({
    icon: "symbol-key",
    label: vscode.l10n.t("Classifier only"),
    description: vscode.l10n.t("only the classifier; each example is encoded once, 4 epochs"),
  }),
  random: () => ({
    icon: "question",
    label: vscode.l10n.t("Random mask"),
    description: vscode.l10n.t("control: an untrained random mask and a trained classifier, 4 epochs"),
  }),
};

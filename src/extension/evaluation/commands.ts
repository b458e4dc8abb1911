// Evaluate Mask…: evaluates adaptations on their tasks' test examples and shows the evaluation page.

import * as vscode from "vscode";
import type { ChooseAdaptations } from "../masks/chosen.ts";
import type { Command } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import type { EvaluationPanels } from "./evaluation-panels.ts";

export const evaluateCommand =
  (panels: EvaluationPanels, choose: ChooseAdaptations): Command =>
  async (given, all) => {
    requireTrust();
    const files = await choose(given, all, "adaptation", {
      placeholder: vscode.l10n.t("Choose what to evaluate on the test examples"),
    });
    if (files.length) await panels.show(files);
  };

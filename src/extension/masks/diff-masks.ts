// Diff Masks…: compares two or more masks, selected together or picked.

import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import { diffMasks, trainMask } from "../ui/remedies.ts";
import type { ChooseAdaptations } from "./chosen.ts";
import { showDiff } from "./diff.ts";

export const diffCommand =
  (context: vscode.ExtensionContext, choose: ChooseAdaptations): Command =>
  async (given, all) => {
    const files = await choose(given, all, "mask", {
      placeholder: vscode.l10n.t("Choose two or more masks to compare"),
      least: 2,
    });
    if (files.length >= 2) showDiff(context, files);
    else if (files.length)
      throw new Refusal(vscode.l10n.t("A diff needs two or more masks. Select them together, or train another one."), {
        remedies: [diffMasks(), trainMask()],
      });
  };

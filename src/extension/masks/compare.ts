// Select for Compare and Compare with Selected, as in the explorer.

import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import type { ChooseAdaptations } from "./chosen.ts";
import { showDiff } from "./diff.ts";

/** Two commands that share the selected mask. */
export function compareCommands(
  context: vscode.ExtensionContext,
  choose: ChooseAdaptations,
): Readonly<Record<"selectForCompare" | "compareWithSelected", Command>> {
  let selected: string | undefined;
  return {
    selectForCompare: async (given) => {
      const placeholder = vscode.l10n.t("Choose the mask to compare others with");
      const [file] = await choose(given, undefined, "mask", { placeholder, single: true });
      if (!file) return;
      selected = file;
      await vscode.commands.executeCommand("setContext", "masklens.toCompare", true);
    },
    compareWithSelected: async (given) => {
      if (!selected) return;
      const placeholder = vscode.l10n.t("Choose the mask to compare with the selected one");
      const [file] = await choose(given, undefined, "mask", { placeholder, single: true });
      if (!file) return;
      if (file === selected)
        throw new Refusal(vscode.l10n.t("This mask is already selected for comparison. Choose another one."));
      showDiff(context, [selected, file]);
    },
  };
}

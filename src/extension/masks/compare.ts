// Select for Compare and Compare with Selected, as in the explorer.

import * as vscode from "vscode";
import { type Command, filesOf } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import { showDiff } from "./diff.ts";

/** Two commands that share the selected mask. */
export function compareCommands(
  context: vscode.ExtensionContext,
): Readonly<Record<"selectForCompare" | "compareWithSelected", Command>> {
  let selected: string | undefined;
  return {
    selectForCompare: async (given) => {
      selected = filesOf(given)[0];
      await vscode.commands.executeCommand("setContext", "masklens.toCompare", selected !== undefined);
    },
    compareWithSelected: (given) => {
      const [file] = filesOf(given);
      if (!file || !selected) return;
      if (file === selected)
        throw new Refusal(vscode.l10n.t("This mask is already selected for comparison. Choose another one."));
      showDiff(context, [selected, file]);
    },
  };
}

// Try Text…: loads masks if none is loaded, and shows the Try Text page. Called with {adaptations, text, attributes}, it loads
// these masks and shows the text's evidence under them.

import * as vscode from "vscode";
import type { ChooseAdaptations } from "../masks/chosen.ts";
import type { Loads } from "../masks/loads.ts";
import type { Command } from "../ui/command.ts";
import { Refusal, requireTrust } from "../ui/log.ts";
import { textToTry } from "../ui/page-messages.ts";
import { showTryPanel } from "./try-panel.ts";

export const tryTextCommand =
  (context: vscode.ExtensionContext, loads: Loads, choose: ChooseAdaptations): Command =>
  async (given) => {
    requireTrust();
    const text = textToTry(given);
    if (!text && given && "text" in given)
      throw new Refusal(
        vscode.l10n.t(
          "Try Text needs the absolute paths of masks and a text, and takes lists of the values of its attributes by name: {adaptations, text, attributes}.",
        ),
      );
    await loads.settled(); // masks that are still being loaded need not be chosen again
    const missing = text?.adaptations.filter((file) => !loads.has(file)) ?? [];
    if (missing.length) await loads.load(missing);
    else if (!loads.all.length) {
      const files = await choose(undefined, undefined, "adaptation", {
        placeholder: vscode.l10n.t("Choose the masks to load, whose predictions you want to see"),
      });
      if (!files.length) return;
      await loads.load(files);
    }
    showTryPanel(context, loads, text);
  };

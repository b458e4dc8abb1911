// Try Text…: loads masks if none is loaded, and shows the Try Text page.

import * as vscode from "vscode";
import type { ChooseAdaptations } from "../masks/chosen.ts";
import type { Loads } from "../masks/loads.ts";
import type { Command } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { showTryPanel } from "./try-panel.ts";

export const tryTextCommand =
  (context: vscode.ExtensionContext, loads: Loads, choose: ChooseAdaptations): Command =>
  async () => {
    requireTrust();
    await loads.settled(); // masks that are still being loaded need not be chosen again
    if (!loads.all.length) {
      const files = await choose(undefined, undefined, "adaptation", {
        placeholder: vscode.l10n.t("Choose the masks to load, whose predictions you want to see"),
      });
      if (!files.length) return;
      await loads.load(files);
    }
    showTryPanel(context, loads);
  };

// Load Mask…

import * as vscode from "vscode";
import type { Command } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import type { ChooseAdaptations } from "./chosen.ts";
import type { Loads } from "./loads.ts";

export const loadCommand =
  (loads: Loads, choose: ChooseAdaptations): Command =>
  async (given, all) => {
    requireTrust();
    const files = await choose(given, all, "adaptation", { placeholder: vscode.l10n.t("Choose the masks to load") });
    if (files.length) await loads.load(files);
  };

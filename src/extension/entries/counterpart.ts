// Show Its Run selects a mask's run in the view of runs; Show Its Mask selects a run's mask in the view of masks.

import path from "node:path";
import * as vscode from "vscode";
import { exists } from "../../files.ts";
import { adaptationsOf } from "../masks/chosen.ts";
import type { Views } from "../runs/views.ts";
import { Refusal } from "../ui/log.ts";
import type { FileEntry } from "./chosen.ts";

export async function showRunOf({ file, label }: FileEntry, views: Views): Promise<void> {
  const folder = path.dirname(file);
  if ((await exists(path.join(folder, "run.json"))) && (await views.reveal("runs", folder))) return;
  throw new Refusal(vscode.l10n.t("{0} is not in the folder of any run in this workspace.", label));
}

export async function showMaskOf({ file, label }: FileEntry, views: Views): Promise<void> {
  for (const mask of await adaptationsOf(file)) if (await views.reveal("masks", mask)) return;
  throw new Refusal(vscode.l10n.t("The run {0} has no mask yet. Finish training it first.", label));
}

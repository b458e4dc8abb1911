// A base model as a choice in a list.

import path from "node:path";
import * as vscode from "vscode";
import type { Choice } from "../ui/choose.ts";
import type { InWorkspace } from "../ui/search.ts";
import { modelName } from "../ui/words.ts";
import { readModelFolder } from "./model-folders.ts";

/** Labeled as in the view, because the Hub's cache names folders by revision. */
export async function modelChoice({ folder }: InWorkspace): Promise<Choice<string>> {
  const { config } = (await readModelFolder(folder)) ?? {};
  return {
    label: config ? modelName(config) : path.basename(folder),
    description: vscode.workspace.asRelativePath(folder),
    value: folder,
  };
}

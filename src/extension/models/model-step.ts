// The step that asks for a base model.

import path from "node:path";
import * as vscode from "vscode";
import { type Choice, choose, type Step } from "../ui/choose.ts";
import { Refusal } from "../ui/log.ts";
import { addModelFolder, downloadModel, openSample } from "../ui/remedies.ts";
import type { InWorkspace } from "../ui/search.ts";
import { modelName } from "../ui/words.ts";
import { findModels } from "./found.ts";
import { readModelFolder } from "./model-folders.ts";

/** `last`, if it is among the models, comes first. Without any model the step throws a Refusal that says how to get one. */
export const modelStep = (placeholder: string, last?: string): Step => ({
  key: "model",
  async ask(at) {
    const models = await Promise.all((await findModels()).map(modelChoice));
    if (!models.length)
      throw new Refusal(vscode.l10n.t("No base model found. Add a model folder, or open the sample."), {
        remedies: [openSample(), addModelFolder(), downloadModel()],
      });
    return choose(models, { ...at, placeholder }, last);
  },
});

/** Labeled as in the view, because the Hub's cache names folders by revision. */
async function modelChoice({ folder }: InWorkspace): Promise<Choice<string>> {
  const { config } = (await readModelFolder(folder)) ?? {};
  return {
    label: config ? modelName(config) : path.basename(folder),
    description: vscode.workspace.asRelativePath(folder),
    value: folder,
  };
}

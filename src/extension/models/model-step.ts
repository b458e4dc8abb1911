// The step that asks for a base model.

import path from "node:path";
import * as vscode from "vscode";
import { type Architecture, architecturesFor, type TaskKind } from "../../data/examples.ts";
import { type Choice, choose, type Step } from "../ui/choose.ts";
import { Refusal } from "../ui/log.ts";
import { addModelFolder, downloadModel, openSample } from "../ui/remedies.ts";
import type { InWorkspace } from "../ui/search.ts";
import { architectureText, modelName } from "../ui/words.ts";
import { findModels } from "./found.ts";
import { readModelFolder } from "./model-folders.ts";

/**
 * `last`, if it is among the models, comes first. `kindOf` gives the kind of the task that the model must be able to learn, if it
 * is known. Without any model the step throws a Refusal that says how to get one.
 */
export const modelStep = (
  placeholder: string,
  last?: string,
  kindOf: () => Promise<TaskKind | undefined> = async () => undefined,
): Step => ({
  key: "model",
  async ask(at) {
    const models = await Promise.all((await findModels()).map(modelChoice));
    if (!models.length)
      throw new Refusal(vscode.l10n.t("No base model found. Add a model folder, or open the sample."), {
        remedies: [openSample(), addModelFolder(), downloadModel()],
      });
    const kind = await kindOf();
    const fitting = kind && architecturesFor(kind);
    const choices = models.filter(({ stacks }) => !fitting || !stacks || fitting.includes(stacks));
    if (!choices.length)
      throw new Refusal(
        vscode.l10n.t(
          "None of the base models found can learn a {0} task. Add the folder of a model of this kind: {1}.",
          ...[kind!, fitting!.map(architectureText).join(", ")],
        ),
        { remedies: [addModelFolder(), downloadModel()] },
      );
    const left = models.length - choices.length;
    const question =
      left === 1
        ? vscode.l10n.t("{0} (1 model cannot learn this task and is not listed)", placeholder)
        : vscode.l10n.t("{0} ({1} models cannot learn this task and are not listed)", placeholder, left);
    return choose(choices, { ...at, placeholder: left ? question : placeholder }, last);
  },
});

interface ModelChoice extends Choice<string> {
  readonly stacks: Architecture | undefined;
}

/** Labeled as in the view, because the Hub's cache names folders by revision. */
async function modelChoice({ folder }: InWorkspace): Promise<ModelChoice> {
  const { config } = (await readModelFolder(folder)) ?? {};
  const where = vscode.workspace.asRelativePath(folder);
  return {
    label: config ? modelName(config) : path.basename(folder),
    description: config && config.stacks !== "encoder" ? `${architectureText(config.stacks)} · ${where}` : where,
    value: folder,
    stacks: config?.stacks,
  };
}

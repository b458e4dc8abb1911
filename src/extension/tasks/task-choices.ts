// The workspace's tasks as choices in a list.

import * as vscode from "vscode";
import { readDescription } from "../../data/description.ts";
import { architecturesFor, type TaskKind } from "../../data/examples.ts";
import { readModelFolder } from "../models/model-folders.ts";
import type { Choice } from "../ui/choose.ts";
import { Refusal } from "../ui/log.ts";
import { newTask, openSample } from "../ui/remedies.ts";
import { architectureText, modelName } from "../ui/words.ts";
import { findTasks } from "./found.ts";

interface TaskChoice extends Choice<string> {
  readonly kind: TaskKind | undefined;
}

export async function taskChoices(): Promise<TaskChoice[]> {
  return Promise.all(
    (await findTasks()).map(async ({ file, name }) => {
      const kind = await kindOfTask(file);
      const where = vscode.workspace.asRelativePath(file);
      return { label: name, description: kind ? `${kind} · ${where}` : where, value: file, kind };
    }),
  );
}

/** undefined if the task's file cannot be read; whatever uses the task says why. */
export const kindOfTask = (file: string): Promise<TaskKind | undefined> =>
  readDescription(file).then(
    ({ description }) => description.kind,
    () => undefined,
  );

/**
 * The tasks that the model in a folder can learn, and the placeholder of their list, which says how many others there are.
 * Throws a Refusal that says how to get a task if there is none.
 */
export async function tasksFor(
  model: string,
  placeholder: string,
): Promise<{ choices: TaskChoice[]; placeholder: string }> {
  const tasks = await taskChoices();
  if (!tasks.length)
    throw new Refusal(
      vscode.l10n.t("There are no tasks in this workspace. Create one with New Task, or open the sample."),
      { remedies: [newTask(), openSample()] },
    );
  const config = (await readModelFolder(model))?.config;
  if (!config) return { choices: tasks, placeholder };
  const { stacks } = config;
  const choices = tasks.filter(({ kind }) => !kind || architecturesFor(kind).includes(stacks));
  if (!choices.length)
    throw new Refusal(
      vscode.l10n.t(
        "{0} ({1}) can learn none of this workspace's tasks. Create another task, or choose another model.",
        ...[modelName(config), architectureText(stacks)],
      ),
      { remedies: [newTask()] },
    );
  const left = tasks.length - choices.length;
  if (!left) return { choices, placeholder };
  const question =
    left === 1
      ? vscode.l10n.t("{0} (1 task is not for this model and not listed)", placeholder)
      : vscode.l10n.t("{0} ({1} tasks are not for this model and not listed)", placeholder, left);
  return { choices, placeholder: question };
}

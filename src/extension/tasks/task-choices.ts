// The workspace's tasks as choices in a list.

import * as vscode from "vscode";
import type { Choice } from "../ui/choose.ts";
import { Refusal } from "../ui/log.ts";
import { newTask, openSample } from "../ui/remedies.ts";
import { findTasks } from "./found.ts";

export async function taskChoices(): Promise<Choice<string>[]> {
  return (await findTasks()).map(({ file, name }) => ({
    label: name,
    description: vscode.workspace.asRelativePath(file),
    value: file,
  }));
}

/** Like `taskChoices`, but throws a Refusal that says how to get a task if there is none. */
export async function anyTaskChoices(): Promise<Choice<string>[]> {
  const tasks = await taskChoices();
  if (tasks.length) return tasks;
  throw new Refusal(
    vscode.l10n.t("There are no tasks in this workspace. Create one with New Task, or open the sample."),
    { remedies: [newTask(), openSample()] },
  );
}

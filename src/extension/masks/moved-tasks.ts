// Finds tasks that have moved since their adaptations were trained.

import { createHash } from "node:crypto";
import * as vscode from "vscode";
import { readDescription, SPLITS, type TaskDescription } from "../../data/description.ts";
import { digestOf, exists } from "../../files.ts";
import type { MaskMetadata, TaskFacts } from "../../mask/metadata.ts";
import { findTasks } from "../tasks/found.ts";
import { BACK, chooseFile } from "../ui/choose.ts";
import { adaptationName } from "../ui/words.ts";
import { readHead } from "./found.ts";

/**
 * Task files for the adaptations whose own task file no longer exists: the workspace's task with the same name and data, or
 * else one that the user chooses. undefined if the user cancels.
 */
export async function movedTasks(adaptations: readonly string[]): Promise<Record<string, string> | undefined> {
  const tasks: Record<string, string> = {};
  const found = new Map<string, string>();
  for (const adaptation of adaptations) {
    const { metadata } = await readHead(adaptation);
    if (!metadata || (await lies(metadata))) continue; // a damaged file is reported by its reader
    const { task } = metadata;
    const key = JSON.stringify(task);
    const file = found.get(key) ?? (await sameTask(task)) ?? (await askFor(task.name, adaptation));
    if (file === undefined) return undefined;
    found.set(key, file);
    tasks[adaptation] = file;
  }
  return tasks;
}

/** Whether the task file that the adaptation names exists. */
async function lies({ run }: MaskMetadata): Promise<boolean> {
  return run.task !== undefined && (await exists(run.task));
}

/** The workspace's file for a task: the file that the adaptation names, or else a task file with the same name and data. */
export async function placeOfTask({ run, task }: Pick<MaskMetadata, "run" | "task">): Promise<string | undefined> {
  const isFound = (await findTasks()).some(({ file }) => file === run.task);
  return isFound ? (run.task as string) : sameTask(task);
}

async function sameTask({ name, dataSha256 }: TaskFacts): Promise<string | undefined> {
  for (const { file } of await findTasks()) {
    const description = await readDescription(file).then(
      (read) => read.description,
      () => undefined, // a damaged file does not match
    );
    if (description?.name === name && (await holds(description, dataSha256).catch(() => false))) return file;
  }
  return undefined;
}

/** Whether the task's files have these hashes. */
async function holds({ files }: TaskDescription, dataSha256: TaskFacts["dataSha256"]): Promise<boolean> {
  for (const split of SPLITS)
    if ((await digestOf(files[split] ?? files.train, createHash("sha256"))) !== dataSha256[split]) return false;
  return true;
}

async function askFor(task: string, adaptation: string): Promise<string | undefined> {
  const tasks = await findTasks();
  tasks.sort((a, b) => Number(b.name === task) - Number(a.name === task));
  const files = tasks.map(({ file }) => file);
  const chosen = await chooseFile(files, {
    ...{ title: vscode.l10n.t("Evaluate Mask"), step: 1, steps: 1 },
    placeholder: vscode.l10n.t(
      "The task {0}, on which {1} was trained, has moved; choose its task file",
      task,
      adaptationName(adaptation),
    ),
  });
  return chosen === BACK ? undefined : chosen;
}

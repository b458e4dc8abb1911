// What a diff in the editor is judged by: the workspace's masks over the same base, the tasks that the user named as related,
// and the lifts of reference pairs that were found before.

import * as vscode from "vscode";
import type { PairComparison } from "../mask/compare.ts";
import { findAdaptations } from "./found.ts";
import { Refusal } from "./log.ts";
import { MaskService } from "./mask-service.ts";
import { STAYS } from "./pick.ts";
import { relatedGroups, withoutRelated, withRelated } from "./related.ts";

const SETTING = "relatedTasks";
/** The setting's whole name, for whoever asks whether it has changed. */
export const RELATED_TASKS = `masklens.${SETTING}`;

/** Masks to judge by, at most: their pairs grow with the square, and 120 give the median exactly enough. */
const MOST_MASKS = 16;
/** Lifts that are remembered, at most: some 100 bytes each. */
const MOST_LIFTS = 5000;

/** Groups of tasks that the user named as related; what is written wrongly by hand is left out. */
export function relatedTasks(): string[][] {
  return relatedGroups(vscode.workspace.getConfiguration("masklens").get<unknown>(SETTING));
}

/** Remembers that tasks are related, or are not: in the workspace's settings, without one in the user's. */
export async function relate(tasks: readonly string[], areRelated: boolean): Promise<void> {
  const groups = areRelated ? withRelated(relatedTasks(), tasks) : withoutRelated(relatedTasks(), tasks);
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const target = vscode.workspace.workspaceFolders?.length ? Workspace : Global;
  await vscode.workspace.getConfiguration("masklens").update(SETTING, groups.length ? groups : undefined, target);
}

/** Asks which tasks of the workspace's masks are related. */
export async function relateTasksCommand(): Promise<void> {
  const found = await findAdaptations();
  const names = new Set(found.flatMap(({ metadata }) => (metadata?.format === "mask" ? metadata.task.name : [])));
  if (names.size < 2)
    throw new Refusal(vscode.l10n.t("This workspace has masks of fewer than two tasks; train masks of several first."));
  const title = vscode.l10n.t("Related Tasks");
  const placeHolder = vscode.l10n.t("Choose tasks that are related: pairs of their masks are no references for a diff");
  const chosen = await vscode.window.showQuickPick([...names].sort(), {
    ...STAYS,
    ...{ title, placeHolder, canPickMany: true },
  });
  if (!chosen) return;
  if (chosen.length < 2)
    throw new Refusal(vscode.l10n.t("Fewer than two tasks were chosen; choose all that are related to each other."));
  await relate(chosen, true);
}

/** Judges compared pairs, in a thread of its own, so that the diff's matrices need not wait; its memory is given back. */
export async function judge(
  context: vscode.ExtensionContext,
  files: readonly string[],
  fingerprint: string,
  pairs: readonly PairComparison[],
  signal: AbortSignal,
): Promise<readonly PairComparison[]> {
  const found = await findAdaptations();
  const over = found.flatMap(({ file, metadata }) =>
    metadata?.format === "mask" && metadata.base.fingerprint === fingerprint && !files.includes(file) ? [file] : [],
  );
  const against = [...files, ...over].slice(0, Math.max(files.length, MOST_MASKS));
  const key = `lifts ${context.extension.packageJSON.version}`; // another version may count otherwise
  const known = context.workspaceState.get<[string, number][]>(key, []);
  const service = new MaskService();
  const stop = () => service.dispose();
  signal.addEventListener("abort", stop);
  try {
    const params = { files, against, related: relatedTasks(), pairs, known };
    const judged = await service.ask("judge", params);
    if (judged.known.length > known.length) await context.workspaceState.update(key, judged.known.slice(-MOST_LIFTS));
    const leftOut = files.length + over.length - against.length;
    const note = `${leftOut} of the ${files.length + over.length} masks over this base are not among the references: ${MOST_MASKS} masks are taken at most`;
    return leftOut ? judged.pairs.map((pair) => ({ ...pair, notes: [...pair.notes, note] })) : judged.pairs;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

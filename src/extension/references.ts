// What a comparison is judged by in the editor: the workspace's other masks over the same base. Lifts of reference pairs are
// remembered by the checksums of the masks' files, so each is counted once.

import * as vscode from "vscode";
import { messageOf } from "../errors.ts";
import type { PairComparison } from "../mask/compare.ts";
import { controlSeed } from "../mask/metadata.ts";
import { sameBase } from "../mask/reference.ts";
import { findAdaptations, readHead } from "./found.ts";
import type { Lifts } from "./mask-requests.ts";
import { MaskService } from "./mask-service.ts";

/** In the workspace's state. */
const KNOWN = "masklens.referenceLifts";
/** More masks than this, whose pairs are 66, tell nothing new; those of the most tasks are taken. */
const MOST = 12;

/**
 * The pairs with their place among unrelated masks; undefined where the workspace has no further masks over the base, or the
 * signal came first. A thread of its own counts, so that the page's questions need not wait.
 */
export async function judgedPairs(
  context: vscode.ExtensionContext,
  files: readonly string[],
  pairs: readonly PairComparison[],
  signal: AbortSignal,
): Promise<readonly PairComparison[] | undefined> {
  const against = await referencesOf(files);
  if (!against.length || signal.aborted) return undefined;
  const related = vscode.workspace.getConfiguration("masklens").get<string[][]>("relatedTasks", []);
  const service = new MaskService();
  const stop = () => service.dispose();
  signal.addEventListener("abort", stop);
  try {
    const known = context.workspaceState.get<Lifts>(KNOWN, []);
    const judged = await service.ask("judge", { files, pairs, against, related, known });
    await context.workspaceState.update(KNOWN, judged.known);
    return judged.pairs;
  } catch (error) {
    if (signal.aborted) return undefined;
    const note = `the workspace's other masks cannot be used to judge the lift: ${messageOf(error)}`;
    return pairs.map((pair) => ({ ...pair, notes: [...pair.notes, note] }));
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** The workspace's other masks over the base of these files, a mask of each task before second ones. */
async function referencesOf(files: readonly string[]): Promise<string[]> {
  const { metadata: own } = await readHead(files[0]!);
  if (!own) return [];
  const byTask = new Map<string, string[]>();
  for (const { file, metadata } of await findAdaptations()) {
    if (metadata?.format !== "mask" || files.includes(file) || !sameBase(own, metadata)) continue;
    const task = JSON.stringify([metadata.task.name, controlSeed(metadata)]);
    byTask.set(task, [...(byTask.get(task) ?? []), file]);
  }
  const rounds = Math.max(0, ...[...byTask.values()].map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    [...byTask.values()].flatMap((masks) => masks.slice(round, round + 1)),
  )
    .flat()
    .slice(0, MOST);
}

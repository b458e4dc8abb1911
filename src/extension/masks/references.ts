// The references of a diff in the editor: the workspace's masks over the same base, the tasks that the user marked as
// related, and cached lifts of reference pairs.

import * as vscode from "vscode";
import type { PairComparison } from "../../mask/compare.ts";
import { controlSeed } from "../../mask/control.ts";
import { sameBase } from "../../mask/reference.ts";
import { Refusal, requireTrust } from "../ui/log.ts";
import { trainMask } from "../ui/remedies.ts";
import { isTrusted } from "../ui/trust.ts";
import { pickSeveral } from "../ui/window.ts";
import { findAdaptations, readHead } from "./found.ts";
import { relatedGroups, withoutRelated, withRelated } from "./related.ts";
import { MaskService } from "./thread/mask-service.ts";
import type { Lifts } from "./thread/requests.ts";

const SETTING = "relatedTasks";
/** The setting's full name, for change events. */
export const RELATED_TASKS = `masklens.${SETTING}`;

/** Maximum number of other masks used as references: their 66 pairs are enough for the median, and the cost is quadratic. */
const MOST_MASKS = 12;
const UNTRUSTED =
  "this workspace is not trusted, so its other masks are not read and the lift is judged against independence";
/** Maximum number of cached lifts, about 100 bytes each. */
const MOST_LIFTS = 5000;

/** Groups of tasks that the user marked as related; malformed entries are ignored. */
export function relatedTasks(): string[][] {
  return relatedGroups(vscode.workspace.getConfiguration("masklens").get<unknown>(SETTING));
}

/** Saves whether tasks are related: in the workspace settings or, if no folder is open, in the user settings. */
export async function relate(tasks: readonly string[], areRelated: boolean): Promise<void> {
  requireTrust();
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
    throw new Refusal(
      vscode.l10n.t("This workspace has masks for fewer than two tasks. Train masks for several tasks first."),
      { remedies: [trainMask()] },
    );
  const title = vscode.l10n.t("Related Tasks");
  const placeholder = vscode.l10n.t("Choose related tasks; a diff does not use pairs of their masks as references");
  const chosen = await pickSeveral(
    [...names].sort().map((label) => ({ label })),
    { title, placeholder },
  );
  if (!chosen) return;
  if (chosen.length < 2) throw new Refusal(vscode.l10n.t("Choose at least two tasks that are related to each other."));
  await relate(
    chosen.map(({ label }) => label),
    true,
  );
}

/** Compares pairs with the references in a separate thread, so that the diff's matrices need not wait. */
export async function judge(
  context: vscode.ExtensionContext,
  files: readonly string[],
  pairs: readonly PairComparison[],
  signal: AbortSignal,
): Promise<readonly PairComparison[]> {
  if (!isTrusted()) return pairs.map((pair) => ({ ...pair, notes: [...pair.notes, UNTRUSTED] }));
  const others = await masksOver(files);
  const against = [...files, ...others.slice(0, MOST_MASKS)]; // with three masks, the third is a reference for the other two
  const key = `lifts ${context.extension.packageJSON.version}`; // another version may compute different lifts
  const known = context.workspaceState.get<Lifts>(key, []);
  if (signal.aborted) return pairs;
  const service = new MaskService();
  const stop = () => service.dispose();
  signal.addEventListener("abort", stop);
  try {
    const judged = await service.ask("judge", { files, pairs, against, related: relatedTasks(), known });
    if (judged.known.length > known.length) await context.workspaceState.update(key, judged.known.slice(-MOST_LIFTS));
    const note = `only ${MOST_MASKS} of this workspace's ${others.length} other masks over the same base model are considered as references`;
    return others.length > MOST_MASKS
      ? judged.pairs.map((pair) => ({ ...pair, notes: [...pair.notes, note] }))
      : judged.pairs;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** The workspace's other masks over the same base as these files: the first mask of each task, then the second of each, and so on. */
async function masksOver(files: readonly string[]): Promise<string[]> {
  const { metadata: own } = await readHead(files[0]!);
  if (!own) return [];
  const rounds: string[][] = [];
  const seen = new Map<string, number>();
  for (const { file, metadata } of await findAdaptations()) {
    if (metadata?.format !== "mask" || files.includes(file) || !sameBase(own, metadata)) continue;
    const task = JSON.stringify([metadata.task.name, controlSeed(metadata)]);
    const round = seen.get(task) ?? 0;
    seen.set(task, round + 1);
    rounds[round] = [...(rounds[round] ?? []), file];
  }
  return rounds.flat();
}

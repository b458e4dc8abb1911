// The diff page for two or more masks. One thread compares the masks; another compares the reference pairs for the null.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import type { PairComparison } from "../../mask/compare.ts";
import type { Stage, ToDiff } from "../../messages.ts";
import { telling } from "../ui/log.ts";
import { comesBack, showPage } from "../ui/page.ts";
import { type Heard, keptMasks } from "../ui/page-messages.ts";
import { checkOff } from "../ui/walkthrough.ts";
import { onRenamed } from "../ui/watch.ts";
import { newPanel, renamePanel } from "../ui/window.ts";
import { adaptationNames } from "../ui/words.ts";
import { judge, RELATED_TASKS, relate, relatedTasks } from "./references.ts";
import { ShownMasks } from "./shown-masks.ts";
import type { MaskService } from "./thread/mask-service.ts";

const VIEW = "masklens.diff";

export function showDiff(context: vscode.ExtensionContext, files: readonly string[]): void {
  fill(context, newPanel(context, VIEW, titleOf(files)), files);
}

const titleOf = (files: readonly string[]): string => adaptationNames(files).join(" ↔ ");

/** Restores diffs after a reload. */
export function restoreDiffs(context: vscode.ExtensionContext): vscode.Disposable {
  return comesBack(VIEW, keptMasks, (panel, files) => fill(context, panel, files));
}

function fill(context: vscode.ExtensionContext, panel: vscode.WebviewPanel, files: readonly string[]): void {
  /** The names of the masks' tasks. */
  const named = new Set<string>();
  const shown = new ShownMasks<ToDiff>(files, (service, tell, signal) =>
    count(context, files, named, service, tell, signal),
  );
  const page = showPage<ToDiff, "diff">(context, panel.webview, "diff", { files }, (message) => void answer(message));
  const parts = vscode.Disposable.from(shown, page, shown.onChange(page.reload), onRenamed(files, follow));
  const closing = panel.onDidDispose(() => parts.dispose());
  const related = telling(async ({ tasks, related }: Heard<"diff"> & { type: "relate" }) => {
    if (tasks.every((task) => named.has(task))) await relate(tasks, related); // only tasks that the page shows
  });

  /** Shows the masks at their new paths, in the same tab. */
  function follow(places: readonly string[]): void {
    closing.dispose();
    parts.dispose();
    renamePanel(panel, titleOf(places));
    fill(context, panel, places);
  }

  async function answer(message: Heard<"diff">): Promise<void> {
    if (message.type === "ready") {
      checkOff("diff");
      return shown.listen(page.post);
    }
    if (message.type === "relate") return void related(message);
    if (message.type === "follow") return shown.places && follow(shown.places);
    if (message.type === "weights") return answerWeights(message);
    if (message.type !== "matrix") return;
    const { name } = message;
    await shown.answer(page.post, async (service, post) => {
      const views = await Promise.all(files.map((file) => service.ask("matrix", { file, name })));
      post({ type: "matrices", views });
    });
  }

  async function answerWeights({ name, row, column, masks }: Heard<"diff"> & { type: "weights" }): Promise<void> {
    const asked = masks.flatMap((mask) => files[mask] ?? []);
    await shown.answer(page.post, async (service, post) => {
      const facts = await Promise.all(asked.map((file) => service.ask("weight", { file, name, row, column })));
      post({ type: "weights", name, row, column, masks, facts });
    });
  }
}

/**
 * Sends results as they become available, the comparison with reference pairs last; repeats that comparison when the
 * related tasks change.
 */
async function count(
  context: vscode.ExtensionContext,
  files: readonly string[],
  named: Set<string>,
  service: MaskService,
  tell: (message: ToDiff) => void,
  signal: AbortSignal,
): Promise<void> {
  const masks = await Promise.all(files.map((file) => service.ask("summary", { file })));
  for (const { task } of masks) named.add(task.name);
  tell({ type: "names", names: adaptationNames(files), masks });
  tell({ type: "related", groups: relatedTasks() });
  const post = (pairs: readonly PairComparison[], stage: Stage) => tell({ type: "pairs", stage, pairs });
  const compared = await service.ask("compare", { files }, { onEvent: (pairs) => post(pairs, "distance") });
  post(compared, "complete");
  let latest: AbortController | undefined;
  const judgeNow = async () => {
    latest?.abort();
    const controller = new AbortController();
    latest = controller;
    const judged = await judge(context, files, compared, controller.signal).catch((error) =>
      compared.map((pair) => ({ ...pair, notes: [...pair.notes, unjudged(error)] })),
    );
    if (!controller.signal.aborted) post(judged, "judged");
  };
  const changes = vscode.workspace.onDidChangeConfiguration((event) => {
    if (!event.affectsConfiguration(RELATED_TASKS)) return;
    tell({ type: "related", groups: relatedTasks() });
    post(compared, "complete");
    void judgeNow();
  });
  signal.addEventListener("abort", () => {
    changes.dispose();
    latest?.abort();
  });
  if (signal.aborted) changes.dispose();
  else await judgeNow();
}

const unjudged = (error: unknown) =>
  `the reference pairs could not be computed, so the lift is judged against independence: ${messageOf(error).replace(/\.$/, "")}`;

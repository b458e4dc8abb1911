// The page of two or more masks beside each other; a thread of its own compares them.

import type * as vscode from "vscode";
import type { FromPage, ToDiff } from "../../webview/messages.ts";
import { comesBack, newPanel, showPage } from "./page.ts";
import { judgedPairs } from "./references.ts";
import { ShownMasks } from "./shown-masks.ts";
import { adaptationNames } from "./words.ts";

const VIEW = "masklens.diff";

export function showDiff(context: vscode.ExtensionContext, files: readonly string[]): void {
  const title = adaptationNames(files).join(" ↔ ");
  fill(context, newPanel(context, VIEW, title), files);
}

/** Shows the diffs of before a reload again. */
export function restoreDiffs(context: vscode.ExtensionContext): vscode.Disposable {
  const filesOf = ({ files }: Readonly<Record<string, unknown>>) =>
    Array.isArray(files) && files.length > 1 && files.every((file) => typeof file === "string") ? files : undefined;
  return comesBack(VIEW, filesOf, (panel, files) => fill(context, panel, files));
}

function fill(context: vscode.ExtensionContext, panel: vscode.WebviewPanel, files: readonly string[]): void {
  const names = adaptationNames(files);
  const shown = new ShownMasks<ToDiff>(files, async (service, tell, signal) => {
    const masks = await Promise.all(files.map((file) => service.ask("summary", { file })));
    tell({ type: "names", names, masks });
    const post = (pairs: (ToDiff & { type: "pairs" })["pairs"], complete: boolean) =>
      tell({ type: "pairs", complete, pairs });
    const pairs = await service.ask("compare", { files }, (first) => post(first, false));
    post(pairs, true);
    if (signal.aborted) return;
    const judged = await judgedPairs(context, files, pairs, signal);
    if (judged) post(judged, true);
  });
  const page = showPage<ToDiff>(context, panel.webview, "diff", { files }, (message) => void answer(message));
  shown.onChange(page.reload);
  panel.onDidDispose(() => shown.dispose());

  async function answer(message: FromPage): Promise<void> {
    if (message.type === "ready") return shown.told.listen(page.post);
    if (message.type !== "matrix") return;
    const { name } = message;
    await shown.answer(page.post, async (service, post) => {
      const views = await Promise.all(files.map((file) => service.ask("matrix", { file, name })));
      post({ type: "matrices", views });
    });
  }
}

// The page of two or more masks beside each other; a thread of its own compares them.

import path from "node:path";
import type * as vscode from "vscode";
import type { FromPage, ToDiff } from "../../webview/messages.ts";
import { messageOf } from "../errors.ts";
import { MaskService } from "./mask-service.ts";
import { comesBack, newPanel, showPage } from "./page.ts";
import { Told } from "./told.ts";
import { onWritten } from "./watch.ts";
import { adaptationName } from "./words.ts";

const VIEW = "masklens.diff";

export function showDiff(context: vscode.ExtensionContext, files: readonly string[]): void {
  const title = files.map(adaptationName).join(" ↔ ");
  fill(context, newPanel(context, VIEW, title), files);
}

/** Shows the diffs of before a reload again. */
export function restoreDiffs(context: vscode.ExtensionContext): vscode.Disposable {
  const filesOf = ({ files }: Readonly<Record<string, unknown>>) =>
    Array.isArray(files) && files.length > 1 && files.every((file) => typeof file === "string") ? files : undefined;
  return comesBack(VIEW, filesOf, (panel, files) => fill(context, panel, files));
}

function fill(context: vscode.ExtensionContext, panel: vscode.WebviewPanel, files: readonly string[]): void {
  const names = files.map(adaptationName);
  const script = path.join(context.extensionPath, "dist", "mask-thread.cjs");
  const told = new Told<ToDiff>();
  const page = showPage<ToDiff>(context, panel.webview, "diff", { files }, (message) => void answer(message));
  let service = new MaskService(script);
  void compare(service);
  const watchers = files.map((file) =>
    onWritten(file, () => {
      service.dispose();
      service = new MaskService(script);
      told.forget();
      void compare(service);
      page.reload();
    }),
  );
  panel.onDidDispose(() => {
    service.dispose();
    for (const watcher of watchers) watcher.dispose();
  });

  async function compare(by: MaskService): Promise<void> {
    const tell = (message: ToDiff) => {
      if (by === service) told.tell(message); // else it is of the files as they were
    };
    try {
      const masks = await Promise.all(files.map((file) => by.ask("summary", { file })));
      tell({ type: "names", names, masks });
      const pairs = await by.ask("compare", { files }, (part) => tell({ type: "pairs", complete: false, pairs: part }));
      tell({ type: "pairs", complete: true, pairs });
    } catch (error) {
      tell({ type: "failed", message: messageOf(error) });
    }
  }

  async function answer(message: FromPage): Promise<void> {
    if (message.type === "ready") return told.listen(page.post);
    if (message.type !== "matrix") return;
    const by = service;
    const post = (answered: ToDiff) => {
      if (by === service) page.post(answered);
    };
    try {
      const views = await Promise.all(files.map((file) => by.ask("matrix", { file, name: message.name })));
      post({ type: "matrices", views });
    } catch (error) {
      post({ type: "failed", message: messageOf(error) });
    }
  }
}

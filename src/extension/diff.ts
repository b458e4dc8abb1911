// The page of two or more masks beside each other; a thread of its own compares them.

import path from "node:path";
import type * as vscode from "vscode";
import type { FromPage, ToDiff } from "../../webview/messages.ts";
import { InputError, messageOf } from "../errors.ts";
import { MaskService } from "./mask-service.ts";
import { comesBack, newPanel, showPage } from "./page.ts";
import { Told } from "./told.ts";
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
  const service = new MaskService(path.join(context.extensionPath, "dist", "mask-thread.cjs"));
  const page = showPage<ToDiff>(context, panel.webview, "diff", { files }, (message) => void answer(message));
  panel.onDidDispose(() => service.dispose());
  const told = new Told<ToDiff>();
  compare().catch((error) => told.tell({ type: "failed", message: messageOf(error) }));

  async function compare(): Promise<void> {
    const masks = await Promise.all(files.map((file) => service.ask("summary", { file })));
    told.tell({ type: "names", names, masks });
    const tell = (pairs: (ToDiff & { type: "pairs" })["pairs"], complete: boolean) =>
      told.tell({ type: "pairs", complete, pairs });
    tell(await service.ask("compare", { files }, (pairs) => tell(pairs, false)), true);
  }

  async function answer(message: FromPage): Promise<void> {
    if (message.type === "ready") return told.listen(page.post);
    try {
      if (message.type === "matrix") {
        const { name } = message;
        const views = await Promise.all(files.map((file) => service.ask("matrix", { file, name }).catch(onlyMissing)));
        page.post({ type: "matrices", views });
      }
    } catch (error) {
      page.post({ type: "failed", message: messageOf(error) });
    }
  }
}

/** A matrix that only one side masks is no fault. */
function onlyMissing(error: unknown): null {
  if (error instanceof InputError || /masks no matrix/.test(messageOf(error))) return null;
  throw error;
}

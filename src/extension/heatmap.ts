// The read-only editor of mask files: pages over a file that is counted by a thread of its own.

import path from "node:path";
import * as vscode from "vscode";
import type { FromPage, ToHeatmap } from "../../webview/messages.ts";
import { MaskDocument } from "./mask-document.ts";
import { showPage } from "./page.ts";

export const HEATMAP = "masklens.heatmap";

export function registerHeatmap(context: vscode.ExtensionContext): vscode.Disposable {
  const thread = path.join(context.extensionPath, "dist", "mask-thread.cjs");
  const editor: vscode.CustomReadonlyEditorProvider<MaskDocument> = {
    openCustomDocument: (uri) => new MaskDocument(uri, thread),
    resolveCustomEditor: (document, panel) => show(context, document, panel),
  };
  return vscode.window.registerCustomEditorProvider(HEATMAP, editor, { supportsMultipleEditorsPerDocument: true });
}

function show(context: vscode.ExtensionContext, document: MaskDocument, panel: vscode.WebviewPanel): void {
  const { shown } = document;
  const page = showPage<ToHeatmap>(context, panel.webview, "heatmap", {}, (message) => void answer(message));
  const changed = shown.onChange(page.reload);
  panel.onDidDispose(() => {
    changed.dispose();
    shown.told.unlisten(page.post);
  });

  async function answer(message: FromPage): Promise<void> {
    if (message.type === "ready") return shown.told.listen(page.post);
    await shown.answer(page.post, async (service, post) => {
      const file = await document.file;
      if (message.type === "matrix") {
        const view = await service.ask("matrix", { file, name: message.name });
        if (view) post({ type: "matrix", view });
      } else if (message.type === "weight") {
        const { name, row, column } = message;
        post({ ...message, facts: await service.ask("weight", { file, name, row, column }) });
      } else if (message.type === "details") {
        const bytes = await service.ask("details", { file }, (details) => post({ type: "details", details }));
        post({ type: "compressed", bytes });
      }
    });
  }
}

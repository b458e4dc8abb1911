// The read-only editor of mask files: one page a file, its numbers made by a thread of its own.

import path from "node:path";
import * as vscode from "vscode";
import type { FromPage, ToHeatmap } from "../../webview/messages.ts";
import { messageOf } from "../errors.ts";
import { MaskService } from "./mask-service.ts";
import { showPage } from "./page.ts";

export const HEATMAP = "masklens.heatmap";

export function registerHeatmap(context: vscode.ExtensionContext): vscode.Disposable {
  return vscode.window.registerCustomEditorProvider(
    HEATMAP,
    {
      openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
      resolveCustomEditor: ({ uri }, panel) => show(context, uri, panel),
    },
    { supportsMultipleEditorsPerDocument: true },
  );
}

function show(context: vscode.ExtensionContext, uri: vscode.Uri, panel: vscode.WebviewPanel): void {
  const service = new MaskService(path.join(context.extensionPath, "dist", "mask-thread.cjs"));
  const page = showPage<ToHeatmap>(context, panel.webview, "heatmap", (message) => void answer(message));
  panel.onDidDispose(() => service.dispose());

  async function answer(message: FromPage): Promise<void> {
    try {
      if (uri.scheme !== "file")
        throw new Error(
          vscode.l10n.t(
            "Masks are read from the disk, and this one is a {0}: document. Save it to a file, or compare two files with Diff Masks.",
            uri.scheme,
          ),
        );
      const file = uri.fsPath;
      if (message.type === "ready") {
        const post = (described: Omit<ToHeatmap & { type: "description" }, "type">) =>
          page.post({ type: "description", ...described });
        post(await service.ask("describe", { file }, post));
      } else if (message.type === "matrix")
        page.post({ type: "matrix", view: await service.ask("matrix", { file, name: message.name }) });
    } catch (error) {
      page.post({ type: "failed", message: messageOf(error) });
    }
  }
}

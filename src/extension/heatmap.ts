// The read-only editor of mask files: one page a file, its numbers made by a thread of its own.

import path from "node:path";
import * as vscode from "vscode";
import type { FromPage, SeedView, ToHeatmap } from "../../webview/messages.ts";
import { messageOf } from "../errors.ts";
import { areSeeds } from "../mask/seeds.ts";
import { findAdaptations, readHead } from "./found.ts";
import type { DescribedPart } from "./mask-requests.ts";
import { MaskService } from "./mask-service.ts";
import { showPage } from "./page.ts";
import { adaptationName } from "./words.ts";

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
  const thread = path.join(context.extensionPath, "dist", "mask-thread.cjs");
  const service = new MaskService(thread);
  /** Counts other seeds, so that this mask's matrices need not wait; its memory is given back afterwards. */
  let others: MaskService | undefined;
  const page = showPage<ToHeatmap>(context, panel.webview, "heatmap", {}, (message) => void answer(message));
  panel.onDidDispose(() => {
    service.dispose();
    others?.dispose();
  });

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
        const post = (part: DescribedPart) =>
          page.post("progress" in part ? { type: "progress", ...part } : { type: "description", ...part });
        post(await service.ask("describe", { file }, post));
        const counting = () => {
          others ??= new MaskService(thread);
          return others;
        };
        await findSeeds(file, counting, (seeds) => page.post({ type: "seeds", seeds }));
        others?.dispose();
      } else if (message.type === "matrix")
        page.post({ type: "matrix", view: await service.ask("matrix", { file, name: message.name }) });
      else if (message.type === "weight") {
        const { name, row, column } = message;
        page.post({ ...message, facts: await service.ask("weight", { file, name, row, column }) });
      } else if (message.type === "details") {
        const bytes = await service.ask("details", { file }, (details) => page.post({ type: "details", details }));
        page.post({ type: "compressed", bytes });
      }
    } catch (error) {
      page.post({ type: "failed", message: messageOf(error) });
    }
  }
}

/** Looks for other seeds of the mask's task in the workspace, and tells of each when it is counted. */
async function findSeeds(
  file: string,
  counting: () => MaskService,
  tell: (seeds: readonly SeedView[]) => void,
): Promise<void> {
  const { metadata: own } = await readHead(file);
  if (!own) return;
  const taken = new Set([own.initial?.maskSeed]);
  const seeds: SeedView[] = [];
  for (const { file: other, metadata } of await findAdaptations()) {
    if (!metadata?.initial || !areSeeds(own, metadata) || taken.has(metadata.initial.maskSeed)) continue;
    const { maskSeed } = metadata.initial;
    // A mask that cannot be read is told of where it is opened itself.
    const described = await counting()
      .ask("describe", { file: other })
      .catch(() => undefined);
    if (!described || described.description.dropped === null) continue;
    taken.add(maskSeed);
    const name = adaptationName(other);
    seeds.push({ name, maskSeed, heads: described.description.heads });
    tell([...seeds]);
  }
}

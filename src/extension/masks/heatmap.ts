// The read-only editor for mask files: each page shows a file that a separate thread reads and counts.

import * as vscode from "vscode";
import type { EffectRequest } from "../../messages/effect.ts";
import type { MatrixDetails, ToHeatmap } from "../../messages.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { telling } from "../ui/log.ts";
import { showPage } from "../ui/page.ts";
import type { Heard } from "../ui/page-messages.ts";
import { checkOff } from "../ui/walkthrough.ts";
import { MaskDocument } from "./mask-document.ts";

export const HEATMAP = "masklens.heatmap";
/** Opens a mask file at one of its matrices, optionally with a head highlighted. */
export const SHOW_MATRIX = "masklens.showMatrix";

/** The matrix that a page should show once it is ready. */
let wanted: { readonly file: string; readonly matrix: string; readonly head?: number | undefined } | undefined;
const wants = new vscode.EventEmitter<void>();

async function showMatrix(file: string, matrix: string, head?: number): Promise<void> {
  wanted = { file, matrix, head };
  await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), HEATMAP);
  wants.fire(); // a page that is already visible does not restart
}

/** `serving` measures what parts of a mask are worth. */
export function registerHeatmap(context: vscode.ExtensionContext, serving: ComputeProcess): vscode.Disposable {
  const editor: vscode.CustomReadonlyEditorProvider<MaskDocument> = {
    openCustomDocument: (uri) => new MaskDocument(uri, serving),
    resolveCustomEditor: (document, panel) => show(context, document, panel),
  };
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(HEATMAP, editor, { supportsMultipleEditorsPerDocument: true }),
    vscode.commands.registerCommand(SHOW_MATRIX, telling(showMatrix)),
  );
}

function show(context: vscode.ExtensionContext, document: MaskDocument, panel: vscode.WebviewPanel): void {
  const { shown } = document;
  const page = showPage<ToHeatmap, "heatmap">(context, panel.webview, "heatmap", {}, (message) => void answer(message));
  let listens = false;
  const turn = () => {
    if (!listens || !panel.visible || wanted?.file !== document.uri.fsPath) return;
    page.post({ type: "show", matrix: wanted.matrix, head: wanted.head });
    wanted = undefined;
  };
  const subscriptions = vscode.Disposable.from(
    shown.onChange(page.reload),
    document.onMeasured(() => {
      if (listens) for (const message of document.measured) page.post(message);
    }),
    wants.event(turn),
    panel.onDidChangeViewState(() => {
      listens &&= panel.visible; // a hidden page restarts when shown
    }),
  );
  panel.onDidDispose(() => {
    subscriptions.dispose();
    shown.unlisten(page.post);
  });

  const follow = telling(async () => {
    const [place] = shown.places ?? [];
    if (!place) return;
    const options = { preview: false, ...(panel.viewColumn && { viewColumn: panel.viewColumn }) };
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(place), options);
    panel.dispose();
  });

  const measure = telling(async ({ change, seconds, head }: EffectRequest) =>
    document.effects.measure(await document.file, { change, seconds, head }),
  );

  const compare = telling(async () => document.attention.compare(await document.file));

  async function answer(message: Heard<"heatmap">): Promise<void> {
    if (message.type === "ready") {
      checkOff("look");
      shown.listen(page.post);
      for (const message of document.measured) page.post(message);
      listens = true;
      return turn();
    }
    if (message.type === "follow") return void follow();
    if (message.type === "stopMeasuring") return document.effects.stop();
    if (message.type === "measure") return measure(message);
    if (message.type === "stopAttention") return document.attention.stop();
    if (message.type === "attention") return compare();
    await shown.answer(page.post, async (service, post) => {
      const file = await document.file;
      if (message.type === "matrix") {
        const view = await service.ask("matrix", { file, name: message.name });
        if (view) post({ type: "matrix", view });
      } else if (message.type === "weight") {
        const { name, row, column } = message;
        post({ type: "weight", name, row, column, facts: await service.ask("weight", { file, name, row, column }) });
      } else if (message.type === "places") {
        post({ type: "places", places: await document.places(service) });
      } else if (message.type === "details") {
        const onEvent = (details: MatrixDetails) => post({ type: "details", details });
        const bytes = await service.ask("details", { file }, { onEvent });
        post({ type: "compressed", bytes });
      }
    });
  }
}

// Drag and drop of masks: dropping masks on the editor area opens them; dropping them on another mask compares all of them.

import * as vscode from "vscode";
import type { Entry } from "../ui/entry-view.ts";
import { Refusal, telling } from "../ui/log.ts";
import { showDiff } from "./diff.ts";
import { isAdaptation } from "./pick.ts";

/** The MIME type that editors, terminals and other views accept. */
const URIS = "text/uri-list";
const OWN = "application/vnd.code.tree.masklens.masks";

export function dragMasks(context: vscode.ExtensionContext): vscode.TreeDragAndDropController<Entry> {
  return {
    dragMimeTypes: [URIS],
    dropMimeTypes: [OWN, URIS],
    handleDrag(entries, data) {
      const uris = entries.flatMap(({ file }) => (file ? vscode.Uri.file(file).toString() : []));
      if (uris.length) data.set(URIS, new vscode.DataTransferItem(uris.join("\r\n")));
    },
    handleDrop: telling(async (target: Entry | undefined, data: vscode.DataTransfer) => {
      const onto = target?.file;
      const text = (await data.get(URIS)?.asString()) ?? "";
      const dragged = text
        .split(/\r?\n/)
        .filter((line) => line && !line.startsWith("#"))
        .map((line) => vscode.Uri.parse(line).fsPath);
      if (!onto || !dragged.length) return;
      const masks = [...new Set([...dragged, onto])];
      if (masks.length < 2) return; // the mask was dropped on itself
      if (!masks.every((file) => isAdaptation(file, "mask")))
        throw new Refusal(vscode.l10n.t("Only masks can be compared. Drop a mask onto another one."));
      showDiff(context, masks);
    }),
  };
}

// Commands and their arguments.

import * as vscode from "vscode";
import type { Entry } from "./entry-view.ts";

/** A view's entry, a file in the explorer, or nothing. */
export type Given = Entry | vscode.Uri | undefined;

/** `all`: the selected entries or files, if there are several. */
export type Command = (given: Given, all?: readonly Given[]) => unknown;

/** The files that a command is called with: one entry's, or those of all selected entries. */
export function filesOf(given: Given, all?: readonly Given[]): string[] {
  return (all?.length ? all : [given]).flatMap((one) => (one instanceof vscode.Uri ? one.fsPath : (one?.file ?? [])));
}

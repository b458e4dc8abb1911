// What a command is, and what it is called with.

import * as vscode from "vscode";
import type { Entry } from "./entry-view.ts";

/** An entry of a view, a file of the explorer, or nothing. */
export type Given = Entry | vscode.Uri | undefined;

/** `all` are the entries or files that are selected together, where there are several. */
export type Command = (given: Given, all?: readonly Given[]) => unknown;

/** The files that a command is called with: of one entry, or of all that are selected together. */
export function filesOf(given: Given, all?: readonly Given[]): string[] {
  return (all?.length ? all : [given]).flatMap((one) => (one instanceof vscode.Uri ? one.fsPath : (one?.file ?? [])));
}

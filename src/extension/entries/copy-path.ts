// Copy Path

import * as vscode from "vscode";
import type { FileEntry } from "./chosen.ts";

/** Copies the paths to the clipboard, one per line. */
export async function copyPaths(entries: readonly FileEntry[]): Promise<void> {
  await vscode.env.clipboard.writeText(entries.map(({ file }) => file).join("\n"));
}

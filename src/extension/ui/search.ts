// Finds workspace files by name, and detects links that lead out of the workspace.

import { realpath } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { inNaturalOrder } from "./natural-order.ts";

export const SKIPPED_FOLDERS: readonly string[] = ["node_modules", ".git", ".venv"];
export const SKIPPED = `**/{${SKIPPED_FOLDERS.join(",")}}/**`;
/** The maximum number of files found: a view with more entries would be unusable. */
const MOST = 2000;

/** The files from the latest search for each pattern. */
const last = new Map<string, readonly string[]>();

/** Matching files on disk, in natural order. */
export async function find(pattern: string): Promise<string[]> {
  const found = (await vscode.workspace.findFiles(pattern, SKIPPED, MOST))
    .filter(({ scheme }) => scheme === "file")
    .map(({ fsPath }) => fsPath)
    .sort(inNaturalOrder());
  last.set(pattern, found);
  return [...found];
}

/** The workspace folder that contains a file, or else the first one; without any, the file's own folder. */
export function rootOf(file: string): string {
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file)) ?? vscode.workspace.workspaceFolders?.[0];
  return root?.uri.fsPath ?? path.dirname(file);
}

/** Whether the latest searches found this file or any file in this folder. */
export function wasFound(place: string): boolean {
  return [...last.values()].some((files) =>
    files.some((file) => file === place || file.startsWith(`${place}${path.sep}`)),
  );
}

/** A folder. With `leadsOut`, a file in it is a link out of the workspace, so the folder is not read until the user opens it. */
export interface InWorkspace {
  readonly folder: string;
  readonly leadsOut?: true;
}

export async function linked(folder: string, files: readonly string[]): Promise<InWorkspace> {
  const out = await Promise.all(files.map((name) => leadsOut(path.join(folder, name))));
  return out.some(Boolean) ? { folder, leadsOut: true } : { folder };
}

/** Whether a workspace file is, or is in, a link that leads out of the workspace; false if the file does not exist. */
export async function leadsOut(file: string): Promise<boolean> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return false;
  const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) =>
    realpath(uri.fsPath).catch(() => uri.fsPath),
  );
  return (await Promise.all(roots)).every((root) => path.relative(root, real).startsWith(`..${path.sep}`));
}

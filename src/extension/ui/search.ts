// Files of the workspace, found by their names, and whether they lie in it or are links that lead out of it.

import { realpath } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";

const SKIPPED = "**/{node_modules,.git,.venv}/**";
/** A view of more entries than this would help nobody. */
const MOST = 2000;

/** "run2" before "run10", as the explorer has it. */
const inOrder = new Intl.Collator(undefined, { numeric: true }).compare;

/** Files of the disk that match, "run2" before "run10". */
export async function find(pattern: string): Promise<string[]> {
  const found = await vscode.workspace.findFiles(pattern, SKIPPED, MOST);
  return found
    .filter(({ scheme }) => scheme === "file")
    .map(({ fsPath }) => fsPath)
    .sort(inOrder);
}

/** A folder of which nothing is read unasked where one of its `files` leads out of the workspace. */
export interface InWorkspace {
  readonly folder: string;
  readonly leadsOut?: true;
}

export async function linked(folder: string, files: readonly string[]): Promise<InWorkspace> {
  const out = await Promise.all(files.map((name) => leadsOut(path.join(folder, name))));
  return out.some(Boolean) ? { folder, leadsOut: true } : { folder };
}

/** Whether a file of the workspace is a link, or lies below one, that leads out of it; one that is not there does not. */
export async function leadsOut(file: string): Promise<boolean> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return false;
  const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) =>
    realpath(uri.fsPath).catch(() => uri.fsPath),
  );
  return (await Promise.all(roots)).every((root) => path.relative(root, real).startsWith(`..${path.sep}`));
}

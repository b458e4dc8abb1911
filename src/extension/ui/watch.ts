// Watches files and folders. A watcher of files is not notified when a folder above them is renamed or deleted, so the folders
// are watched as well.

import { stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { exists } from "../../files.ts";
import { SKIPPED, wasFound } from "./search.ts";

/** Changes that are less than this many milliseconds apart belong to one burst. */
export const BURST = 300;

/** Calls back each time a file is written or replaced; dispose the result to stop. */
export function onWritten(file: string, again: () => void): vscode.Disposable {
  const watcher = watch(file);
  watcher.onDidChange(again);
  watcher.onDidCreate(again);
  return watcher;
}

/**
 * Calls back, once after a burst, when a file or folder, or any folder above it, appears or disappears: the file or
 * folder may then have moved.
 */
export function onMoved(place: string, moved: () => void): vscode.Disposable {
  const burst = new Burst(moved);
  const watchers = withFoldersAbove(place).map((one) => {
    const watcher = watch(one);
    watcher.onDidCreate(() => burst.soon());
    watcher.onDidDelete(() => burst.soon());
    return watcher;
  });
  return vscode.Disposable.from(...watchers, burst);
}

/**
 * Calls back with the current paths of `files` when the editor, or MaskLens through it, renames or moves any of them; not
 * if another one of them is missing.
 */
export function onRenamed(files: readonly string[], renamed: (places: readonly string[]) => void): vscode.Disposable {
  let over = false;
  const listener = vscode.workspace.onDidRenameFiles(async ({ files: changes }) => {
    const places = files.map((file) => placeAfter(changes, file));
    if (places.every((place, i) => place === files[i])) return;
    const found = await Promise.all(places.map(exists));
    if (!over && found.every(Boolean)) renamed(places);
  });
  return new vscode.Disposable(() => {
    over = true;
    listener.dispose();
  });
}

/** The path of a file after it, or a folder above it, was renamed. */
export function placeAfter(changes: vscode.FileRenameEvent["files"], file: string): string {
  for (const { oldUri, newUri } of changes) {
    if (file === oldUri.fsPath) return newUri.fsPath;
    if (file.startsWith(oldUri.fsPath + path.sep)) return newUri.fsPath + file.slice(oldUri.fsPath.length);
  }
  return file;
}

/** Calls back, once after a burst, when anything is created in the workspace. */
export function onCreated(created: () => void): vscode.Disposable {
  const burst = new Burst(created);
  const watcher = vscode.workspace.createFileSystemWatcher("**/*", false, true, true);
  watcher.onDidCreate(() => burst.soon());
  return vscode.Disposable.from(watcher, burst);
}

/**
 * Calls back when a folder that contains files matching `pattern` appears in the workspace, and when a file found by
 * `find`, or a folder that contained such a file, disappears. Moving a folder triggers both.
 */
export function onFolderMoved(pattern: string, moved: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher("**/*", false, true, false);
  watcher.onDidDelete(({ fsPath }) => {
    if (wasFound(fsPath)) moved();
  });
  watcher.onDidCreate(async ({ fsPath }) => {
    const found = await stat(fsPath).catch(() => undefined);
    if (!found?.isDirectory()) return; // new files are reported by the watcher of the pattern
    const inside = new vscode.RelativePattern(vscode.Uri.file(fsPath), pattern);
    if ((await vscode.workspace.findFiles(inside, SKIPPED, 1)).length) moved();
  });
  return watcher;
}

/** A watcher of one path, whose name may contain characters that are special in patterns. */
function watch(place: string): vscode.FileSystemWatcher {
  const { dir, base } = path.parse(place);
  const name = base.replace(/[[\]{}*?]/g, "[$&]");
  return vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(dir), name));
}

/**
 * A path and the folders above it, up to but excluding the workspace folder; outside the workspace, only the parent
 * folder.
 */
function withFoldersAbove(place: string): string[] {
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(place))?.uri.fsPath;
  if (root === undefined) return [place, path.dirname(place)];
  const all: string[] = [];
  for (let at = place; at !== root && at !== path.dirname(at); at = path.dirname(at)) all.push(at);
  return all;
}

/** Calls back once after a burst of calls. */
class Burst implements vscode.Disposable {
  readonly #over: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(over: () => void) {
    this.#over = over;
  }

  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#over, BURST);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

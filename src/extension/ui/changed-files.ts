// Changes of files, also in folders that the editor does not watch: on Linux, where a folder appears together with the one above it
// (`mkdir -p`, the first run or study of a workspace), the editor hears nothing of what is in it (parcel-bundler/watcher, issue 97).

import { type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { SKIPPED_FOLDERS } from "./search.ts";

/** The maximum number of folders watched beside the editor: a checked-out repository is not watched whole. */
const MOST = 200;

type Hear = (file: string) => void;

/** Whoever hears of files in new folders, and what watches these for all of them. */
const hearers = new Set<Hear>();
let watching: vscode.Disposable | undefined;

/**
 * Calls back with each file of the workspace that is created, written or deleted and matches `pattern`: a name in any folder, or
 * several in braces, each with at most one `*`, which stands for any characters.
 */
export function onChangedFiles(pattern: string, changed: Hear): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  for (const event of [watcher.onDidCreate, watcher.onDidDelete, watcher.onDidChange])
    event(({ fsPath }) => changed(fsPath));
  const matches = matcherOf(pattern);
  const inNewFolders = onChangedInNewFolders((file) => {
    if (matches(path.basename(file))) changed(file);
  });
  return vscode.Disposable.from(watcher, inNewFolders);
}

function onChangedInNewFolders(hear: Hear): vscode.Disposable {
  hearers.add(hear);
  watching ??= watchNewFolders();
  return new vscode.Disposable(() => {
    hearers.delete(hear);
    if (hearers.size) return;
    watching?.dispose();
    watching = undefined;
  });
}

function watchNewFolders(): vscode.Disposable {
  const folders = new NewFolders((file) => {
    for (const hear of hearers) hear(file);
  });
  const created = vscode.workspace.createFileSystemWatcher("**/*", false, true, true);
  created.onDidCreate(({ fsPath }) => void folders.watchIn(fsPath));
  return vscode.Disposable.from(created, folders);
}

/** Whether a name matches one of the pattern's. */
function matcherOf(pattern: string): (name: string) => boolean {
  const names = pattern.replace("**/", "").replace(/[{}]/g, "").split(",");
  const ends = names.map((name) => name.split("*"));
  return (name) => ends.some(([start, end]) => (end === undefined ? name === start : isBetween(name, start!, end)));
}

const isBetween = (name: string, start: string, end: string) =>
  name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end);

/** Watches the folders in new folders, and calls back with each file in them that is created, written or deleted. */
export class NewFolders implements vscode.Disposable {
  readonly #changed: Hear;
  readonly #watched = new Map<string, FSWatcher>();

  constructor(changed: Hear) {
    this.#changed = changed;
  }

  /** Watches the folders in a new folder; a file has none. */
  async watchIn(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if (entry.isDirectory() && !SKIPPED_FOLDERS.includes(entry.name))
        await this.#watch(path.join(folder, entry.name));
  }

  async #watch(folder: string): Promise<void> {
    if (this.#watched.has(folder) || this.#watched.size >= MOST) return;
    const over = () => {
      this.#watched.get(folder)?.close();
      this.#watched.delete(folder);
    };
    try {
      const watcher = watch(folder, (kind, name) => {
        if (name !== null) void this.#hear(kind, path.join(folder, name));
        if (name === path.basename(folder)) void stat(folder).catch(over); // the folder itself, or a file of its name
      });
      watcher.on("error", over);
      this.#watched.set(folder, watcher);
    } catch {} // it is gone by now, or the system watches no more: the editor's own watchers remain
    await this.watchIn(folder);
  }

  async #hear(kind: string, place: string): Promise<void> {
    const isNew = kind === "rename" && (await stat(place).catch(() => undefined))?.isDirectory();
    if (isNew) await this.#watch(place);
    else this.#changed(place);
  }

  dispose(): void {
    for (const watcher of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }
}

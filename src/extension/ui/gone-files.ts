// Tracks which of the files that a page shows no longer exist, and where they have moved.

import * as vscode from "vscode";
import { exists } from "../../files.ts";
import type { Gone } from "../../messages.ts";
import { note } from "./log.ts";
import { isTrusted } from "./trust.ts";
import { onCreated, onMoved } from "./watch.ts";

/** Finds the new path of a file or folder that no longer exists. */
export type FindPlace = (gone: string) => Promise<string | undefined>;

export class GoneFiles implements vscode.Disposable {
  readonly #files: readonly string[];
  readonly #placeOf: FindPlace;
  readonly #watchers: readonly vscode.Disposable[];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;
  #gone: ReadonlyMap<string, string | undefined> = new Map();
  /** While any file is missing, listens for new files: the file may be restored or appear elsewhere. */
  #waiting: vscode.Disposable | undefined;
  #disposed = false;

  constructor(files: readonly string[], placeOf: FindPlace) {
    this.#files = files;
    this.#placeOf = placeOf;
    const look = () => void this.#look().catch(note);
    this.#watchers = files.map((file) => onMoved(file, look));
    look();
  }

  /** The missing files, each with its new path if known. */
  get gone(): ReadonlyMap<string, string | undefined> {
    return this.#gone;
  }

  /** The current paths of all files; undefined if any of them cannot be found. */
  get places(): readonly string[] | undefined {
    const places = this.#files.map((file) => (this.#gone.has(file) ? this.#gone.get(file) : file));
    return places.every((place) => place !== undefined) ? places : undefined;
  }

  /** The message that tells a page which files are missing. */
  get message(): Gone {
    const shown = (file: string) => vscode.workspace.asRelativePath(file);
    const files = [...this.#gone].map(([file, place]) => ({ file: shown(file), place: place ? shown(place) : null }));
    return { type: "gone", files, found: this.#gone.size > 0 && this.places !== undefined };
  }

  dispose(): void {
    this.#disposed = true;
    this.#waiting?.dispose();
    for (const watcher of this.#watchers) watcher.dispose();
    this.#changed.dispose();
  }

  async #look(): Promise<void> {
    const gone = new Map<string, string | undefined>();
    for (const file of this.#files)
      if (!(await exists(file))) gone.set(file, isTrusted() ? await this.#placeOf(file) : undefined);
    if (this.#disposed) return;
    const isNew = JSON.stringify([...gone]) !== JSON.stringify([...this.#gone]);
    this.#gone = gone;
    if (gone.size) this.#waiting ??= onCreated(() => void this.#look().catch(note));
    else {
      this.#waiting?.dispose();
      this.#waiting = undefined;
    }
    if (isNew) this.#changed.fire();
  }
}

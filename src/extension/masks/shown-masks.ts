// The mask files that a page shows. Starts the thread that reads them and buffers its messages; starts again when a
// file is rewritten or trust is granted.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import type { Gone } from "../../messages.ts";
import { GoneFiles } from "../ui/gone-files.ts";
import { Told } from "../ui/told.ts";
import { onWritten } from "../ui/watch.ts";
import { movedAdaptation, readHead } from "./found.ts";
import { MaskService } from "./thread/mask-service.ts";

type Failed = { readonly type: "failed"; readonly message: string };

/** Asks a new thread for a page's initial content; `signal` fires when a file is rewritten or no longer shown. */
export type Count<M> = (service: MaskService, tell: (message: M) => void, signal: AbortSignal) => Promise<void>;

export class ShownMasks<M> implements vscode.Disposable {
  readonly told = new Told<M | Failed>();
  readonly #toldGone = new Told<Gone>();
  readonly #gone: GoneFiles;
  readonly #count: Count<M>;
  readonly #watchers: readonly vscode.Disposable[];
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when pages must reload: a file was rewritten, or trust was granted. */
  readonly onChange = this.#changed.event;
  #now: { readonly service: MaskService; readonly controller: AbortController };

  constructor(files: readonly string[], count: Count<M>) {
    this.#count = count;
    this.#now = this.#begin();
    const again = () => {
      this.#end();
      this.#now = this.#begin();
      this.#changed.fire();
    };
    // With trust, more files may be read, so counting restarts.
    const trust = vscode.workspace.onDidGrantWorkspaceTrust(again);
    this.#watchers = [...files.map((file) => onWritten(file, again)), trust];
    for (const file of files) void readHead(file); // records the checksum that identifies the file if it moves
    this.#gone = new GoneFiles(files, movedAdaptation);
    this.#gone.onChange(() => {
      this.#toldGone.forget();
      this.#toldGone.tell(this.#gone.message);
    });
  }

  /** The files' current paths; undefined if any of them cannot be found. */
  get places(): readonly string[] | undefined {
    return this.#gone.places;
  }

  /** Sends a page the messages so far, then each new one. */
  listen(post: (message: M | Failed | Gone) => void): void {
    this.told.listen(post);
    this.#toldGone.listen(post);
  }

  unlisten(post: (message: M | Failed | Gone) => void): void {
    this.told.unlisten(post);
    this.#toldGone.unlisten(post);
  }

  /** Answers a page; results and errors are not posted if a file was rewritten meanwhile. */
  async answer(
    post: (message: M | Failed) => void,
    work: (service: MaskService, post: (message: M) => void) => Promise<void>,
  ): Promise<void> {
    const { service, controller } = this.#now;
    await this.#working(controller.signal, post, (guarded) => work(service, guarded));
  }

  dispose(): void {
    this.#end();
    this.#gone.dispose();
    for (const watcher of this.#watchers) watcher.dispose();
    this.#changed.dispose();
  }

  #begin(): { service: MaskService; controller: AbortController } {
    const [service, controller] = [new MaskService(), new AbortController()];
    const { signal } = controller;
    const tell = (message: M | Failed) => this.told.tell(message);
    void this.#working(signal, tell, (guarded) => this.#count(service, guarded, signal));
    return { service, controller };
  }

  #end(): void {
    this.#now.controller.abort();
    this.#now.service.dispose();
    this.told.forget();
  }

  async #working(
    signal: AbortSignal,
    post: (message: M | Failed) => void,
    work: (post: (message: M) => void) => Promise<void>,
  ): Promise<void> {
    const guarded = (message: M | Failed) => {
      if (!signal.aborted) post(message); // otherwise the result is outdated
    };
    try {
      await work(guarded);
    } catch (error) {
      guarded({ type: "failed", message: messageOf(error) });
    }
  }
}

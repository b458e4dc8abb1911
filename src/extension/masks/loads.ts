// Loaded masks: several at once in one compute process, ready for predictions.

import path from "node:path";
import * as vscode from "vscode";
import type { LoadedAdaptation } from "../../adaptation/loaded.ts";
import type { Prediction } from "../../adaptation/prediction.ts";
import type { Compute, ComputeProcess } from "../models/compute.ts";
import { requireTrust } from "../ui/log.ts";
import { progressing } from "../ui/window.ts";

export class Loads {
  readonly #compute: ComputeProcess;
  #loaded: readonly LoadedAdaptation[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;

  constructor(compute: ComputeProcess) {
    this.#compute = compute;
  }

  get all(): readonly LoadedAdaptation[] {
    return this.#loaded;
  }

  has(file: string): boolean {
    return this.#loaded.some(({ adaptation }) => adaptation === file);
  }

  async load(files: readonly string[]): Promise<void> {
    requireTrust();
    await progressing(
      {
        title: vscode.l10n.t("Loading {0}", files.map((file) => path.basename(file)).join(", ")),
        where: "status bar",
      },
      () => this.#inTurn(() => this.#set([...new Set([...this.#files, ...files])])),
    );
  }

  /** Unloads these masks. If none remains, the process answers its open requests, then ends and frees its memory. */
  unload(files: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const left = this.#files.filter((file) => !files.includes(file));
      if (left.length) return void (await this.#set(left));
      this.#compute.retire();
      this.#tell([]);
    });
  }

  /** Predictions of each loaded mask for each text. Masks are reloaded if their file was rewritten or their process ended. */
  async ask(texts: readonly string[], signal: AbortSignal): Promise<Prediction[]> {
    requireTrust();
    const answers: Prediction[] = [];
    // A request made in its turn is answered by the masks loaded then; the turn need not wait for the answer.
    const { answered } = await this.#inTurn(async () => {
      if (!this.#loaded.length || signal.aborted) return { answered: null };
      const client = await this.#set(this.#files);
      const onEvent = (answer: Prediction) => void answers.push(answer);
      return { answered: client.ask("ask", { texts }, { onEvent, signal }) };
    });
    await answered;
    return answers;
  }

  get #files(): string[] {
    return this.#loaded.map(({ adaptation }) => adaptation);
  }

  /** Serializes changes: each starts from the state that the previous one left. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Loads exactly these masks, and returns the process that holds them. */
  async #set(adaptations: readonly string[]): Promise<Compute> {
    const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
    const { client } = this.#compute;
    this.#tell(await client.ask("load", { adaptations, device }));
    return client;
  }

  #tell(loaded: readonly LoadedAdaptation[]): void {
    const isNew = JSON.stringify(loaded) !== JSON.stringify(this.#loaded);
    this.#loaded = loaded;
    if (isNew) this.#changed.fire();
  }
}

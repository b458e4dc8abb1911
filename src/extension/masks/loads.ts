// Loaded masks: several at once in one compute process, ready for predictions.

import path from "node:path";
import * as vscode from "vscode";
import type { Progress } from "../../adaptation/evidence.ts";
import type { GenerationEvent } from "../../adaptation/generation/answer.ts";
import type { LoadedAdaptation } from "../../adaptation/loaded.ts";
import type { Asked, Evidence, Prediction } from "../../adaptation/prediction.ts";
import type { Requests } from "../../worker/protocol.ts";
import type { Compute, ComputeProcess } from "../models/compute.ts";
import { GoneFiles } from "../ui/gone-files.ts";
import { note, requireTrust } from "../ui/log.ts";
import { progressing } from "../ui/window.ts";
import { movedAdaptation, readHead } from "./found.ts";

export class Loads {
  readonly #compute: ComputeProcess;
  #loaded: readonly LoadedAdaptation[] = [];
  /** Tracks which of their files have been moved or deleted. */
  #moved: GoneFiles | undefined;
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

  /** Resolves when the masks that are being loaded or unloaded are. */
  settled(): Promise<unknown> {
    return this.#turn;
  }

  /** Whether a loaded mask's file was deleted; the mask stays loaded as long as the process runs. */
  isDeleted(file: string): boolean {
    return this.#moved?.gone.has(file) ?? false;
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

  /** The loaded masks that generate texts, or those that classify. */
  #which(generates: boolean): string[] {
    return this.#loaded
      .filter(({ generation }) => (generation !== null) === generates)
      .map(({ adaptation }) => adaptation);
  }

  /** The predictions for each text of every loaded mask that classifies. Masks are reloaded if their file was rewritten or the process ended. */
  async ask(texts: readonly Asked[], signal: AbortSignal): Promise<Prediction[]> {
    requireTrust();
    const answers: Prediction[] = [];
    // A request is answered by the masks that are loaded when it is sent, so the next turn need not wait for the answer.
    const { answered } = await this.#inTurn(async () => {
      const only = this.#which(false);
      if (!only.length || signal.aborted) return { answered: null };
      const client = await this.#set(this.#files);
      const onEvent = (answer: Prediction) => void answers.push(answer);
      return { answered: client.ask("ask", { texts, only }, { onEvent, signal }) };
    });
    await answered;
    return answers;
  }

  /**
   * Generates a text for each given one with every loaded mask that does; `begin` receives these masks. Masks are reloaded as for
   * `ask`. Rejects with `Stopped` if the signal fires, after the last event.
   */
  async generate(
    request: Pick<Requests["generate"]["params"], "texts" | "choice">,
    signal: AbortSignal,
    begin: (adaptations: readonly string[]) => void,
    onEvent: (event: GenerationEvent) => void,
  ): Promise<void> {
    requireTrust();
    const { answered } = await this.#inTurn(async () => {
      const client = await this.#set(this.#files);
      const only = this.#which(true);
      begin(only);
      return { answered: client.ask("generate", { ...request, only, streams: true, before: 0 }, { onEvent, signal }) };
    });
    await answered;
  }

  /** A text's evidence under a loaded mask. Masks are reloaded as for `ask`. Rejects with `Stopped` if the signal fires. */
  async explain(
    params: Requests["explain"]["params"],
    signal: AbortSignal,
    onEvent: (progress: Progress) => void,
  ): Promise<Evidence> {
    requireTrust();
    const { answered } = await this.#inTurn(async () => {
      const client = await this.#set(this.#files);
      return { answered: client.ask("explain", params, { onEvent, signal }) };
    });
    return answered;
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
    this.#compute.holds = loaded.length > 0;
    const isNew = JSON.stringify(loaded) !== JSON.stringify(this.#loaded);
    this.#loaded = loaded;
    if (!isNew) return;
    this.#watch();
    this.#changed.fire();
  }

  #watch(): void {
    this.#moved?.dispose();
    this.#moved = undefined;
    if (!this.#loaded.length) return;
    for (const file of this.#files) void readHead(file); // records the checksum that identifies the file if it moves
    const moved = new GoneFiles(this.#files, movedAdaptation);
    this.#moved = moved;
    moved.onChange(() => void this.#follow(moved.gone).catch(note));
  }

  /** Reloads masks whose files have moved, from their new paths. */
  async #follow(gone: ReadonlyMap<string, string | undefined>): Promise<void> {
    if ([...gone.values()].every((place) => place === undefined)) return this.#changed.fire();
    await this.#inTurn(() => this.#set([...new Set(this.#files.map((file) => gone.get(file) ?? file))]));
  }
}

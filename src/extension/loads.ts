// Masks that are loaded: several over one base model in one compute process, ready to be asked.

import path from "node:path";
import * as vscode from "vscode";
import type { LoadedAdaptation } from "../train/loaded.ts";
import type { Prediction } from "../train/prediction.ts";
import type { ComputeProcess } from "./compute.ts";
import { modelFolders } from "./found.ts";
import { requireTrust } from "./log.ts";

export class Loads {
  readonly #compute: ComputeProcess;
  #loaded: readonly LoadedAdaptation[] = [];
  /** The process that holds them; after its end they are loaded again. */
  #holder: number | undefined;
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
    const wanted = [...new Set([...this.#loaded.map(({ adaptation }) => adaptation), ...files])];
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Window,
        title: vscode.l10n.t("Loading {0}", files.map((file) => path.basename(file)).join(", ")),
      },
      () => this.#set(wanted),
    );
  }

  /** Where nothing is left, the process that held it ends and gives its memory back. */
  async unload(files: readonly string[]): Promise<void> {
    const left = this.#loaded.filter(({ adaptation }) => !files.includes(adaptation));
    if (left.length) return this.#set(left.map(({ adaptation }) => adaptation));
    this.#loaded = [];
    this.#holder = undefined;
    await this.#compute.close();
    this.#changed.fire();
  }

  /** What each loaded mask says of each text. */
  async ask(texts: readonly string[], signal: AbortSignal): Promise<Prediction[]> {
    requireTrust();
    if (this.#compute.pid !== this.#holder) await this.#set(this.#loaded.map(({ adaptation }) => adaptation));
    const answers: Prediction[] = [];
    await this.#compute.client.ask("ask", { texts }, { onEvent: (answer) => void answers.push(answer), signal });
    return answers;
  }

  async #set(adaptations: readonly string[]): Promise<void> {
    const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
    const models = await modelFolders();
    const { client } = this.#compute;
    this.#loaded = await client.ask("load", { adaptations, models, device });
    this.#holder = client.pid;
    this.#changed.fire();
  }
}

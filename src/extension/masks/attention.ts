// Compares linear attention with softmax in the compute process, for the pages of one mask file.

import * as vscode from "vscode";
import { COMPARED } from "../../adaptation/attention/compared.ts";
import { messageOf } from "../../errors.ts";
import type { AttentionState } from "../../messages/attention.ts";
import type { ToHeatmap } from "../../messages.ts";
import { Stopped } from "../../worker/errors.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { note, requireTrust } from "../ui/log.ts";
import { movedTasks } from "./moved-tasks.ts";

export class MaskAttention {
  #state: AttentionState | undefined;
  /** The latest comparison; one that is not the latest says nothing any more. */
  #running = new AbortController();
  readonly #serving: ComputeProcess;
  readonly #tell: () => void;

  /** `tell` is called each time that `messages` change. */
  constructor(serving: ComputeProcess, tell: () => void) {
    [this.#serving, this.#tell] = [serving, tell];
  }

  /** What a page that starts now must be told. */
  get messages(): ToHeatmap[] {
    return this.#state ? [{ type: "attention", state: this.#state }] : [];
  }

  /** Compares the attention of the mask in `file`. Throws a Refusal in an untrusted workspace. */
  async compare(file: string): Promise<void> {
    requireTrust();
    const before = this.#running;
    const tasks = await movedTasks([file]);
    // While the user was asked, the page may have been closed or its file rewritten.
    if (!tasks || this.#running !== before) return;
    before.abort();
    const controller = new AbortController();
    this.#running = controller;
    const told = (state: Partial<AttentionState>) => {
      if (this.#running !== controller) return;
      this.#state = { running: false, found: this.#state?.found ?? null, failed: "", ...state };
      this.#tell();
    };
    told({ running: true });
    try {
      const device = vscode.workspace.getConfiguration("masklens").get("device", "auto");
      const options = { adaptation: file, ...COMPARED, task: tasks[file], device };
      told({ found: await this.#serving.client.ask("attention", options, { signal: controller.signal }) });
    } catch (error) {
      if (!(error instanceof Stopped)) note(error);
      told({ failed: error instanceof Stopped ? "" : messageOf(error) });
    }
  }

  /** Stops comparing; what was found before stays. */
  stop(): void {
    this.#running.abort();
  }

  /** The mask's file was rewritten, or its pages were closed: what was found is no longer shown. */
  forget(): void {
    this.#running.abort();
    this.#running = new AbortController();
    this.#state = undefined;
  }
}

// Compares linear attention with softmax in the compute process, for the pages of one mask file.

import { COMPARED } from "../../adaptation/attention/compared.ts";
import type { AttentionState } from "../../messages/attention.ts";
import type { ToHeatmap } from "../../messages.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { failureOf, Latest } from "./latest.ts";

export class MaskAttention {
  #state: AttentionState | undefined;
  readonly #latest = new Latest();
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
    const asked = await this.#latest.begin(file);
    if (!asked) return;
    const { task, device, signal, isLatest } = asked;
    const told = (state: Partial<AttentionState>) => {
      if (!isLatest()) return;
      this.#state = { running: false, found: this.#state?.found ?? null, failed: "", ...state };
      this.#tell();
    };
    told({ running: true });
    try {
      const options = { adaptation: file, ...COMPARED, task, device };
      told({ found: await this.#serving.client.ask("attention", options, { signal }) });
    } catch (error) {
      told({ failed: failureOf(error) });
    }
  }

  /** Stops comparing; what was found before stays. */
  stop(): void {
    this.#latest.stop();
  }

  /** The mask's file was rewritten, or its pages were closed: what was found is no longer shown. */
  forget(): void {
    this.#latest.forget();
    this.#state = undefined;
  }
}

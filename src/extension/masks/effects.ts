// Measures what the parts of a mask are worth in the compute process, for the pages of one mask file.

import * as vscode from "vscode";
import type { EffectRequest, EffectState } from "../../messages/effect.ts";
import type { ToHeatmap } from "../../messages.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { failureOf, Latest } from "./latest.ts";
import { pickAdaptations } from "./pick.ts";

/** What pages show: the effects of all parts, and of the head that was asked for last. */
type Slot = "parts" | "head";

export class MaskEffects {
  readonly #serving: ComputeProcess;
  readonly #tell: () => void;
  readonly #states = new Map<Slot, EffectState>();
  readonly #latest = new Latest();

  /** `tell` is called each time that `messages` change. */
  constructor(serving: ComputeProcess, tell: () => void) {
    this.#serving = serving;
    this.#tell = tell;
  }

  /** What a page that starts now must be told. */
  get messages(): ToHeatmap[] {
    return [...this.#states.values()].map((state) => ({ type: "effect", state }));
  }

  /**
   * Measures the mask in `file`; what is being measured is stopped, and what is known of it stays. Throws a Refusal in an untrusted
   * workspace.
   */
  async measure(file: string, request: EffectRequest): Promise<void> {
    const { head, change, seconds } = request;
    const asked = await this.#latest.begin(file, change === "swapped" ? otherMask : undefined);
    if (!asked) return;
    this.#halt();
    const { task, device, signal, chosen: other, isLatest } = asked;
    const slot: Slot = head ? "head" : "parts";
    const told = (state: Partial<EffectState>) => {
      if (!isLatest()) return;
      const effects = this.#states.get(slot)?.effects ?? null;
      this.#states.set(slot, { head, running: true, effects, failed: "", ...state });
      this.#tell();
    };
    told({ effects: null });
    try {
      const effects = await this.#serving.client.ask(
        "effect",
        {
          ...{ mask: file, change, seconds, split: "validation", other, task, device },
          ...(head && { parts: [head] }),
        },
        { signal, onEvent: (effects) => told({ effects }) },
      );
      told({ running: false, effects });
    } catch (error) {
      told({ running: false, failed: failureOf(error) });
    }
  }

  /** Stops measuring; what is known by then stays. */
  stop(): void {
    this.#latest.stop();
    this.#halt();
  }

  /** Nothing is measured any more. */
  #halt(): void {
    for (const [slot, state] of this.#states) this.#states.set(slot, { ...state, running: false });
    this.#tell();
  }

  /** The mask's file was rewritten, or its pages were closed: what was measured is no longer shown. */
  forget(): void {
    this.#latest.forget();
    this.#states.clear();
  }
}

async function otherMask(): Promise<string | undefined> {
  const placeholder = vscode.l10n.t("Choose the mask to swap parts with, one at a time");
  const [other] = (await pickAdaptations("mask", [], { placeholder, single: true })) ?? [];
  return other;
}

// Measures what the parts of a mask are worth in the compute process, for the pages of one mask file.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import type { EffectRequest, EffectState, Effects } from "../../messages/effect.ts";
import type { ToHeatmap } from "../../messages.ts";
import { Stopped } from "../../worker/errors.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { note, requireTrust } from "../ui/log.ts";
import { movedTasks } from "./moved-tasks.ts";
import { pickAdaptations } from "./pick.ts";

export class MaskEffects {
  readonly #serving: ComputeProcess;
  readonly #tell: () => void;
  #parts: EffectState | undefined;
  #head: EffectState | undefined;
  #running: AbortController | undefined;

  /** `tell` is called each time that `messages` change. */
  constructor(serving: ComputeProcess, tell: () => void) {
    this.#serving = serving;
    this.#tell = tell;
  }

  /** What a page that starts now must be told. */
  get messages(): ToHeatmap[] {
    return [this.#parts, this.#head].flatMap((state) => (state ? [{ type: "effect", state }] : []));
  }

  /** Measures the mask in `file`; what is measured already is stopped. Throws a Refusal in an untrusted workspace. */
  async measure(file: string, request: EffectRequest): Promise<void> {
    requireTrust();
    const other = request.change === "swapped" ? await otherMask() : undefined;
    if (request.change === "swapped" && other === undefined) return;
    const tasks = await movedTasks([file]);
    if (!tasks) return;
    this.stop();
    const controller = new AbortController();
    this.#running = controller;
    const { head, change, seconds } = request;
    let effects: Effects | null = null;
    const told = (state: Pick<EffectState, "running"> & Partial<EffectState>) => {
      if (this.#running !== controller) return; // something else is measured by now
      this.#keep({ head, effects, failed: "", ...state });
    };
    told({ running: true });
    try {
      effects = await this.#serving.client.ask(
        "effect",
        {
          ...{ mask: file, change, seconds, split: "validation", other, task: tasks[file] },
          device: vscode.workspace.getConfiguration("masklens").get("device", "auto"),
          ...(head && { parts: [{ ...head, kind: "all" }] }),
        },
        {
          signal: controller.signal,
          onEvent: (known) => {
            effects = known;
            told({ running: true });
          },
        },
      );
      told({ running: false });
    } catch (error) {
      if (!(error instanceof Stopped)) note(error);
      told({ running: false, failed: error instanceof Stopped ? "" : messageOf(error) });
    }
  }

  /** Stops measuring; what is known by then stays. */
  stop(): void {
    this.#running?.abort();
  }

  /** The mask's file was rewritten: what was measured is no longer true. */
  forget(): void {
    this.stop();
    this.#running = undefined;
    [this.#parts, this.#head] = [undefined, undefined];
  }

  #keep(state: EffectState): void {
    if (state.head) this.#head = state;
    else this.#parts = state;
    this.#tell();
  }
}

async function otherMask(): Promise<string | undefined> {
  const placeholder = vscode.l10n.t("Choose the mask to swap parts with, one at a time");
  const [other] = (await pickAdaptations("mask", [], { placeholder, single: true })) ?? [];
  return other;
}

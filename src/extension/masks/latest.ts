// What a page of a mask file asks the compute process, one question at a time: a new one stops the one before.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { Stopped } from "../../worker/errors.ts";
import { note, requireTrust } from "../ui/log.ts";
import { movedTasks } from "./moved-tasks.ts";

/** What a question about a mask needs, besides its own options. */
interface Asked<T> {
  /** The task file, if it is not the mask's own. */
  readonly task: string | undefined;
  readonly device: string;
  readonly signal: AbortSignal;
  /** What the user chose for this question. */
  readonly chosen: T | undefined;
  /** A question that is not the latest says nothing any more. */
  isLatest(): boolean;
}

export class Latest {
  #running = new AbortController();

  /**
   * Begins a question about the mask in `file`, and stops the one before. `choose`: asks the user for something more. undefined if
   * the user cancels. Throws a Refusal in an untrusted workspace.
   */
  async begin<T>(file: string, choose?: () => Promise<T | undefined>): Promise<Asked<T> | undefined> {
    requireTrust();
    const before = this.#running;
    const chosen = await choose?.();
    if (choose && chosen === undefined) return undefined;
    const tasks = await movedTasks([file]);
    // While the user was asked, the page may have been closed, its file rewritten, or something else asked.
    if (!tasks || this.#running !== before) return undefined;
    before.abort();
    const controller = new AbortController();
    this.#running = controller;
    return {
      task: tasks[file],
      device: vscode.workspace.getConfiguration("masklens").get("device", "auto"),
      signal: controller.signal,
      chosen,
      isLatest: () => this.#running === controller,
    };
  }

  stop(): void {
    this.#running.abort();
  }

  /** Stops the question, which then says nothing any more. */
  forget(): void {
    this.#running.abort();
    this.#running = new AbortController();
  }
}

/** Why a question failed, which is logged; empty if it was stopped. */
export function failureOf(error: unknown): string {
  if (error instanceof Stopped) return "";
  note(error);
  return messageOf(error);
}

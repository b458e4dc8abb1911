// The extension host's end of the mask thread: starts it, sends requests, and rejects them when it ends.

import path from "node:path";
import { Worker } from "node:worker_threads";
import { modelFolders } from "../models/found.ts";
import { isTrusted } from "../ui/trust.ts";
import type { MaskReply, MaskRequests } from "./mask-requests.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly part: ((value: unknown) => void) | undefined;
}

/** A thread that caches the masks it has read; dispose it to free them. */
export class MaskService {
  readonly #thread: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #over: Error | undefined;

  constructor() {
    this.#thread = new Worker(path.join(__dirname, "mask-thread.cjs")); // it is built beside the extension's own bundle
    this.#thread.on("message", (reply: MaskReply) => {
      if (reply.type === "models wanted") return void this.#tellModels();
      const pending = this.#pending.get(reply.id);
      if (reply.type === "part") return pending?.part?.(reply.value);
      this.#pending.delete(reply.id);
      if (reply.type === "error") pending?.reject(new Error(reply.message));
      else pending?.resolve(reply.value);
    });
    this.#thread.on("error", (error) => this.#end(error));
    this.#thread.on("exit", () => this.#end(new Error("the thread that reads masks ended unexpectedly")));
  }

  ask<N extends keyof MaskRequests>(
    name: N,
    params: MaskRequests[N]["params"],
    part?: (value: MaskRequests[N]["part"]) => void,
  ): Promise<MaskRequests[N]["answer"]> {
    if (this.#over) return Promise.reject(this.#over);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        resolve: resolve as Pending["resolve"],
        reject,
        part: part as Pending["part"],
      });
      this.#thread.postMessage({ id, name, params });
    });
  }

  get ended(): boolean {
    return this.#over !== undefined;
  }

  dispose(): void {
    void this.#thread.terminate();
  }

  async #tellModels(): Promise<void> {
    const folders = isTrusted() ? await modelFolders().catch(() => []) : []; // the thread waits for an answer
    await this.ask("models", { folders }).catch(() => undefined); // it may have ended meanwhile
  }

  #end(error: Error): void {
    this.#over ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

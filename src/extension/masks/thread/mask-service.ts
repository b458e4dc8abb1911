// The extension host's end of the mask thread: starts it, and sends it requests through a channel.

import path from "node:path";
import { Worker } from "node:worker_threads";
import { Asker, type Asking, threadPort } from "../../../worker/channel.ts";
import { modelFolders } from "../../models/found.ts";
import { isTrusted } from "../../ui/trust.ts";
import type { MaskRequests } from "./requests.ts";

/** A thread that caches the masks it has read; dispose it to free them. Open requests reject when it ends. */
export class MaskService {
  readonly #thread: Worker;
  readonly #asker: Asker<MaskRequests>;

  constructor() {
    this.#thread = new Worker(path.join(__dirname, "mask-thread.cjs")); // built next to the extension's own bundle
    this.#asker = new Asker(threadPort(this.#thread), async () => (isTrusted() ? modelFolders() : []));
    this.#thread.on("error", (error) => this.#asker.close(error));
    this.#thread.on("exit", () => this.#asker.close(new Error("the thread that reads masks ended unexpectedly")));
  }

  ask<N extends keyof MaskRequests>(
    name: N,
    params: MaskRequests[N]["params"],
    asking?: Asking<MaskRequests[N]["event"]>,
  ): Promise<MaskRequests[N]["answer"]> {
    return this.#asker.ask(name, params, asking);
  }

  get ended(): boolean {
    return this.#asker.closed;
  }

  dispose(): void {
    void this.#thread.terminate();
  }
}

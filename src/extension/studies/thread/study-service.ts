// The extension host's end of a study thread.

import path from "node:path";
import { Worker } from "node:worker_threads";
import { Asker, type Asking, threadPort } from "../../../worker/channel.ts";
import type { StudyRequests, ThreadData } from "./requests.ts";

/** A thread that reads studies, or plans and runs one. Open requests reject when it ends. */
export class StudyThread {
  readonly #worker: Worker;
  readonly #asker: Asker<StudyRequests>;

  constructor(workerData: ThreadData) {
    this.#worker = new Worker(path.join(__dirname, "study-thread.cjs"), { workerData }); // built next to the extension's own bundle
    this.#asker = new Asker<StudyRequests>(threadPort(this.#worker));
    this.#worker.on("error", (error) => this.#asker.close(error));
    this.#worker.on("exit", () => this.#asker.close(new Error("the thread that runs studies ended unexpectedly")));
  }

  get ended(): boolean {
    return this.#asker.closed;
  }

  /** Whether no request is open. */
  get idle(): boolean {
    return this.#asker.idle;
  }

  ask<N extends keyof StudyRequests>(
    name: N,
    params: StudyRequests[N]["params"],
    asking?: Asking<StudyRequests[N]["event"]>,
  ): Promise<StudyRequests[N]["answer"]> {
    return this.#asker.ask(name, params, asking);
  }

  /** Ends the thread now. */
  async dispose(): Promise<void> {
    await this.#worker.terminate();
  }
}

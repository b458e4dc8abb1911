// The compute processes: one that trains and one that serves, each started when it is first needed and again after its end.

import path from "node:path";
import type { ExtensionContext } from "vscode";
import { WorkerClient } from "../worker/client.ts";
import type { Requests } from "../worker/protocol.ts";

export type Compute = WorkerClient<Requests>;

/** A compute process that is there when it is asked for. */
export class ComputeProcess {
  readonly #script: string;
  #client: Compute | undefined;

  constructor(context: ExtensionContext) {
    this.#script = path.join(context.extensionPath, "dist", "worker.js");
  }

  get client(): Compute {
    if (!this.#client || this.#client.ended) this.#client = new WorkerClient<Requests>({ script: this.#script });
    return this.#client;
  }

  /** Its number, for who wants to end it by hand; undefined while there is none. */
  get pid(): number | undefined {
    return this.#client?.ended ? undefined : this.#client?.pid;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined; // who asks from now on gets a new process
    await client?.close();
  }
}

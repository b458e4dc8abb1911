// The compute processes: one that trains and one that serves, each started when it is first needed and again after its end.

import path from "node:path";
import type { ExtensionContext } from "vscode";
import { WorkerClient } from "../worker/client.ts";
import type { Requests } from "../worker/protocol.ts";
import { modelFolders } from "./found.ts";

export type Compute = WorkerClient<Requests>;

/** A compute process that is there when it is asked for. */
export class ComputeProcess {
  readonly #script: string;
  #client: Compute | undefined;
  /** Former ones, which still answer what they were asked. */
  readonly #retired = new Set<Compute>();

  constructor(context: ExtensionContext) {
    this.#script = path.join(context.extensionPath, "dist", "worker.js");
  }

  get client(): Compute {
    if (!this.#client || this.#client.ended)
      this.#client = new WorkerClient<Requests>({ script: this.#script, models: modelFolders });
    return this.#client;
  }

  /** Ends the process when it has answered all that it was asked; who asks from now on gets a new one. */
  retire(): void {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    this.#retired.add(client);
    void client.retire().finally(() => this.#retired.delete(client));
  }

  /** Ends the process now, and former ones; what they are asked rejects. */
  async close(): Promise<void> {
    this.retire();
    await Promise.all([...this.#retired].map((client) => client.close()));
  }
}

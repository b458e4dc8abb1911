// Compute processes for the extension: the only way by which it computes.

import path from "node:path";
import type { ExtensionContext } from "vscode";
import { WorkerClient } from "../worker/client.ts";
import type { Requests } from "../worker/protocol.ts";

export type Compute = WorkerClient<Requests>;

/** A compute process of its own; the asker closes it. */
export function startCompute({ extensionPath }: Pick<ExtensionContext, "extensionPath">): Compute {
  return new WorkerClient<Requests>({ script: path.join(extensionPath, "dist", "worker.js") });
}

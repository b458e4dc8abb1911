// A command's compute process, and what Ctrl+C does to it.

import { fileURLToPath } from "node:url";
import { WorkerClient } from "../worker/client.ts";
import { type Requests, Stopped } from "../worker/protocol.ts";
import type { Terminal } from "./terminal.ts";

export type Compute = WorkerClient<Requests>;

/**
 * Runs `use` with a compute process and a signal. The first Ctrl+C fires the signal, so that work stops at the next good
 * place; the second kills the process.
 */
export async function withCompute<T>(
  { err }: Terminal,
  use: (compute: Compute, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const compute: Compute = startCompute();
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) return compute.kill();
    if (err.isTTY) err.write("\r\x1b[K");
    err.write("stopping after this step (Ctrl+C again to kill it)\n");
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  try {
    const result = await use(compute, controller.signal);
    if (controller.signal.aborted) throw new Stopped();
    return result;
  } finally {
    process.off("SIGINT", interrupt);
    await compute.close();
  }
}

/** A compute process of its own; its program lies beside this one's bundle. */
export function startCompute(): Compute {
  return new WorkerClient<Requests>({ script: fileURLToPath(new URL("worker.js", import.meta.url)) });
}

// The extension host's end of the data thread.

import path from "node:path";
import { Worker } from "node:worker_threads";
import { Asker, threadPort } from "../../../worker/channel.ts";
import type { DataRequests } from "./requests.ts";

/** Sends a request to a thread of its own, which ends with the answer: data files are read rarely. */
export async function askDataThread<N extends keyof DataRequests>(
  name: N,
  params: DataRequests[N]["params"],
): Promise<DataRequests[N]["answer"]> {
  const worker = new Worker(path.join(__dirname, "data-thread.cjs")); // built next to the extension's own bundle
  const asker = new Asker<DataRequests>(threadPort(worker));
  worker.on("error", (error) => asker.close(error));
  worker.on("exit", () => asker.close(new Error("the thread that reads data files ended unexpectedly")));
  try {
    return await asker.ask(name, params);
  } finally {
    void worker.terminate();
  }
}

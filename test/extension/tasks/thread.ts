// The thread that reads data files, as the extension host starts it.

import type { TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import type { DataRequests } from "../../../src/extension/tasks/thread/requests.ts";
import { Asker, threadPort } from "../../../src/worker/channel.ts";

export function dataThread(t: TestContext): Asker<DataRequests> {
  const worker = new Worker("./dist/data-thread.cjs");
  t.after(() => worker.terminate());
  return new Asker<DataRequests>(threadPort(worker));
}

// The extension host's end of the mask thread: starts it, and sends it requests through a channel.

import path from "node:path";
import { Worker } from "node:worker_threads";
import { Asker, type Asking, threadPort } from "../../../worker/channel.ts";
import { modelFolders } from "../../models/found.ts";
import { isTrusted } from "../../ui/trust.ts";
import type { MaskRequests } from "./requests.ts";

interface Thread {
  readonly worker: Worker;
  readonly asker: Asker<MaskRequests>;
}

/** The maximum number of idle threads, and how long they are kept, in milliseconds. */
const MOST_IDLE = 2;
const KEEP_IDLE = 60_000;

/** Threads kept from earlier services: a kept thread needs no start-up and counts about twice as fast as a new one. */
const idle: { readonly thread: Thread; readonly end: NodeJS.Timeout }[] = [];

/** A thread that caches the masks it has read; dispose it to free them. Open requests reject when it ends. */
export class MaskService {
  readonly #thread = taken() ?? started();
  #disposed = false;

  ask<N extends keyof MaskRequests>(
    name: N,
    params: MaskRequests[N]["params"],
    asking?: Asking<MaskRequests[N]["event"]>,
  ): Promise<MaskRequests[N]["answer"]> {
    return this.#disposed ? Promise.reject(ENDED()) : this.#thread.asker.ask(name, params, asking);
  }

  get ended(): boolean {
    return this.#disposed || this.#thread.asker.closed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { worker, asker } = this.#thread;
    if (asker.idle && !asker.closed && idle.length < MOST_IDLE) void keep(this.#thread);
    else void worker.terminate();
  }
}

const ENDED = () => new Error("the thread that reads masks ended unexpectedly");

function started(): Thread {
  const worker = new Worker(path.join(__dirname, "mask-thread.cjs")); // built next to the extension's own bundle
  const asker = new Asker<MaskRequests>(threadPort(worker), async () => (isTrusted() ? modelFolders() : []));
  worker.on("error", (error) => asker.close(error));
  worker.on("exit", () => asker.close(ENDED()));
  return { worker, asker };
}

/** Frees the masks that a thread has read, and keeps the thread for the next service. */
async function keep(thread: Thread): Promise<void> {
  try {
    await thread.asker.ask("forget", {});
  } catch {
    return; // it has ended
  }
  if (idle.length >= MOST_IDLE) return void thread.worker.terminate();
  const end = setTimeout(() => {
    idle.splice(idle.indexOf(kept), 1);
    void thread.worker.terminate();
  }, KEEP_IDLE).unref();
  const kept = { thread, end };
  idle.push(kept);
}

/** Takes an idle thread that is still running; undefined if there is none. */
function taken(): Thread | undefined {
  for (let kept = idle.pop(); kept; kept = idle.pop()) {
    clearTimeout(kept.end);
    if (!kept.thread.asker.closed) return kept.thread;
  }
  return undefined;
}

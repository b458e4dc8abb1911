// The compute process's end of the channel: each request gets exactly one answer, even if its handler throws.

import { constants } from "node:os";
import { tick } from "../pulse.ts";
import type { Answers, CallsOf, NameIn, Reply, Request } from "./protocol.ts";
import { packError, Stopped } from "./protocol.ts";

/**
 * Answers the parent's requests, several at a time, until the channel closes; then stops open requests at the next safe point
 * (a run at a checkpoint) and ends the process.
 */
export function serve<C extends CallsOf<C>>(answers: Answers<C>): void {
  const running = new Map<number, AbortController>();
  const waiting = new Map<number, (folders: readonly string[]) => void>();
  const open = new Set<Promise<void>>();
  const send = (reply: Reply<C>) => {
    // A dead parent is noticed after the current step; an unhandled send error would end this process before.
    tick();
    if (process.connected) process.send!(reply, undefined, undefined, () => undefined);
  };

  async function answer<N extends NameIn<C>>(id: number, name: N, params: C[N]["params"]): Promise<Reply<C>> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (!Object.hasOwn(answers, name)) throw new Error(`the compute process does not know the request ${name}`);
      const emit = (event: C[N]["event"]) => send({ type: "event", id, event });
      const context = { emit, signal: controller.signal, models: modelsOf(id) };
      return { type: "answer", id, answer: await answers[name](params, context) };
    } catch (error) {
      const aborted = controller.signal.aborted && (error as Error | undefined)?.name === "AbortError";
      return { type: "error", id, error: packError(aborted ? new Stopped() : error) };
    } finally {
      running.delete(id);
      waiting.delete(id);
    }
  }

  /** Asks the parent for its model folders on the first call. */
  function modelsOf(id: number): () => Promise<readonly string[]> {
    let folders: Promise<readonly string[]> | undefined;
    return () => {
      folders ??= new Promise((resolve) => {
        waiting.set(id, resolve);
        send({ type: "models wanted", id });
      });
      return folders;
    };
  }

  /** Stops open requests at the next safe point, then ends the process. */
  function leave(code: number): void {
    for (const controller of running.values()) controller.abort();
    for (const answered of waiting.values()) answered([]);
    void Promise.allSettled(open).then(() => process.exit(code));
  }

  process.on("message", (message: Request<C>) => {
    tick();
    if (message.type === "cancel") running.get(message.id)?.abort();
    else if (message.type === "models") waiting.get(message.id)?.(message.folders);
    else {
      const work = answer(message.id, message.name, message.params).then(send);
      open.add(work);
      void work.finally(() => open.delete(work));
    }
  });
  process.on("disconnect", () => leave(0));
  // A terminal sends SIGINT and SIGHUP to the whole process group; the parent decides what to do.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  // A system shutdown also ends the parent; a manual SIGTERM is meant for this process.
  process.on("SIGTERM", () => leave(128 + constants.signals.SIGTERM));
}

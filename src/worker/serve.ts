// The compute process's end of the channel: answers its parent until the channel closes or the system asks it to end.

import { constants } from "node:os";
import { tick } from "../pulse.ts";
import { Answerer, type Answers, type CallsOf, type Port, type Reply, type Request } from "./channel.ts";

/** The port to the parent. Each message counts as progress. */
function parentPort<C extends CallsOf<C>>(): Port<Reply<C>, Request<C>> {
  return {
    post(reply) {
      tick();
      // An unhandled send error would end this process before it has noticed that its parent is dead.
      if (process.connected) process.send!(reply, undefined, undefined, () => undefined);
    },
    onMessage(listener) {
      process.on("message", (request: Request<C>) => {
        tick();
        listener(request);
      });
    },
  };
}

/**
 * Answers the parent's requests until the channel closes; then stops open requests at the next safe point (a run at a
 * checkpoint) and ends the process.
 */
export function serve<C extends CallsOf<C>>(answers: Answers<C>): void {
  const answerer = new Answerer(parentPort<C>(), answers);
  const leave = (code: number) => void answerer.stop().then(() => process.exit(code));
  process.on("disconnect", () => leave(0));
  // A terminal sends SIGINT and SIGHUP to the whole process group; the parent decides what to do.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  // A system shutdown also ends the parent; a manual SIGTERM is meant for this process.
  process.on("SIGTERM", () => leave(128 + constants.signals.SIGTERM));
}

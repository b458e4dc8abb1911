// Nobody is left behind: a thread that ends the compute process once its parent is gone. It must be a thread, because
// ONNX Runtime blocks the main one for as long as a step takes, and a killed parent cannot say goodbye.

import { rmdirSync } from "node:fs";
import { Worker } from "node:worker_threads";

const PAUSE = 500;

/**
 * Watches the process `parent` and, when it is gone for `grace` milliseconds, kills this one (and removes its folder, if
 * empty). Within that time a run can come to its checkpoint.
 */
export function startWatchdog(parent: number, grace = 0): void {
  new Worker(`(${watch})(${parent}, ${PAUSE}, ${grace})`, { eval: true }).unref();
  process.on("exit", () => {
    try {
      rmdirSync(process.cwd());
    } catch {} // not empty, not ours, or removed by the parent
  });
}

/** Runs in the thread, from its source text: it may use nothing from outside. */
async function watch(parent: number, pause: number, grace: number): Promise<void> {
  const { rmdirSync } = await import("node:fs");
  let gone = 0;
  setInterval(() => {
    if (process.ppid === parent && lives()) return;
    gone ||= Date.now();
    if (Date.now() - gone < grace) return;
    try {
      rmdirSync(process.cwd());
    } catch {} // not empty, or not ours
    process.kill(process.pid, "SIGKILL");
  }, pause);

  /** On Windows a process keeps the number of a parent that is gone. */
  function lives(): boolean {
    try {
      return process.kill(parent, 0);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }
}

// Nobody is left behind: a thread that ends the compute process once its parent is gone. It must be a thread, because
// ONNX Runtime blocks the main one for as long as a step takes, and a killed parent cannot say goodbye.

import { Worker } from "node:worker_threads";

const PAUSE = 500;

/** Watches the process `parent` and kills this one (and removes its folder, if empty) when it is gone. */
export function startWatchdog(parent: number): void {
  new Worker(`(${watch})(${parent}, ${PAUSE})`, { eval: true }).unref();
}

/** Runs in the thread, from its source text: it may use nothing from outside. */
async function watch(parent: number, pause: number): Promise<void> {
  const { rmdirSync } = await import("node:fs");
  setInterval(() => {
    if (process.ppid === parent && lives()) return;
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

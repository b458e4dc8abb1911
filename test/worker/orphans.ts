// Kills parents of compute processes, and sees how soon those are gone, wherever they were.

import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { isAlive } from "../../src/processes.ts";
import { HANG } from "../host/until.ts";
import type { Where } from "./blocked.ts";

/** Half of the time inside what blocks the main thread. */
const PLACES: readonly Where[] = ["native", "steps", "regex", "steps"];

/**
 * Kills a parent so many times and waits each time until its compute process is gone: how many are, and the longest that it
 * took, in milliseconds. What is not gone after minutes is ended here and does not count.
 */
export async function orphans(times: number): Promise<{ died: number; slowestMs: number }> {
  // Below dist, so that the program finds the packages that it imports.
  const folder = mkdtempSync(path.resolve("dist", "orphans-"));
  const program = path.join(folder, "blocked.mjs");
  execFileSync(process.execPath, [
    path.resolve("node_modules/esbuild/bin/esbuild"),
    ...["test/worker/blocked.ts", "--bundle", "--platform=node", "--format=esm", "--log-level=warning"],
    ...["--external:koffi", "--external:onnxruntime-node", `--outfile=${program}`],
  ]);
  let [died, slowestMs] = [0, 0];
  try {
    for (let i = 0; i < times; i++) {
      const took = await orphan(program, PLACES[i % PLACES.length]!, i);
      if (took === undefined) continue;
      died++;
      slowestMs = Math.max(slowestMs, took);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { died, slowestMs };
}

/** Milliseconds from the parent's death to the compute process's; undefined where that goes on living. */
async function orphan(program: string, where: Where, moment: number): Promise<number | undefined> {
  const parent = fork(program, [where], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const pid = await begun(parent);
  await pause((moment * 37) % 300); // kills at different moments, the same each time
  parent.kill("SIGKILL");
  const start = performance.now();
  while (isAlive(pid)) {
    if (performance.now() - start > HANG) {
      process.kill(pid, "SIGKILL");
      return undefined;
    }
    await pause(5);
  }
  return performance.now() - start;
}

/** The compute process's number, once that is at work. */
function begun(parent: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    parent.once("message", (pid) => resolve(pid as number));
    parent.once("exit", (code) => reject(new Error(`the parent ended with ${code} before it was killed`)));
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// Runs a command's compute process, and stops it on signals.

import { fileURLToPath } from "node:url";
import { computeEnvironment } from "../device/auto.ts";
import { cudaFolder } from "../device/cuda/folder.ts";
import { duration } from "../numbers.ts";
import { memoryIn } from "../runtime/machine-memory.ts";
import { type ClientOptions, WorkerClient } from "../worker/client.ts";
import { memoryVariable } from "../worker/environment.ts";
import { Stopped } from "../worker/errors.ts";
import type { Requests } from "../worker/protocol.ts";
import { onStop } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

export type Compute = WorkerClient<Requests>;

/** The message for each kind of signal, shown when the first one arrives. */
const STOPPING = {
  SIGINT: "stopping after this step (press Ctrl+C again to kill the process)",
  SIGTERM: "received SIGTERM: stopping after this step",
  SIGHUP: "the terminal was closed (SIGHUP): stopping after this step",
};

/**
 * Runs `use` with a compute process, which may use so much `memory` (see `memoryIn`), and an abort signal. The first Ctrl+C (or SIGTERM, or SIGHUP) aborts, so that work stops
 * after the current step; the second kills the process.
 */
export async function withCompute<T>(
  { err }: Terminal,
  use: (compute: Compute, signal: AbortSignal) => Promise<T>,
  memory?: string,
): Promise<T> {
  if (memory !== undefined) memoryIn(memory, { at: "--memory" });
  const say = (text: string) => err.write(`${err.isTTY ? "\r\x1b[K" : ""}${text}\n`);
  const compute: Compute = startCompute((seconds) => say(silenceText(seconds)), memory);
  const controller = new AbortController();
  const off = onStop((signal, again) => {
    if (again) return compute.kill();
    say(STOPPING[signal]);
    controller.abort();
  });
  try {
    const result = await use(compute, controller.signal);
    if (controller.signal.aborted) throw new Stopped();
    return result;
  } finally {
    // Keep handling signals until the process has ended, so that a second one cannot orphan it.
    await compute.close();
    off();
  }
}

/** The message shown when a process stops responding, and when it responds again. */
export function silenceText(seconds: number | null): string {
  if (seconds === null) return "the compute process is responding again";
  return `the compute process is not responding (no progress for ${duration(seconds)}). Wait, or press Ctrl+C twice to end it; a run can be resumed from its last checkpoint.`;
}

/** Starts a compute process; its script is in the same folder as this bundle. */
export function startCompute(onSilence?: ClientOptions["onSilence"], memory?: string): Compute {
  const script = fileURLToPath(new URL("worker.js", import.meta.url));
  const environment = {
    ...computeEnvironment(cudaFolder(), process.env),
    ...(memory !== undefined && memoryVariable(memory)),
  };
  return new WorkerClient<Requests>({ script, environment, ...(onSilence && { onSilence }) });
}

// A command's compute process, and what signals do to it.

import { fileURLToPath } from "node:url";
import { duration } from "../numbers.ts";
import { type ClientOptions, WorkerClient } from "../worker/client.ts";
import { type Requests, Stopped } from "../worker/protocol.ts";
import { onStop } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

export type Compute = WorkerClient<Requests>;

/** What is written at the first of each signal. */
const STOPPING = {
  SIGINT: "stopping after this step (Ctrl+C again to kill it)",
  SIGTERM: "asked to end (SIGTERM): stopping after this step",
  SIGHUP: "the terminal is gone (SIGHUP): stopping after this step",
};

/**
 * Runs `use` with a compute process and a signal. The first Ctrl+C (or SIGTERM, or SIGHUP) fires the signal, so that work
 * stops at the next good place; the second kills the process.
 */
export async function withCompute<T>(
  { err }: Terminal,
  use: (compute: Compute, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const say = (text: string) => err.write(`${err.isTTY ? "\r\x1b[K" : ""}${text}\n`);
  const compute: Compute = startCompute((seconds) => say(silenceText(seconds)));
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
    // Signals stay ours until the process is gone, so that a second one does not leave it behind.
    await compute.close();
    off();
  }
}

/** What is written when a process stops responding, and when it responds again. */
export function silenceText(seconds: number | null): string {
  if (seconds === null) return "the compute process makes progress again";
  return `the compute process is not responding (no progress for ${duration(seconds)}). Wait, or press Ctrl+C twice to end it; a run is resumed from its last checkpoint.`;
}

/** A compute process of its own; its program lies beside this one's bundle. */
export function startCompute(onSilence?: ClientOptions["onSilence"]): Compute {
  const script = fileURLToPath(new URL("worker.js", import.meta.url));
  return new WorkerClient<Requests>({ script, ...(onSilence && { onSilence }) });
}

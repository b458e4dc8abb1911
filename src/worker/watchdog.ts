// A second thread, because regular expressions and copies to a device block the main thread. It kills the compute process once its
// parent has died, and reports the process's progress to the parent.

import { rmdirSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { pulse, SLOW, STEP_MS, STEPS, TICKS } from "../pulse.ts";
import { PARENT } from "./environment.ts";

/** The file descriptor of the pipe to the parent; the standard streams and the channel come before it. */
export const BEATS = 4;

/** In milliseconds: how often to check the parent, and how often to send a beat. */
const TIMES = { look: 200, beat: 500 };

/**
 * Watches this process's parent and kills this process `grace` milliseconds after the parent's death (and removes its folder,
 * if empty). Sends a `Beat` as a line of JSON into the pipe when something has changed.
 */
export function startWatchdog(grace = 0): void {
  process.on("exit", () => {
    try {
      rmdirSync(process.cwd());
    } catch {} // not empty, not ours, or removed by the parent
  });
  const parent = Number(process.env[PARENT] ?? process.ppid);
  // The parent may have died during startup, so that this process already has a different parent. (On Windows, the pipe closes.)
  if (process.platform !== "win32" && process.ppid !== parent) process.exit();
  const places = { TICKS, STEPS, STEP_MS, SLOW };
  const given = { parent, grace, pulse, places, ...TIMES, pipe: process.connected ? BEATS : null };
  new Worker(`(${watch})(require("node:worker_threads").workerData)`, { eval: true, workerData: given }).unref();
}

interface Watched {
  readonly parent: number;
  readonly grace: number;
  readonly pulse: Int32Array;
  readonly places: { readonly TICKS: number; readonly STEPS: number; readonly STEP_MS: number; readonly SLOW: number };
  readonly look: number;
  readonly beat: number;
  readonly pipe: number | null;
}

/** Runs in the thread, from its source text, so it must not use anything defined outside it. */
async function watch({ parent, grace, pulse, places, look, beat, pipe }: Watched): Promise<void> {
  const { rmdirSync } = await import("node:fs");
  const { Socket } = await import("node:net");
  const at = (place: number) => Atomics.load(pulse, place);
  let goneAt: number | undefined;

  // The pipe closes the moment the parent dies, on every system.
  const socket = pipe === null ? undefined : new Socket({ fd: pipe });
  socket?.resume().on("error", () => undefined);
  socket?.on("close", orphaned);
  // A fork of the parent may keep the other end open, so the parent's process ID is checked, too; this check notices
  // the death later than the pipe does.
  setInterval(() => {
    if (process.ppid !== parent || !lives()) orphaned();
  }, look);

  let told = "";
  if (socket)
    setInterval(() => {
      const [ticks, steps, slow] = [at(places.TICKS), at(places.STEPS), at(places.SLOW) > 0];
      const resident = process.memoryUsage.rss();
      const news = `${ticks} ${slow} ${resident >> 20}`;
      // A blocked parent reads nothing; do not queue beats that it would read late.
      if (news === told || socket.writableLength) return;
      told = news;
      socket.write(`${JSON.stringify({ ticks, steps, stepMs: at(places.STEP_MS), slow, resident })}\n`);
    }, beat);

  function orphaned(): void {
    goneAt ??= performance.now();
    setTimeout(end, Math.max(0, goneAt + grace - performance.now()));
  }

  function end(): void {
    try {
      rmdirSync(process.cwd());
    } catch {} // not empty, or not ours
    process.kill(process.pid, "SIGKILL");
  }

  /** Whether the parent is alive. On Windows, a process keeps the ID of its dead parent. */
  function lives(): boolean {
    try {
      return process.kill(parent, 0);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }
}

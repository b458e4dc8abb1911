// The process in which inputs are read: a crash or an endless loop ends it alone, and the bench knows at which input.

import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { inputOf, judge, writeInput } from "../fuzz/run.ts";

/** What an input did wrong, a JSON line on standard output. */
export interface Fault {
  readonly index: number;
  readonly kind: "untyped" | "slow" | "memory";
  readonly message: string;
}

/** What the bench bounds. */
export const MOST_SECONDS = 2;
export const mostBytes = (size: number) => 64 * 2 ** 20 + 4 * size;

const say = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`);
/** Of a message, in letters: a pipe takes some kilobytes at once. */
const LONGEST = 3000;

/** fuzz child FORMAT SEED FROM TO FOLDER: says the number of each input before it is read, and what it did wrong. */
export async function fuzzChild([
  name = "",
  seed = "",
  from = "",
  to = "",
  folder = "",
]: readonly string[]): Promise<void> {
  let refused = 0;
  let slowest = 0;
  let largest = 0;
  await judge(name, folder); // what is loaded at the first use is not the input's
  collect();
  const base = process.memoryUsage.rss();
  for (let index = Number(from); index < Number(to); index++) {
    say(index);
    const files = await inputOf(name, Number(seed), index);
    const size = writeInput(folder, files);
    let growth = await measured(name, folder, base);
    if (growth.bytes > mostBytes(size)) {
      // Garbage of other inputs counts there: again without it, but with all that the heap has free and may use unseen.
      collect();
      const { rss, heapTotal, heapUsed } = process.memoryUsage();
      growth = { ...(await measured(name, folder, rss - (heapTotal - heapUsed))), seconds: growth.seconds };
    }
    const { seconds, bytes, outcome } = growth;
    const message = growth.message.slice(0, LONGEST);
    slowest = Math.max(slowest, seconds);
    largest = Math.max(largest, bytes);
    if (outcome !== "read") refused++;
    if (outcome === "untyped") say({ index, kind: "untyped", message } satisfies Fault);
    if (seconds > MOST_SECONDS)
      say({ index, kind: "slow", message: `${seconds.toFixed(1)} s; ${message}` } satisfies Fault);
    if (bytes > mostBytes(size))
      say({
        index,
        kind: "memory",
        message: `${Math.round(bytes / 1e6)} MB of ${size} bytes; ${message}`,
      } satisfies Fault);
  }
  say({ refused, slowest, largest });
}

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

/** Processor time, for the machine may be busy, and how far the peak of resident memory was over `base`. */
async function measured(name: string, folder: string, base: number) {
  resetPeak();
  const start = process.cpuUsage();
  const verdict = await judge(name, folder);
  const { user, system } = process.cpuUsage(start);
  return { ...verdict, seconds: (user + system) / 1e6, bytes: Math.max(0, peak() - base) };
}

/** Linux: makes the peak of resident memory what it is now. Elsewhere it is that of all inputs so far. */
function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // The peak only rises; an input over it is still seen.
  }
}

function peak(): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))?.[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}

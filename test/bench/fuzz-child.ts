// The process that reads the inputs: a crash or an endless loop ends only this process, and the benchmark knows which
// input caused it.

import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { inputOf, judge, writeInput } from "../fuzz/run.ts";

/** What an input did wrong, as a JSON line on standard output. */
export interface Fault {
  readonly index: number;
  readonly kind: "untyped" | "slow" | "memory";
  readonly message: string;
}

/** The limits that the benchmark checks. */
export const MOST_SECONDS = 2;
export const mostBytes = (size: number) => 64 * 2 ** 20 + 4 * size;

const say = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`);
/** The most characters of a message: a pipe takes a few kilobytes at a time. */
const LONGEST = 3000;

/** fuzz child FORMAT SEED FROM TO FOLDER: prints the number of each input before reading it, and what it did wrong. */
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
  await judge(name, folder); // code loaded on first use does not count
  collect();
  const base = process.memoryUsage.rss();
  for (let index = Number(from); index < Number(to); index++) {
    say(index);
    const files = await inputOf(name, Number(seed), index);
    const size = writeInput(folder, files);
    let growth = await measured(name, folder, base);
    if (growth.bytes > mostBytes(size)) {
      // This includes garbage of earlier inputs. Measure again without it, but count the heap's free memory, which may
      // be used unnoticed.
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

/** Processor time, because the machine may be busy, and how far the peak of resident memory exceeded `base`. */
async function measured(name: string, folder: string, base: number) {
  resetPeak();
  const start = process.cpuUsage();
  const verdict = await judge(name, folder);
  const { user, system } = process.cpuUsage(start);
  return { ...verdict, seconds: (user + system) / 1e6, bytes: Math.max(0, peak() - base) };
}

/** Linux: resets the peak of resident memory. Elsewhere it is the peak over all inputs so far. */
function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // The peak only rises; an input that exceeds it is still noticed.
  }
}

function peak(): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))?.[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}

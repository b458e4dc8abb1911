// Measures the available memory, so that what needs more is refused, and a process about to exhaust it can be killed with an
// explanation. The system's OOM killer does not explain itself, and may kill another program.

import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import path from "node:path";
import { InputError, type Place } from "../errors.ts";
import { bytes } from "../numbers.ts";
import { quoted } from "../visible.ts";

/** In bytes: the limit for this process (the machine's or its container's memory), and how much of it is available. */
export interface Memory {
  readonly total: number;
  readonly available: number;
}

/** Reads a whole text file; throws if it does not exist. */
export type ReadText = (file: string) => string;

const readText: ReadText = (file) => readFileSync(file, "latin1");

/**
 * The tightest limit among the machine's memory (with swap) and the control groups that contain this process.
 * undefined on macOS, where the number of free pages means little: the system compresses and swaps memory, and asks the
 * user before ending a program.
 */
export function machineMemory(platform = process.platform, read = readText): Memory | undefined {
  if (platform === "darwin") return undefined;
  if (platform !== "linux") return { total: totalmem(), available: freemem() };
  try {
    const info = read("/proc/meminfo");
    const lines = info.split("\n");
    const kilobytes = (name: string) =>
      Number(/ (\d+) kB/.exec(lines.find((line) => line.startsWith(`${name}:`)) ?? "")?.[1] ?? Number.NaN);
    const machine = {
      total: 1024 * kilobytes("MemTotal"),
      available: 1024 * (kilobytes("MemAvailable") + (kilobytes("SwapFree") || 0)),
    };
    if (Number.isNaN(machine.total + machine.available)) return undefined; // a kernel before 3.14
    return controlGroups(read).reduce((least, group) => (group.available < least.available ? group : least), machine);
  } catch {
    return undefined; // no /proc
  }
}

/** The memory of each control group (v1 or v2) that contains this process; groups without a limit are left out. */
function controlGroups(read: ReadText): Memory[] {
  const found: Memory[] = [];
  for (const line of read("/proc/self/cgroup").split("\n")) {
    const [, controllers, own] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || own === undefined) continue;
    const second = controllers === "";
    if (!second && !controllers.split(",").includes("memory")) continue;
    const root = second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    // Inside a container, the path may be the host's, and the container's own group is mounted as the root.
    for (let group = path.posix.join("/", own); ; group = path.posix.dirname(group)) {
      const memory = controlGroup(path.posix.join(root, group), second, read);
      if (memory) found.push(memory);
      if (group === "/") break;
    }
  }
  return found;
}

function controlGroup(folder: string, second: boolean, read: ReadText): Memory | undefined {
  const number = (name: string) => Number(read(path.posix.join(folder, name)));
  try {
    const total = number(second ? "memory.max" : "memory.limit_in_bytes"); // NaN for "max"
    const used = number(second ? "memory.current" : "memory.usage_in_bytes");
    // The page cache counts as used, but is reclaimed before anything is killed.
    const cached = read(path.posix.join(folder, "memory.stat")).matchAll(
      second ? /^(?:in)?active_file (\d+)/gm : /^total_(?:in)?active_file (\d+)/gm,
    );
    const available = [...cached].reduce((sum, [, size]) => sum + Number(size), total - used);
    return Number.isNaN(available) ? undefined : { total, available };
  } catch {
    return undefined; // the root group has no limit, or the path is the host's and does not exist in this container
  }
}

/**
 * A process's resident memory, in bytes: from the system if available, otherwise `told`, which is the value that the
 * process reported last.
 */
export function residentOf(pid: number | undefined, told: number, read = readText): number {
  try {
    return 1024 * Number(/^VmRSS:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`))![1]);
  } catch {
    return told;
  }
}

/** A sixteenth of the memory must stay free: a step may take hundreds of megabytes before the next check. */
const RESERVE = { share: 1 / 16, least: 128e6, most: 1e9 };
/** A process that uses less than this fraction of the memory is not considered the cause. */
const TO_BLAME = 1 / 10;

/** Whether a process of this size must be killed now, before memory runs out. */
export function exhausts(resident: number, { total, available }: Memory): boolean {
  const reserve = Math.min(Math.max(total * RESERVE.share, RESERVE.least), RESERVE.most);
  return available < reserve && resident > total * TO_BLAME;
}

/** Why the process was killed, and what to do. */
export function exhaustedText(resident: number, { total, available }: Memory): string {
  return `the compute process was killed to keep the computer from running out of memory: it used ${bytes(resident)}, and only ${bytes(Math.max(0, available))} of ${bytes(total)} was left; ${SMALLER}.`;
}

/** Ways to use less memory. */
export const SMALLER =
  "use a smaller batch size or maximum length, mask fewer layers, close other programs, or use a machine with more memory";

/** The variable that says how much memory this process and those that it starts may use, instead of what is available. */
export const MEMORY = "MASKLENS_MEMORY";

/** The memory that a text such as "64GB" or "500 MB" names, in bytes. Throws an InputError that names `place`. */
export function memoryIn(text: string, place: Place): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*(MB|GB|TB)\s*$/i.exec(text) ?? [];
  if (unit === undefined)
    throw new InputError(`${quoted(text)} is not an amount of memory`, place, "write it like 64GB or 500MB");
  return Number(number) * { MB: 1e6, GB: 1e9, TB: 1e12 }[unit.toUpperCase() as "MB" | "GB" | "TB"];
}

/** How much more memory this process may use, in bytes: what is available, or what is left of `MEMORY`. */
export function roomLeft(environment = process.env): number {
  const { rss } = process.memoryUsage();
  const given = environment[MEMORY];
  if (given !== undefined) return memoryIn(given, { at: `environment variable ${MEMORY}` }) - rss;
  return machineMemory()?.available ?? totalmem() - rss;
}

/** How to need less memory for weights. */
export const SMALLER_MODEL =
  "use a smaller base model or one whose weights are stored in half precision, close other programs, or use a machine with more memory";

/** The error for what needs more memory than there is, in bytes. `smaller`: how to need less. */
export function tooLittle(what: string, needed: number, available: number, smaller: string): InputError {
  const given = process.env[MEMORY];
  const own = bytes(process.memoryUsage().rss);
  const most =
    given === undefined
      ? `only ${bytes(Math.max(0, available))} is available`
      : `--memory or ${MEMORY} allows ${bytes(memoryIn(given, { at: `environment variable ${MEMORY}` }))}, and MaskLens itself already uses ${own}`;
  return new InputError(
    `${what} needs about ${bytes(needed)} of memory, but ${most}`,
    {},
    given === undefined
      ? `${smaller} (if there is more than MaskLens sees, say how much with --memory or ${MEMORY})`
      : `${smaller}, or allow more with --memory, ${MEMORY} or the setting masklens.memory`,
  );
}

/** Throws an InputError if this process cannot have as many bytes more as `what` needs, before it tries. */
export function requireMemory(more: number, what: string, smaller: string, room = roomLeft()): void {
  if (more > room) throw tooLittle(what, more, room, smaller);
}

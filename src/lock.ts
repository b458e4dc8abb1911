// A lock held by one process at a time: a file that names its owner.

import { randomBytes } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { link, readdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { InputError } from "./errors.ts";
import { codeOf, explained } from "./files.ts";
import { OWN, openOwn } from "./own-files.ts";
import { isAlive } from "./processes.ts";

/** The process that holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /**
   * Distinguishes the process from a later one with the same ID. Available only on Linux; does not depend on the clock.
   */
  readonly started?: string;
  /** The Slurm job that the process belongs to, as ARRAY_TASK or JOB; absent outside of Slurm. */
  readonly job?: string;
  /** A random ID, generated anew each time the lock is taken. */
  readonly id: string;
}

export interface Lock {
  /** Releases the lock, unless another owner has taken it over in the meantime. */
  release(): Promise<void>;
}

/** An owner's record takes about a hundred bytes. */
const LONGEST = 4096;
/**
 * The number of attempts, with pauses of up to PAUSE milliseconds. Other processes that take over the lock at the same
 * time finish quickly.
 */
const ATTEMPTS = 200;
const PAUSE = 20;
/** After this many attempts, an unreadable lock is assumed to stem from a process that died while writing it. */
const PATIENCE = 20;

/**
 * Takes the lock `file`. If its owner ran on this machine and has ended, the lock is taken over; a lock from another
 * machine is never taken over, because that machine's processes cannot be seen from here, except one from an earlier
 * start of this process's own Slurm job, which Slurm has ended before it started the job again. Throws an InputError if
 * another process holds the lock, or if the lock cannot be written.
 *
 * Two processes can never hold the lock at once. Each contender first writes a claim, a file next to the lock. The lock
 * is created with its full content, as a hard link to the claim, which fails if the lock exists. An abandoned lock is
 * replaced only by a contender that saw no other live claim after writing its own; of two contenders, at least one sees
 * the other's claim. Of several simultaneous claims, the one whose name sorts first remains, and its process waits
 * until the other claims are withdrawn; processes that arrive later also wait.
 */
export async function takeLock(file: string): Promise<Lock> {
  const self = thisProcess();
  const claim = `${file}.${self.pid}-${self.id}`;
  const lock: Lock = {
    async release() {
      if (readHolder(file)?.id === self.id) await rm(file, { force: true });
    },
  };
  let claimed = false;
  let unreadable = 0;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await contentOf(file);
      const holder = found === undefined ? undefined : parseHolder(found);
      if (holder && lives(holder)) throw heldBy(holder, file);
      const others = await livingClaims(file, claim);
      if (claimed && others.some((other) => other < claim)) {
        await rm(claim, { force: true });
        claimed = false;
      }
      if (others.length || (found !== undefined && !holder && unreadable++ < PATIENCE)) await pause();
      else if (!claimed) {
        await writeFile(claim, JSON.stringify(self), { flag: "wx" });
        claimed = true; // the claim is now visible to others, so check again
      } else if (found === undefined) {
        if (await create(file, claim, self)) return lock;
      } else if ((await contentOf(file)) === found) {
        await rename(claim, file);
        return lock;
      }
    }
  } catch (error) {
    throw explained(error, file);
  } finally {
    await rm(claim, { force: true }).catch(() => undefined);
  }
  throw new InputError(
    "other processes keep taking this lock",
    { file },
    `train only one run at a time in this folder (if nothing is training here, delete the files ${path.basename(file)}*)`,
  );
}

/**
 * The current holder of the lock `file`; a holder on another machine counts until the lock is removed. undefined if
 * there is none.
 */
export function holderOf(file: string): Holder | undefined {
  const holder = readHolder(file);
  return holder && lives(holder) ? holder : undefined;
}

/** Removes the lock `file` if it belongs to a Slurm job that is over, on whichever machine it was. */
export async function removeJobLock(file: string, isOver: (job: string) => boolean): Promise<void> {
  const job = readHolder(file)?.job;
  if (job !== undefined && isOver(job)) await rm(file, { force: true });
}

/**
 * The ID of the process that claims the lock `lock` with a file of this name (both names without folders); undefined
 * for other names.
 */
export function claimantOf(name: string, lock: string): number | undefined {
  const [, pid] = (name.startsWith(`${lock}.`) && /^(\d+)-[0-9a-f]+$/.exec(name.slice(lock.length + 1))) || [];
  return pid === undefined ? undefined : Number(pid);
}

/** Whether a file of this name is an abandoned claim to the lock `lock` (both names without folders). */
export function isLeftClaim(name: string, lock: string): boolean {
  const pid = claimantOf(name, lock);
  return pid !== undefined && !isAlive(pid);
}

/** Creates the lock; returns false if it already exists. */
async function create(file: string, claim: string, self: Holder): Promise<boolean> {
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (["ENOENT", "EACCES", "EROFS", "ENOSPC"].includes(codeOf(error))) throw error;
  }
  // The file system has no hard links. Until the file is written, others see an empty lock and wait.
  try {
    await writeFile(file, JSON.stringify(self), { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    await rm(file, { force: true }).catch(() => undefined); // it may exist, but is incomplete
    throw error;
  }
}

/** The paths of other claims, except claims whose processes are known to have ended. Only regular files count. */
async function livingClaims(file: string, own: string): Promise<string[]> {
  const name = path.basename(file);
  return (await readdir(path.dirname(file)))
    .filter((found) => {
      const pid = claimantOf(found, name);
      return pid !== undefined && isAlive(pid);
    })
    .map((found) => path.join(path.dirname(file), found))
    .filter((found) => found !== own && isFile(found) && lives(readHolder(found)));
}

function isFile(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function heldBy({ pid, host }: Holder, file: string): InputError {
  return new InputError(
    `process ${pid} on ${host} is already training here`,
    { file: path.dirname(file) },
    `wait for it to finish or stop it (if it is no longer running, delete ${path.basename(file)})`,
  );
}

function thisProcess(): Holder {
  const started = startOf(process.pid);
  const id = randomBytes(8).toString("hex");
  const job = ownJob();
  return {
    ...{ pid: process.pid, host: hostname() },
    ...(started !== undefined && { started }),
    ...(job !== undefined && { job }),
    id,
  };
}

function ownJob(): string | undefined {
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task, SLURM_JOB_ID: job } = process.env;
  return array && task ? `${array}_${task}` : job || undefined;
}

/** An unreadable record, such as a claim that is still being written, counts as alive. */
function lives(holder: Holder | undefined): boolean {
  if (!holder) return true;
  const { pid, host, started, job } = holder;
  if (host !== hostname()) return job === undefined || job !== ownJob();
  const [boot, space] = started?.split(" ") ?? [];
  const [ownBoot, ownSpace] = startOf(process.pid)?.split(" ") ?? [];
  if (boot !== undefined && ownBoot !== undefined) {
    if (boot !== ownBoot) return false; // this machine has been restarted since then
    if (space !== ownSpace) return true; // the owner runs in another container, so it cannot be seen from here
  }
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return started === undefined || now === undefined || now === started;
}

/** Linux: the boot ID, the PID namespace, and the clock ticks from boot to the start of the process. */
function startOf(pid: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    const space = readlinkSync("/proc/self/ns/pid");
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The start time is field 22; the text after the program's name, which is in parentheses, starts with field 3.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${boot} ${space} ${ticks}`;
  } catch {
    return undefined;
  }
}

/** The lock's text; undefined if it does not exist. Throws an InputError if it is a link. */
async function contentOf(file: string): Promise<string | undefined> {
  const opened = await openOwn(file, "delete it if you are sure that nothing is training in this folder");
  if (!opened) return undefined;
  try {
    const bytes = Buffer.alloc(LONGEST);
    const { bytesRead } = await opened.handle.read(bytes);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await opened.handle.close();
  }
}

/** Synchronous, for callers that show the holder. */
function readHolder(file: string): Holder | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | OWN);
  } catch {
    return undefined; // the file is missing, or cannot be a lock
  }
  try {
    const bytes = Buffer.alloc(LONGEST);
    return parseHolder(bytes.toString("utf8", 0, readSync(descriptor, bytes)));
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    const { pid, host, started, job, id } = JSON.parse(content) as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== "string") return undefined;
    if (typeof id !== "string" || (started !== undefined && typeof started !== "string")) return undefined;
    return {
      ...{ pid: pid as number, host },
      ...(started !== undefined && { started }),
      ...(typeof job === "string" && { job }),
      id,
    };
  } catch {
    return undefined;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE));
}

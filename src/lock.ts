// A lock that one process at a time holds: a file that names its owner.

import { randomBytes } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { link, readdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { InputError } from "./errors.ts";
import { codeOf, explained } from "./files.ts";
import { OWN, openOwn } from "./own-files.ts";
import { isAlive } from "./processes.ts";

/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What tells this process from a later one with the same number, where the system says it (Linux). No clock is in it. */
  readonly started?: string;
  /** Drawn for each taking. */
  readonly id: string;
}

export interface Lock {
  /** Gives it free; a lock that has passed to another owner meanwhile stays. */
  release(): Promise<void>;
}

/** An owner has some hundred bytes. */
const LONGEST = 4096;
/** How often it is tried, with pauses of up to so many milliseconds: others that take it over at the same moment are soon done. */
const ATTEMPTS = 200;
const PAUSE = 20;
/** An unreadable lock is looked at so often before it counts as left by a process that died while it wrote it. */
const PATIENCE = 20;

/**
 * Takes the lock `file`. A lock whose owner no longer lives on this machine is taken over; one of another machine is not,
 * because its processes cannot be seen from here. InputError where another holds it, and where it cannot be written.
 *
 * Two can never hold it. A lock appears whole, by a link to a claim, a file that each taker writes beside it; a link cannot be
 * made where there is one. An abandoned lock is replaced only by a taker that has seen, after it wrote its own claim, that no
 * other living claim is there: of two takers at least one sees the other's. Of several that made one at the same moment, the
 * one whose claim comes first by name waits for the others, which withdraw; who comes later waits.
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
        claimed = true; // and look again, now that all see it
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

/** Who holds the lock `file` now; of another machine, who has not said that it ended. Undefined where nobody does. */
export function holderOf(file: string): Holder | undefined {
  const holder = readHolder(file);
  return holder && lives(holder) ? holder : undefined;
}

/** The process that claims the lock `lock` with a file of this name (both without folder); undefined for another name. */
export function claimantOf(name: string, lock: string): number | undefined {
  const [, pid] = (name.startsWith(`${lock}.`) && /^(\d+)-[0-9a-f]+$/.exec(name.slice(lock.length + 1))) || [];
  return pid === undefined ? undefined : Number(pid);
}

/** Whether a file of this name is a claim to the lock `lock` (both without folder) that its maker has left behind. */
export function isLeftClaim(name: string, lock: string): boolean {
  const pid = claimantOf(name, lock);
  return pid !== undefined && !isAlive(pid);
}

/** Makes the lock; false where there is one. */
async function create(file: string, claim: string, self: Holder): Promise<boolean> {
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (["ENOENT", "EACCES", "EROFS", "ENOSPC"].includes(codeOf(error))) throw error;
  }
  // A file system without links. Until it is written, others see an empty lock and wait.
  try {
    await writeFile(file, JSON.stringify(self), { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    await rm(file, { force: true }).catch(() => undefined); // made, but not written
    throw error;
  }
}

/** The paths of others' claims, but for those of processes that are known to be gone. Other files and folders are none. */
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
  return { pid: process.pid, host: hostname(), ...(started !== undefined && { started }), id };
}

/** One that cannot be read, as a claim that is being written, counts. */
function lives(holder: Holder | undefined): boolean {
  if (!holder) return true;
  const { pid, host, started } = holder;
  if (host !== hostname()) return true;
  const [boot, space] = started?.split(" ") ?? [];
  const [ownBoot, ownSpace] = startOf(process.pid)?.split(" ") ?? [];
  if (boot !== undefined && ownBoot !== undefined) {
    if (boot !== ownBoot) return false; // this machine was started anew since
    if (space !== ownSpace) return true; // in another container: its processes cannot be seen from here
  }
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return started === undefined || now === undefined || now === started;
}

/** Linux: which start of the machine, which container's numbers, and the ticks from that start to the process's own. */
function startOf(pid: number): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    const space = readlinkSync("/proc/self/ns/pid");
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Field 22, counted from the third, which follows the program's name in brackets.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${boot} ${space} ${ticks}`;
  } catch {
    return undefined;
  }
}

/** The lock's text; undefined where there is none. InputError where it is a link. */
async function contentOf(file: string): Promise<string | undefined> {
  const opened = await openOwn(file, "delete it if you are sure that nothing is training there");
  if (!opened) return undefined;
  try {
    const bytes = Buffer.alloc(LONGEST);
    const { bytesRead } = await opened.handle.read(bytes);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await opened.handle.close();
  }
}

/** At once, for who shows it. */
function readHolder(file: string): Holder | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | OWN);
  } catch {
    return undefined; // not there, or nothing that could be a lock
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
    const { pid, host, started, id } = JSON.parse(content) as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== "string") return undefined;
    if (typeof id !== "string" || (started !== undefined && typeof started !== "string")) return undefined;
    return { pid: pid as number, host, ...(started !== undefined && { started }), id };
  } catch {
    return undefined;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE));
}

// The private working folder of a compute process: empty, inaccessible to other users, and removed when the process
// ends.

import { mkdtempSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import path from "node:path";
import { isAlive } from "../processes.ts";

/**
 * The name contains the machine's name (several machines may share a temporary folder, and process IDs are local to a
 * machine) and the parent's process ID.
 */
const prefix = (pid: number) => `masklens-${hostname().replace(/[^\w.-]/g, "_")}-${pid}-`;

/** Creates the folder. Throws if the system's temporary folder is not writable. */
export function makePrivateFolder(): string {
  return mkdtempSync(path.join(tmpdir(), prefix(process.pid))); // mode 0700
}

/** Removes folders that were left behind because both the parent and the compute process were killed. */
export async function removeOrphanedFolders(root = tmpdir()): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const pid = Number(/-(\d+)-\w{6}$/.exec(name)?.[1]);
    if (!pid || !name.startsWith(prefix(pid)) || isAlive(pid)) continue;
    const folder = path.join(root, name);
    const status = await lstat(folder).catch(() => undefined);
    // Skip links and other users' folders: anyone can create something with such a name.
    if (!status?.isDirectory() || (process.platform !== "win32" && status.uid !== userInfo().uid)) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

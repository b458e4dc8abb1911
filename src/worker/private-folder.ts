// The folder in which a compute process runs: empty, its own, closed to other users, and removed after it.

import { mkdtempSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import path from "node:path";
import { isAlive } from "../processes.ts";

/**
 * The name says who made it: this machine (several may share a folder for temporary files, and processes' numbers mean
 * nothing elsewhere) and the number of the parent.
 */
const prefix = (pid: number) => `masklens-${hostname().replace(/[^\w.-]/g, "_")}-${pid}-`;

/** Makes the folder. Throws where the system's folder for temporary files cannot be written. */
export function makePrivateFolder(): string {
  return mkdtempSync(path.join(tmpdir(), prefix(process.pid))); // mode 0700
}

/** Removes what processes left that were killed together with their children. */
export async function removeOrphanedFolders(root = tmpdir()): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const pid = Number(/-(\d+)-\w{6}$/.exec(name)?.[1]);
    if (!pid || !name.startsWith(prefix(pid)) || isAlive(pid)) continue;
    const folder = path.join(root, name);
    const status = await lstat(folder).catch(() => undefined);
    // Not a link, and not another user's: such a name proves nothing.
    if (!status?.isDirectory() || (process.platform !== "win32" && status.uid !== userInfo().uid)) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

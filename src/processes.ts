// Checks whether another process on this machine is alive; locks and temporary files contain their creator's ID.

import { readFileSync } from "node:fs";

/**
 * Whether a process is alive, whichever user owns it. A zombie does not count (in a container whose first process never
 * reaps its children, their IDs remain forever).
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return process.platform !== "linux" || !isZombie(pid);
}

/** Linux: the state is the field after the program's name, which is in parentheses and may contain any character. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return /^ [ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    return false; // without /proc, rely on the signal alone
  }
}

// Whether another process of this machine still lives: locks and temporary files carry the number of who made them.

import { readFileSync } from "node:fs";

/**
 * Whether a process lives; one of another user counts, one that ended and was not yet collected by its parent does not
 * (in a container whose first process collects nobody, such numbers stay for good).
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return process.platform !== "linux" || !isZombie(pid);
}

/** Linux: the state is the field behind the program's name, which is in brackets and may hold any character. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return /^ [ZX]/.test(stat.slice(stat.lastIndexOf(")") + 1));
  } catch {
    return false; // no /proc: what the system answered stands
  }
}

// Lists the descendants of a process, from /proc.

import { readdirSync, readFileSync } from "node:fs";

/** Processes below `ancestor` whose command line has `part`. */
export function below(ancestor: number, part: string): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name))
      try {
        parents.set(Number(name), Number(/\) \w (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1]));
      } catch {} // it has ended
  const isBelow = (pid: number): boolean =>
    pid === ancestor || (parents.has(pid) && parents.get(pid) !== pid && isBelow(parents.get(pid)!));
  return [...parents.keys()].filter((pid) => {
    try {
      return isBelow(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(part);
    } catch {
      return false;
    }
  });
}

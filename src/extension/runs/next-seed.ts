// The seed and the name of a run that repeats an earlier run. Independent of vscode.

import { freeName } from "../../file-name.ts";

/** The first whole number after `seed` that is not in `used`. */
export function nextSeed(seed: number, used: Iterable<number>): number {
  const taken = new Set(used);
  let next = seed + 1;
  while (taken.has(next)) next++;
  return next;
}

/** "spam-seed4" for a run named "spam" or "spam-seed3"; if that name is taken, a number is appended. */
export function seedName(name: string, seed: number, taken: ReadonlySet<string>): string {
  return freeName(`${name.replace(/-seed\d+(-\d+)?$/, "")}-seed${seed}`, taken);
}

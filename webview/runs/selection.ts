// Selecting runs, and the colours of what is selected.

import { chosen } from "./state.ts";

export function select(runs: readonly string[]): void {
  chosen.change({ selected: [...new Set(runs)] });
}

export function toggle(runs: readonly string[]): void {
  const { selected } = chosen.state;
  const all = runs.every((run) => selected.includes(run));
  select(all ? selected.filter((run) => !runs.includes(run)) : [...selected, ...runs]);
}

/** The numbers of curves' looks, by run or group. They stay the same while other curves come and go. */
let slots: ReadonlyMap<string, number> = new Map();

/** Gives each key its former number, or the smallest number that no other key has. */
export function slotsFor(keys: readonly string[]): ReadonlyMap<string, number> {
  const before = slots;
  const kept = keys.flatMap((key): [string, number][] => (before.has(key) ? [[key, before.get(key)!]] : []));
  const of = new Map(kept);
  const taken = new Set(of.values());
  let next = 0;
  for (const key of keys) {
    if (of.has(key)) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    of.set(key, next);
  }
  slots = of;
  return of;
}

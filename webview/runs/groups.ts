// Runs by group: those with the same value of an option, or those that differ only in their seeds. Pure.

import type { OptionValue, RunRow } from "../../src/messages.ts";
import { type Spread, spreadOf } from "../../src/spread.ts";

/** Groups runs that differ in nothing but their seeds. */
export const BY_SEEDS = "seeds";
const SEEDS = new Set(["seed", "maskSeed"]);
/** Options that do not change a run's results on the same device. */
const ASIDE = new Set(["checkpointEvery"]);

export interface Group {
  /** Identifies the group among others. */
  readonly key: string;
  /** The options whose values the runs of a group share, and that differ from group to group. */
  readonly options: readonly (readonly [name: string, value: OptionValue])[];
  readonly rows: readonly RunRow[];
}

/** Quantities of a group: over those of its runs that have a value. */
export interface GroupSpreads {
  readonly validation: Spread | null;
  readonly test: Spread | null;
  readonly sparsity: Spread | null;
  readonly seconds: Spread | null;
}

/** The groups of these runs by an option, or by everything but the seeds, in the order of their first runs. */
export function groupsOf(rows: readonly RunRow[], by: string): Group[] {
  const names = by === BY_SEEDS ? varying(rows) : [by];
  const groups = new Map<string, RunRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(names.map((name) => valueIn(row, name)));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups].map(([key, rows]) => ({
    key,
    options: names.map((name) => [name, valueIn(rows[0]!, name)] as const),
    rows,
  }));
}

/** The options that differ among these runs, except their seeds. */
function varying(rows: readonly RunRow[]): string[] {
  const known = rows.filter(({ options }) => Object.keys(options).length > 0); // a damaged run.json differs in nothing
  const names = new Set(known.flatMap(({ options }) => Object.keys(options)));
  return [...names].filter(
    (name) =>
      !SEEDS.has(name) && !ASIDE.has(name) && known.some((row) => valueIn(row, name) !== valueIn(known[0]!, name)),
  );
}

const valueIn = ({ options }: RunRow, name: string): OptionValue =>
  Object.hasOwn(options, name) ? options[name]! : null;

/**
 * The mean and deviation over the runs of a group. Metrics are combined only if all runs have the same metric; other
 * means would be of different things.
 */
export function spreadsOf({ rows }: Group): GroupSpreads {
  const metrics = new Set(rows.flatMap(({ metric }) => metric ?? []));
  const over = (pick: (row: RunRow) => number | null | undefined) => spreadOf(rows.flatMap((row) => pick(row) ?? []));
  return {
    validation: metrics.size > 1 ? null : over(({ validation }) => validation?.value),
    test: metrics.size > 1 ? null : over(({ test }) => test?.value),
    sparsity: over(({ sparsity }) => sparsity),
    seconds: over(({ seconds }) => seconds),
  };
}

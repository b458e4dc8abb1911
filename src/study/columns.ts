// The columns of a study's results: what identifies a cell, the options that vary, and metrics, each as one number or
// text.

import type { Metrics } from "../mask/metadata.ts";
import type { Cell } from "./cells.ts";

type Scalar = string | number | boolean | null;

/** Options that have a column of their own, or that follow from the study's folder. */
const OWN = ["model", "task", "out", "method", "seed"];

/** The names of the options that vary among the cells, in the order of run.json. */
export function varyingOptions(cells: readonly Cell[]): string[] {
  const [first, ...others] = cells.map(({ options }) => options as unknown as Readonly<Record<string, unknown>>);
  if (!first) return [];
  const followsSeed = cells.every(({ options, seed }) => options.maskSeed === seed);
  return Object.keys(first).filter((key) => {
    if (OWN.includes(key) || (key === "maskSeed" && followsSeed)) return false;
    const value = JSON.stringify(first[key]);
    return others.some((other) => JSON.stringify(other[key]) !== value);
  });
}

/** The columns that identify a cell: model, task, method, seed, and each varying option under `option_NAME`. */
export function columnsOf({ model, task, method, seed, options }: Cell, varying: readonly string[]) {
  const values = options as unknown as Readonly<Record<string, unknown>>;
  const flat = varying.map((name) => [`option_${name}`, scalarOf(values[name])]);
  return { model, task, method, seed, ...(Object.fromEntries(flat) as Record<string, Scalar>) };
}

/** An option's value as one value, as flags are written: "Q,K", "target=0.5,schedule=cubic". */
export function scalarOf(value: unknown): Scalar {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value !== "object" || value === null) return value as Scalar;
  return Object.entries(value)
    .map(([key, one]) => `${key}=${one}`)
    .join(",");
}

/** The value of each metric of a split, as `SPLIT_METRIC`; intervals are in the column of the split. */
export function scalarsOf(split: string, metrics: Metrics): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, entry]) =>
      typeof entry === "object" ? [[`${split}_${name}`, entry.value]] : [],
    ),
  );
}

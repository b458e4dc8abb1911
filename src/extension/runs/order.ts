// The sort orders of the view of runs.

import { isLowerBetter } from "../../metric.ts";
import type { TrainingPreset } from "../../recipe/training-presets.ts";
import { inNaturalOrder } from "../ui/natural-order.ts";

export const RUN_ORDERS = ["name", "date", "task", "metric", "device", "options"] as const;
export type RunOrder = (typeof RUN_ORDERS)[number];

/** What runs are sorted by; unknown values come last. */
export interface Sortable {
  readonly folder: string;
  readonly name: string;
  readonly time: number | undefined;
  readonly task: string | undefined;
  readonly device: string | undefined;
  readonly recipe: { readonly preset: TrainingPreset; readonly changes: readonly string[] } | undefined;
  /** The metric on the validation examples. */
  readonly best: number | undefined;
  /** Its name; undefined in logs of earlier versions. */
  readonly metric?: string | undefined;
}

/** Sorts by `order`, then by name: dates with the latest first, metrics with the best first, everything else from A to Z. */
export function inRunOrder<R extends Sortable>(runs: readonly R[], order: RunOrder): R[] {
  const compare = inNaturalOrder();
  const key: Readonly<Record<RunOrder, (run: Sortable) => string | number | undefined>> = {
    name: ({ name }) => name,
    date: ({ time }) => time && -time,
    task: ({ task }) => task,
    metric: ({ best, metric }) => best && (isLowerBetter(metric) ? best : -best),
    device: ({ device }) => device,
    options: ({ recipe }) => recipe && [recipe.preset, ...recipe.changes].join(", "),
  };
  const byKey = (a: R, b: R) => {
    const [first, second] = [key[order](a), key[order](b)];
    if (first === undefined || second === undefined) return Number(first === undefined) - Number(second === undefined);
    return typeof first === "number" ? first - Number(second) : compare(first, String(second));
  };
  return [...runs].sort((a, b) => byKey(a, b) || compare(a.name, b.name) || compare(a.folder, b.folder));
}

// The metrics of adaptations and their differences, from what the editor has sent.

import type { Interval } from "../../src/mask/metadata.ts";
import type { Comparison } from "../../src/messages/evaluation.ts";
import * as l10n from "../ui/l10n.ts";
import type { Subject, View } from "./state.ts";
import { nameOf } from "./words.ts";

export const metricsOf = (views: readonly View[]): string[] => [
  ...new Set(views.flatMap(({ metrics }) => Object.keys(metrics).filter((key) => typeof metrics[key] === "object"))),
];

export const intervalOf = ({ metrics }: View, name: string): Interval | undefined =>
  typeof metrics[name] === "object" ? metrics[name] : undefined;

/** Two adaptations of the chosen task on the same examples. */
export function comparisonsOf({ result, view }: Subject): (Comparison & { readonly names: string })[] {
  const byFile = new Map(result.views.map((one) => [one.adaptation, one]));
  return result.comparisons.flatMap((comparison) => {
    const [a, b] = [byFile.get(comparison.a), byFile.get(comparison.b)];
    if (!a || !b || a.task.file !== view.task.file) return [];
    return [{ ...comparison, names: l10n.t("{0} − {1}", nameOf(a), nameOf(b)) }];
  });
}

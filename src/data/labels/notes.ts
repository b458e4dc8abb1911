// Writes notes about label frequencies that matter for training and for reading the metrics.

import type { Metric } from "../../metric.ts";
import { quoted } from "../../visible.ts";
import type { SplitName } from "../description.ts";
import { KINDS, type TaskKind } from "../examples.ts";
import { named } from "./labels.ts";

/** If one label accounts for more than this fraction of the labels, accuracy is not informative. */
const MAJORITY = 0.9;
/** In a split with fewer labels than this, it is not unusual that one label dominates. */
const FEWEST = 10;

/** Notes about the label counts of a split: labels without training examples, and a label that dominates the split. */
export function notesOfSplit(
  split: SplitName,
  labels: readonly string[],
  counts: Readonly<Record<SplitName, readonly number[]>>,
  kind: TaskKind,
  metric: Metric,
): string[] {
  const { unit, metrics } = KINDS[kind];
  const own = counts[split];
  const all = own.reduce((sum, count) => sum + count, 0);
  const largest = own.indexOf(Math.max(...own));
  const notes: string[] = [];
  const lacking = split === "train" && all > 0 ? labels.filter((_, i) => own[i] === 0) : [];
  if (lacking.length)
    notes.push(`No training ${unit} has ${lacking.length > 1 ? "any of the labels" : "the label"} ${named(lacking)}`);
  if (all >= FEWEST && own[largest]! > MAJORITY * all) {
    const others = metrics.filter((other) => other !== "accuracy" && other !== "f1");
    const advice = metric === "accuracy" ? `"metric": ${others.map((other) => quoted(other)).join(" or ")}, and ` : "";
    notes.push(
      `${((100 * own[largest]!) / all).toFixed(1)} % of the ${unit}s in the ${split === "train" ? "training" : split} split have the label ${quoted(labels[largest])}: accuracy hides how well the other labels are predicted, so consider ${advice}"classWeights": "balanced"`,
    );
  }
  return notes;
}

// Masks whose units are whole attention heads and neurons of the feed-forward network: what of them is kept.

import { countColumns } from "./bits.ts";
import type { Mask } from "./file.ts";
import { entropyOf, keptByHead, sum } from "./statistics.ts";

/** The heads or the neurons of a layer. */
export interface UnitCount {
  readonly layer: number;
  readonly unit: "head" | "neuron";
  readonly all: number;
  readonly kept: number;
  /** The indices of the heads that are off; empty for neurons, which are many. */
  readonly off: readonly number[];
}

/** Whether a mask was trained with one score for each head and neuron, so that its weights are not pruned one by one. */
export function hasUnits({ metadata: { run, combined } }: Pick<Mask, "metadata">): boolean {
  return run.units === "heads-and-neurons" && !combined;
}

/** What is kept of each layer's heads and neurons, by their columns in AO and O; null if the units are weights. */
export function unitCounts(mask: Mask): UnitCount[] | null {
  if (!hasUnits(mask)) return null;
  return mask.matrices.flatMap((matrix): UnitCount[] => {
    const { layer, kind, bits } = matrix;
    if (layer === null || (kind !== "AO" && kind !== "O")) return [];
    const kept = kind === "AO" ? (keptByHead(matrix, mask.metadata.base.heads) ?? []) : [...countColumns(bits)];
    const off = [...kept.keys()].filter((unit) => !kept[unit]);
    const counts = { all: kept.length, kept: kept.length - off.length };
    return [kind === "AO" ? { layer, unit: "head", ...counts, off } : { layer, unit: "neuron", ...counts, off: [] }];
  });
}

/** The smallest size in bytes that any code could reach if units were independent, given each layer's counts. */
export function unitEntropy(counts: readonly UnitCount[]): number {
  return Math.ceil(sum(counts, ({ all, kept }) => all * entropyOf(kept / all)) / 8);
}

// Several seeds of one task: which masks repeat each other, and their combined result.

import type { HeadDescription } from "./describe.ts";
import { headMarks } from "./head-marks.ts";
import type { MaskMetadata } from "./metadata.ts";
import { stouffer } from "./significance.ts";

/**
 * Options that may differ between repetitions: seeds and paths (base model and data are identified by their hashes).
 */
const FREE = new Set(["seed", "maskSeed", "model", "task", "out", "device", "checkpointEvery"]);

/**
 * Whether two masks repeat one training with different initial scores: the same task, data, base model and options, but
 * another mask seed. Masks of the same mask seed share their draw and are not repetitions.
 */
export function areSeeds(a: MaskMetadata, b: MaskMetadata): boolean {
  return repeats(a) === repeats(b) && a.initial !== null && a.initial.maskSeed !== b.initial?.maskSeed;
}

function repeats({ format, base, task, run, initial, matrices }: MaskMetadata): string {
  const options = Object.keys(run).filter((key) => !FREE.has(key));
  return JSON.stringify([
    ...[format, base.fingerprint, task.name, sorted(task.dataSha256), initial && { ...initial, maskSeed: 0 }],
    ...options.sort().map((key) => [key, run[key]]),
    ...matrices.map(({ name, rows, columns }) => [name, rows, columns]),
  ]);
}

function sorted(values: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A head over several masks. */
export interface CombinedHead extends Pick<HeadDescription, "layer" | "head" | "kind"> {
  /** Stouffer's combination of the masks' z; null if none has one. */
  readonly z: number | null;
  /** The number of masks that have a z, and of those whose z has the sign of the combination. */
  readonly seeds: number;
  readonly agree: number;
  /** Whether the combination is significant (see `headMarks`). */
  readonly marked: boolean;
}

/** The heads of the first mask, each combined with the same head of the others. */
export function combineHeads(masks: readonly (readonly HeadDescription[])[]): CombinedHead[] {
  const keyOf = ({ layer, head, kind }: Pick<HeadDescription, "layer" | "head" | "kind">) => `${layer} ${head} ${kind}`;
  const byHead = masks.map((heads) => new Map(heads.map((head) => [keyOf(head), head.z])));
  const combined = (masks[0] ?? []).map(({ layer, head, kind }) => {
    const of = byHead.flatMap((heads) => heads.get(keyOf({ layer, head, kind })) ?? []);
    const z = stouffer(of);
    const agree = of.filter((one) => Math.sign(one) === Math.sign(z!)).length;
    return { layer, head, kind, z, seeds: of.length, agree };
  });
  const marks = headMarks(combined);
  return combined.map((head, i) => ({ ...head, marked: marks[i]! }));
}

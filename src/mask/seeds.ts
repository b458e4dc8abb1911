// Masks trained for the same task with different seeds: whether they are repetitions of the same training, and their
// combined results.

import type { HeadLayout } from "../anatomy/heads.ts";
import type { HeadDescription } from "./describe.ts";
import { headMarks } from "./head-marks.ts";
import type { BaseModel, MaskMetadata } from "./metadata.ts";
import { stouffer } from "./significance.ts";

/**
 * Options that may differ between repetitions: seeds, paths (base model and data are identified by their hashes), kinds
 * (the masked matrices are compared themselves), and options that do not affect training.
 */
const FREE = new Set(["seed", "maskSeed", "model", "task", "out", "kinds", "device", "checkpointEvery", "packed"]);

/** Without early stopping, a run takes the same steps however often it is evaluated. */
const STOPPING = ["earlyStopping", "evaluateEvery"];

/** Why two masks are not repetitions of the same training. */
export type Apart =
  | { readonly why: "base" | "data" | "initial" | "matrices" }
  /** The initial scores of either mask are unknown, or could not be recomputed. */
  | { readonly why: "unknown" }
  /** The masks have the same initial scores, so they are not independent. */
  | { readonly why: "maskSeed"; readonly maskSeed: number }
  /** The runs differ in these options. */
  | { readonly why: "options"; readonly options: readonly string[] }
  | { readonly why: "unreadable"; readonly fault: string };

/**
 * Why two masks of one task are not repetitions of the same training (same data, base model and options, but different
 * mask seeds); null if they are.
 */
export function apart(a: MaskMetadata, b: MaskMetadata): Apart | null {
  const differ = (of: (mask: MaskMetadata) => unknown) => JSON.stringify(of(a)) !== JSON.stringify(of(b));
  if (isOtherBase(a.base, b.base)) return { why: "base" };
  if (differ(({ task }) => sorted(task.dataSha256))) return { why: "data" };
  if (!a.initial || !b.initial) return { why: "unknown" };
  const [mine, other] = [optionsOf(a), optionsOf(b)];
  const keys = [...new Set([...mine.keys(), ...other.keys()])].sort();
  const options = keys.filter((key) => JSON.stringify(mine.get(key)) !== JSON.stringify(other.get(key)));
  if (options.length) return { why: "options", options };
  if (differ(({ initial }) => ({ ...initial, maskSeed: 0 }))) return { why: "initial" };
  if (differ(({ matrices }) => matrices.map(({ name, rows, columns }) => [name, rows, columns])))
    return { why: "matrices" };
  return a.initial.maskSeed === b.initial.maskSeed ? { why: "maskSeed", maskSeed: a.initial.maskSeed } : null;
}

/** A fingerprint is over the masked matrices, so that masks over other layers of one base model differ in it, too. */
function isOtherBase(a: BaseModel, b: BaseModel): boolean {
  if (a.fingerprint === b.fingerprint) return false;
  const [mine, others] = [a.weights, b.weights];
  const shared = Object.keys(mine).filter((name) => Object.hasOwn(others, name));
  const areAll = shared.length === Object.keys(mine).length && shared.length === Object.keys(others).length;
  return areAll || !shared.length || shared.some((name) => mine[name] !== others[name]);
}

/** The options that must be the same in all repetitions, without options that are off: null, false, missing, or the usual units. */
function optionsOf({ run }: MaskMetadata): ReadonlyMap<string, unknown> {
  const isOff = (key: string, value: unknown) =>
    value === null || value === false || (key === "units" && value === "weights");
  const free = new Set(FREE);
  if (!run.earlyStopping) for (const key of STOPPING) free.add(key);
  return new Map(Object.entries(run).filter(([key, value]) => !isOff(key, value) && !free.has(key)));
}

function sorted(values: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The combined result for one head in several masks. */
export interface CombinedHead extends Pick<HeadDescription, "layer" | "head" | "kind"> {
  /** Stouffer's combination of the masks' z values; null if no mask has a z. */
  readonly z: number | null;
  /** The number of masks that have a z, and how many of these z values have the same sign as the combined z. */
  readonly seeds: number;
  readonly agree: number;
  /** Whether the combination is significant (see `headMarks`). */
  readonly marked: boolean;
}

/** The heads of the first mask, each combined with the same head in the other masks. */
export function combineHeads(masks: readonly (readonly HeadDescription[])[], layout: HeadLayout): CombinedHead[] {
  const keyOf = ({ layer, head, kind }: Pick<HeadDescription, "layer" | "head" | "kind">) => `${layer} ${head} ${kind}`;
  const byHead = masks.map((heads) => new Map(heads.map((head) => [keyOf(head), head.z])));
  const combined = (masks[0] ?? []).map(({ layer, head, kind }) => {
    const of = byHead.flatMap((heads) => heads.get(keyOf({ layer, head, kind })) ?? []);
    const z = stouffer(of);
    const agree = of.filter((one) => Math.sign(one) === Math.sign(z!)).length;
    return { layer, head, kind, z, seeds: of.length, agree };
  });
  const marks = headMarks(combined, layout);
  return combined.map((head, i) => ({ ...head, marked: marks[i]! }));
}

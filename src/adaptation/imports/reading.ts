// What all formats share: what decides how a file is read, what comes of it, and how arrays become matrices.

import { InputError } from "../../errors.ts";
import type { BitMatrix } from "../../mask/bits.ts";
import type { Matrix } from "../../model/names.ts";
import type { Base } from "../base.ts";
import type { Arrays } from "./arrays.ts";
import type { Values } from "./binarize.ts";
import type { Part, Parts, Sorted } from "./named.ts";

/** How movement pruning's code names its binarizers, with its spelling. */
export const PRUNING_METHODS = ["topK", "threshold", "sigmoied_threshold", "magnitude"] as const;
export type PruningMethod = (typeof PRUNING_METHODS)[number];
export const OVER = ["matrix", "model"] as const;
export type Over = (typeof OVER)[number];

/** What decides how a file becomes a mask, where its content does not; each option is only accepted where it is used. */
export interface Reading {
  /** The threshold of scores, or the share that topK and magnitude keep. */
  readonly threshold?: number | undefined;
  readonly pruningMethod?: PruningMethod | undefined;
  /** Reads the zeros of a pruned model. */
  readonly zeros?: boolean | undefined;
  /** Keeps this share of the weights, those that moved most from the base model. */
  readonly moved?: number | undefined;
  /** Whether `moved` is a share of each matrix (the default) or of all of them together. */
  readonly over?: Over | undefined;
  /** Whether 1 means pruned in a file of zeros and ones. */
  readonly invert?: boolean | undefined;
}

export interface ReadMask {
  readonly matrix: Matrix;
  readonly bits: BitMatrix;
}

/** What a file's masks are, and in sentences what was read in the file and what was taken for granted. */
export interface ReadMasks {
  readonly format: string;
  readonly masks: readonly ReadMask[];
  /** The weights in the file: none, those that the masks apply to, or those that the masks were made of by comparison. */
  readonly weights: "none" | "masked" | "compared";
  readonly known: readonly string[];
  readonly assumed: readonly string[];
  /** Whether each matrix keeps the same share by construction. */
  readonly isEven?: boolean;
  /** Matrices and arrays of the file that the mask does not cover although they look as if they were meant. */
  readonly leftOut?: readonly string[];
}

export interface Source {
  readonly source: Arrays;
  readonly sorted: Sorted;
  readonly base: Pick<Base, "config" | "pretrained">;
  readonly reading: Reading;
}

export const MASK_PARTS: readonly Part[] = ["weight_mask", "mask"];
export const WEIGHT_PARTS: readonly Part[] = ["weight_orig", "weight", "alone"];

/** The name of the first of these parts that the module has. */
export const nameIn = (parts: Parts, wanted: readonly Part[]): string | undefined =>
  wanted.map((part) => parts.get(part)).find((name) => name !== undefined);

/** The values of an array. Throws an InputError if its shape is not the matrix's. */
export async function valuesOf(source: Arrays, name: string, { rows, columns }: Matrix): Promise<Values> {
  const { shape, file } = source.arrays.get(name)!;
  if (shape.join() !== [rows, columns].join())
    throw new InputError(
      `its shape is [${shape.join(", ")}], but the base model's matrix is [${rows}, ${columns}]`,
      { file, at: `tensor ${name}` },
      "choose the base model that it was made for with --model",
    );
  return { rows, columns, data: await source.values(name) };
}

/** The masks of all matrices that have one of these parts. */
export async function masksFrom(
  { source, sorted }: Source,
  wanted: readonly Part[],
  bitsOf: (values: Values, place: { readonly file: string; readonly at: string }) => BitMatrix,
): Promise<ReadMask[]> {
  const masks: ReadMask[] = [];
  for (const { matrix, parts } of sorted.matrices) {
    const name = nameIn(parts, wanted);
    if (name === undefined) continue;
    const bits = bitsOf(await valuesOf(source, name, matrix), { file: source.file, at: `tensor ${name}` });
    masks.push({ matrix, bits });
  }
  return masks;
}

/** The final threshold of movement pruning. Throws an InputError if it is missing, or no share where it must be one. */
export function thresholdOf({ source: { file }, reading: { threshold } }: Source, method: PruningMethod): number {
  const isShare = method !== "threshold";
  if (threshold !== undefined && (!isShare || (threshold > 0 && threshold <= 1))) return threshold;
  throw new InputError(
    threshold === undefined
      ? `${method} needs the final threshold`
      : `the threshold of ${method} cannot be ${threshold}`,
    { file },
    method === "threshold"
      ? "specify the score that kept weights exceed with --threshold"
      : `specify ${method === "sigmoied_threshold" ? "the threshold of σ(score)" : "the share of weights that is kept"}, above 0 and at most 1, with --threshold`,
  );
}

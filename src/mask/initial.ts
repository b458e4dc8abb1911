// Initial scores, and the initial masks that they produce. Each score is computed from the random word at the weight's
// index in its matrix's stream (src/philox.ts), so a matrix's initial mask does not depend on which other matrices are
// masked.

import { InputError } from "../errors.ts";
import { fillWords, streamOf, uniform } from "../philox.ts";
import { type BitMatrix, emptyBits, packBits } from "./bits.ts";
import type { InitialKind, InitialRecipe } from "./metadata.ts";

/** The part of the model that a matrix belongs to: the layers, or the modules above them (P and T). */
export type Role = "encoder" | "classifier";

export function roleOf(layer: number | null): Role {
  return layer === null ? "classifier" : "encoder";
}

/** Pretrained weights by name, for initial masks that depend on them; undefined if they are not available. */
export type WeightsOf = (name: string) => Float32Array | undefined;

/**
 * What decides which weights of a matrix start off: each weight's own score; the weights' magnitudes (those with the
 * smallest magnitudes start off); or a lottery: weight i of n draws word n + i of the matrix's stream, and the weights
 * with the lowest words start off. With "order", the magnitudes' order is that of the scores. With "none", no weight
 * starts off, and all scores are equal.
 */
type Choice = "score" | "magnitude" | "lottery" | "order" | "none";

/**
 * The controlled kinds are named as in the paper's code, which draws with replacement and therefore misses the
 * requested sparsity.
 */
const KINDS: Record<InitialKind, { readonly choice: Record<Role, Choice>; readonly narrow: boolean }> = {
  uniform: { choice: { encoder: "score", classifier: "score" }, narrow: false },
  magnitude: { choice: { encoder: "magnitude", classifier: "magnitude" }, narrow: false },
  "magnitude-order": { choice: { encoder: "order", classifier: "order" }, narrow: false },
  "controlled-uniform": { choice: { encoder: "lottery", classifier: "lottery" }, narrow: false },
  "magnitude-and-uniform": { choice: { encoder: "magnitude", classifier: "lottery" }, narrow: false },
  "double-uniform": { choice: { encoder: "lottery", classifier: "lottery" }, narrow: true },
  constant: { choice: { encoder: "none", classifier: "none" }, narrow: false },
};

/**
 * Whether a matrix's initial scores depend on its weights, in which case the metadata alone does not determine them.
 */
export function needsWeights(recipe: InitialRecipe, role: Role): boolean {
  return ["magnitude", "order"].includes(KINDS[recipe.kind].choice[role]);
}

/**
 * The initial scores [rows, columns] of the matrix `name` (its weight's name, MODULE.weight). For kind uniform:
 *
 *     S = float32(low + (high − low) · u),  u = the upper 24 bits of the weight's word · 2⁻²⁴
 *
 * For kind constant, all scores are float32(high). For the other kinds, round(sparsity · n) weights start off, and the
 * same u yields the score: low + (τ − low) · u for a weight that starts off, high − (high − τ) · u for a weight that
 * starts on; for magnitude-order, u = (rank + 1) / n instead, with the weight's rank by magnitude, from 0, among equal
 * ones in order, and S = low + (high − low) · u, at most τ if the weight starts off. For double-uniform, the ranges are
 * [0.5τ, 0.9τ) and (1.1τ, 1.5τ] instead. Throws a RangeError if weights are needed but not given, and an InputError if
 * the kind is double-uniform and the threshold τ is not above 0.
 */
export function initialScores(
  recipe: InitialRecipe,
  name: string,
  rows: number,
  columns: number,
  weights?: Float32Array,
  role: Role = "encoder",
): Float32Array {
  const { low, high, threshold } = recipe;
  const { choice, narrow } = KINDS[recipe.kind];
  const scores = new Float32Array(rows * columns);
  if (choice[role] === "none") return scores.fill(high);
  if (choice[role] === "score") {
    eachPiece(recipe, name, scores.length, (words, first) => {
      for (let i = 0; i < words.length; i++) scores[first + i] = low + (high - low) * uniform(words[i]!);
    });
    return scores;
  }
  if (choice[role] === "order") {
    const order = orderOf(magnitudes(recipe, name, scores.length, weights));
    const off = Math.round(recipe.sparsity * scores.length);
    const [most, least] = [Math.fround(threshold), nextFloat32(threshold)];
    for (let rank = 0; rank < order.length; rank++) {
      const score = low + ((high - low) * (rank + 1)) / order.length;
      scores[order[rank]!] = rank < off ? Math.min(most, score) : Math.max(least, score);
    }
    return scores;
  }
  const off = offExactly(recipe, name, scores.length, weights, choice[role]);
  const [bottom, middleLow, middleHigh, top] = narrow ? narrowRange(threshold) : [low, threshold, threshold, high];
  const least = nextFloat32(threshold); // keeps rounding from lowering a kept score to the threshold
  eachPiece(recipe, name, scores.length, (words, first) => {
    for (let i = 0; i < words.length; i++) {
      const u = uniform(words[i]!);
      scores[first + i] = off[first + i]
        ? bottom + (middleLow - bottom) * u
        : Math.max(least, top - (top - middleHigh) * u);
    }
  });
  return scores;
}

/** The initial mask of a matrix; see `initialScores`. undefined if the mask depends on weights that are not given. */
export function initialMask(
  recipe: InitialRecipe,
  name: string,
  rows: number,
  columns: number,
  weights?: Float32Array,
  role: Role = "encoder",
): BitMatrix | undefined {
  const choice = KINDS[recipe.kind].choice[role];
  if (needsWeights(recipe, role) && !weights) return undefined;
  if (choice !== "score")
    return packBits(initialScores(recipe, name, rows, columns, weights, role), rows, columns, recipe.threshold);
  const bits = emptyBits(rows, columns);
  const least = leastKept(recipe);
  let column = 0;
  let byte = 0;
  eachPiece(recipe, name, rows * columns, (words) => {
    for (let i = 0; i < words.length; i++) {
      bits.bytes[byte + (column >> 3)]! |= Number(words[i]! >>> 8 >= least) << (column & 7);
      if (++column < columns) continue;
      column = 0;
      byte += bits.stride;
    }
  });
  return bits;
}

/** The range [low, high] of a recipe's scores. */
export function scoreRange({ kind, low, high, threshold }: InitialRecipe): readonly [number, number] {
  if (!KINDS[kind].narrow) return [low, high];
  const [bottom, , , top] = narrowRange(threshold);
  return [bottom, top];
}

/** Whether a weight's own score alone decides if it starts off. */
export function isByScore(recipe: InitialRecipe, role: Role): boolean {
  return KINDS[recipe.kind].choice[role] === "score";
}

/**
 * The smallest 24-bit integer whose uniform score exceeds the threshold (2²⁴ if there is none). Scores increase with
 * these integers, even after rounding, so comparing integers is equivalent to comparing scores.
 */
export function leastKept({ low, high, threshold }: InitialRecipe): number {
  const limit = Math.fround(threshold);
  let [least, most] = [0, 2 ** 24];
  while (least < most) {
    const middle = (least + most) >>> 1;
    if (Math.fround(low + (high - low) * (middle * 2 ** -24)) > limit) most = middle;
    else least = middle + 1;
  }
  return least;
}

/** Words per piece: few enough for a piece to stay in the CPU's cache. */
const PIECE = 1 << 15;

/**
 * Visits the first `count` words of a matrix's stream in pieces; `first` is the index of a piece's first word. The
 * array `words` is reused for each piece.
 */
export function eachPiece(
  { maskSeed }: InitialRecipe,
  name: string,
  count: number,
  visit: (words: Uint32Array, first: number) => void,
): void {
  const stream = streamOf(name);
  const buffer = new Uint32Array(Math.min(PIECE, count));
  for (let first = 0; first < count; first += PIECE) {
    const words = buffer.subarray(0, Math.min(PIECE, count - first));
    fillWords(words, maskSeed, stream, first);
    visit(words, first);
  }
}

/** For each weight, 1 if it is one of the round(sparsity · count) weights that start off, otherwise 0. */
function offExactly(
  recipe: InitialRecipe,
  name: string,
  count: number,
  weights: Float32Array | undefined,
  choice: Choice,
): Uint8Array {
  const keys = choice === "lottery" ? new Uint32Array(count) : magnitudes(recipe, name, count, weights);
  if (choice === "lottery") fillWords(keys, recipe.maskSeed, streamOf(name), count);
  return smallest(keys, Math.round(recipe.sparsity * count));
}

/** Integers in the order of the weights' magnitudes. */
function magnitudes(
  { kind }: InitialRecipe,
  name: string,
  count: number,
  weights: Float32Array | undefined,
): Uint32Array {
  if (weights?.length !== count) throw new RangeError(`${kind} initial scores require the ${count} weights of ${name}`);
  // Without the sign bit, the bits of a float32 are ordered by magnitude.
  return new Uint32Array(weights.buffer, weights.byteOffset, count).map((pattern) => pattern & 0x7fffffff);
}

/** The indices of the keys in ascending order of their values, equal ones in order: a radix sort by 16 bits twice. */
function orderOf(keys: Uint32Array): Uint32Array {
  let order = Uint32Array.from(keys.keys());
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(0x10001);
    for (const key of keys) starts[((key >>> shift) & 0xffff) + 1]!++;
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
    const next = new Uint32Array(keys.length);
    for (const index of order) next[starts[(keys[index]! >>> shift) & 0xffff]!++] = index;
    order = next;
  }
  return order;
}

/**
 * For each key, 1 if it is one of the `wanted` smallest keys, otherwise 0; equal keys are chosen in order. Instead of
 * sorting, counts the keys in two passes over 16 bits each.
 */
function smallest(keys: Uint32Array, wanted: number): Uint8Array {
  const chosen = new Uint8Array(keys.length);
  if (!wanted) return chosen;
  const upper = limitOf(
    keys.map((key) => key >>> 16),
    wanted,
  );
  const inside = keys.filter((key) => key >>> 16 === upper.value).map((key) => key & 0xffff);
  const lower = limitOf(inside, upper.left);
  const limit = (upper.value * 0x10000 + lower.value) >>> 0;
  let equals = lower.left;
  for (let i = 0; i < keys.length; i++) if (keys[i]! < limit || (keys[i] === limit && equals-- > 0)) chosen[i] = 1;
  return chosen;
}

/** The `wanted`-th smallest of the 16-bit keys, and how many keys with this value are among the `wanted` smallest. */
function limitOf(keys: Uint32Array, wanted: number): { value: number; left: number } {
  const counts = new Uint32Array(0x10000);
  for (let i = 0; i < keys.length; i++) counts[keys[i]!]!++;
  let value = 0;
  for (; wanted > counts[value]!; value++) wanted -= counts[value]!;
  return { value, left: wanted };
}

/** For kind double-uniform: the range of scores for weights that start off, then for weights that start on. */
function narrowRange(threshold: number): readonly [number, number, number, number] {
  if (threshold <= 0)
    throw new InputError(
      `double-uniform initial scores require a threshold above 0, but it is ${threshold}`,
      { at: "initialMask" },
      'choose another initial mask, or use the binarizer "threshold"',
    );
  return [0.5 * threshold, 0.9 * threshold, 1.1 * threshold, 1.5 * threshold];
}

/** The smallest float32 greater than Math.fround(value), for values ≥ 0. */
function nextFloat32(value: number): number {
  const cell = new Float32Array([value]);
  new Uint32Array(cell.buffer)[0]! += 1;
  return cell[0]!;
}

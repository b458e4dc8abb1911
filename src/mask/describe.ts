// Describes one mask as the JSON that `masklens info MASK --json` prints and the pages show.

import { type HeadLayout, type HeadView, headCount, kindsOfView, WHOLE_HEADS } from "../anatomy/heads.ts";
import { CROSS_KINDS, isHeadKind, MATRIX_KINDS, type MatrixKind, SELF_KINDS } from "../kinds.ts";
import { type Added, addedIn } from "./beside/added.ts";
import {
  type Clustered,
  flipsOf,
  type HeadPruning,
  headPruning,
  headsInView,
  linePruning,
  matrixDispersion,
  prunedOf,
  pruneRates,
  type Rates,
  regionPruning,
  regrownOf,
  unknownBecause,
} from "./changed.ts";
import { controlSeed } from "./control.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { headMarks } from "./head-marks.ts";
import type { WeightsOf } from "./initial.ts";
import type { BaseModel, Estimate, InitialRecipe, MaskMetadata, MatrixFacts, Packed } from "./metadata.ts";
import { discoveries } from "./significance.ts";
import {
  type DeadHead,
  deadHeads,
  entropyOf,
  headBands,
  keptByHead,
  type Sizes,
  sizeOf,
  sizesOf,
  sparsityOf,
  sum,
  type UnitCount,
  unitCounts,
  unitEntropy,
} from "./statistics.ts";

/** What training changed in a region; null if the initial mask is unknown. */
export interface Changed {
  /** The number of weights that training turned off, and the number that it turned on. */
  readonly pruned: number | null;
  readonly regrown: number | null;
  /** The expected number of pruned weights, given the initial scores. */
  readonly expected: number | null;
  /** pruned / expected with its 95 % interval; also null if nothing is expected. */
  readonly effect: Estimate | null;
  /** (pruned − expected) in standard deviations, corrected for clustering; also null if the count cannot vary. */
  readonly z: number | null;
  /** The variance divided by the variance for independent weights; values below 1 count as 1. */
  readonly phi: number | null;
  /**
   * Whether z is significant after Benjamini–Hochberg correction within its family (matrices, layers, kinds, or heads
   * over all their matrices, see `headMarks`) at a false discovery rate of 5 %. A head's part in one kind of matrix is
   * marked only if it is significant among all such parts and the head itself is marked. null if the initial mask is
   * unknown.
   */
  readonly marked: boolean | null;
}

/** Expectations use the pruning rates fitted on all of the mask's matrices together. */
export interface MatrixDescription extends MatrixFacts, Changed {
  readonly sparsity: number;
}

/** The matrices of one layer or, if `layer` is null, those above the layers. */
export interface LayerDescription extends Changed {
  readonly layer: number | null;
  readonly sparsity: number;
}

/** All matrices of one kind. */
export interface KindDescription extends Changed {
  readonly kind: MatrixKind;
  readonly sparsity: number;
}

/** Expectations use the pruning rates of the head's own matrices. */
export interface HeadDescription extends Omit<Changed, "regrown"> {
  readonly layer: number;
  /** In kinds of keys and values, one of `keyHeads`, otherwise one of `heads`. */
  readonly head: number;
  /** "all": over the head's matrices in self-attention; "cross": in cross attention. Without keys and values that are shared. */
  readonly kind: HeadView;
  readonly density: number;
}

export interface MaskDescription {
  readonly format: "mask";
  readonly file: string;
  readonly tool: string;
  readonly base: Omit<BaseModel, "weights">;
  readonly task: MaskMetadata["task"];
  readonly metrics: MaskMetadata["metrics"];
  readonly training: MaskMetadata["training"];
  readonly seeds: MaskMetadata["seeds"];
  readonly initial: InitialRecipe | null;
  /** The seed that permuted the training labels of a control run; null for other runs. */
  readonly permuteLabels: number | null;
  /** What is kept of each layer's heads and neurons if these are the units of the mask; null if the units are weights. */
  readonly units: readonly UnitCount[] | null;
  /** Whether each matrix keeps the same share of its weights, so that layers and kinds of matrix cannot differ. */
  readonly isEven: boolean;
  /** What it adds to its base model. */
  readonly added: Added;
  /** How the file is packed; null if it is plain. */
  readonly packed: Packed | null;
  /** The number of masked weights. */
  readonly weights: number;
  readonly sparsity: number;
  readonly pruned: number | null;
  readonly regrown: number | null;
  /**
   * In bytes. `givenInitial` is the entropy bound for a decoder that knows the initial scores; null if the scores are
   * unknown. `tensors`: the float32 tensors beside the bits (the classifier, auxiliary parameters, and what is added to
   * the base model).
   */
  readonly sizes: Sizes & { readonly givenInitial: number | null; readonly tensors: number };
  /** Why `pruned`, `expected` and `z` are null; null if they are known. */
  readonly unknownBecause: string | null;
  readonly matrices: readonly MatrixDescription[];
  readonly layers: readonly LayerDescription[];
  readonly kinds: readonly KindDescription[];
  readonly heads: readonly HeadDescription[];
  readonly deadHeads: readonly DeadHead[];
}

/** What training changed in one matrix: all that describing a mask needs, without the cells of the matrix's weights. */
export interface MatrixCounts extends Clustered {
  readonly name: string;
  readonly pruned: number;
  readonly regrown: number;
  /** Empty if the matrix is not divided into heads. */
  readonly heads: readonly HeadPruning[];
}

/** The part of a matrix's counts that pages show while the rest of the mask is being counted. */
export type MatrixProgress = Omit<MatrixCounts, keyof Clustered>;

/** Describes a mask; `weightsOf` provides pretrained weights for masks whose initial mask depends on them. */
export function describeMask(mask: Mask, weightsOf?: WeightsOf): MaskDescription {
  const isKnown = unknownBecause(mask, weightsOf) === null;
  const counts = isKnown ? mask.matrices.map((matrix) => countMatrix(mask, matrix, weightsOf)) : [];
  return describeCounted(mask, counts, weightsOf);
}

/** Counts one matrix of a mask whose initial mask is known. Matrices can be counted in separate threads. */
export function countMatrix(mask: Mask, matrix: MaskMatrix, weightsOf?: WeightsOf): MatrixCounts {
  const flips = flipsOf(mask, matrix, weightsOf)!;
  const lines = linePruning(matrix.bits, flips);
  return {
    name: matrix.name,
    all: flips.all,
    zeros: flips.zeros,
    pruned: prunedOf(flips),
    regrown: regrownOf(flips),
    heads: headPruning(matrix, flips, lines),
    phi: matrixDispersion(lines, headBands(matrix, mask.metadata.base)),
  };
}

/** Describes a mask from the counts of its matrices: `counted` has one entry per matrix, or none if the initial mask is unknown. */
export function describeCounted(mask: Mask, counted: readonly MatrixCounts[], weightsOf?: WeightsOf): MaskDescription {
  const { metadata, matrices } = mask;
  const { weights: _, ...base } = metadata.base;
  const unknown = unknownBecause(mask, weightsOf);
  const bits = matrices.map((matrix) => matrix.bits);
  const units = unitCounts(mask);
  const byName = new Map(counted.map((counts) => [counts.name, counts]));
  const parts = matrices.map((matrix) => ({ matrix, counts: byName.get(matrix.name) }));
  const known = parts.flatMap(({ counts }) => counts ?? []); // in the order of the matrices, so that sums do not depend on threads
  const heads = known.flatMap((counts) => counts.heads);

  // Compare each region with the rates fitted on all matrices.
  const rates = pruneRates(known);
  const regionOf = (inside: readonly (typeof parts)[number][]) => ({
    sparsity: sparsityOf(inside.map(({ matrix }) => matrix.bits)),
    ...changedOf(
      inside.flatMap((part) => part.counts ?? []),
      known,
      rates,
    ),
  });
  const layers = [...new Set(matrices.map(({ layer }) => layer))];
  const kinds = MATRIX_KINDS.filter((kind) => matrices.some((matrix) => matrix.kind === kind));
  return {
    format: "mask",
    file: mask.file,
    tool: metadata.tool,
    base,
    task: metadata.task,
    metrics: metadata.metrics,
    training: metadata.training,
    seeds: metadata.seeds,
    initial: metadata.initial,
    permuteLabels: controlSeed(metadata),
    units,
    isEven: !units && metadata.run.topK?.scope === "matrix",
    added: addedIn(mask),
    packed: mask.packed ?? null,
    weights: sum(bits, sizeOf),
    sparsity: sparsityOf(bits),
    pruned: unknown === null ? sum(known, ({ pruned }) => pruned) : null,
    regrown: unknown === null ? sum(known, ({ regrown }) => regrown) : null,
    sizes: {
      ...sizesOf(bits),
      ...(units && { entropy: unitEntropy(units) }),
      givenInitial: unknown === null ? Math.ceil(sum(known, flipBits) / 8) : null,
      tensors: sum(mask.tensors, ({ data }) => data.byteLength),
    },
    unknownBecause: unknown,
    matrices: withMarks(
      parts.map((part) => {
        const { name, layer, kind, bits } = part.matrix;
        return { name, layer, kind, rows: bits.rows, columns: bits.columns, ...regionOf([part]) };
      }),
    ),
    layers: withMarks(
      layers.map((layer) => ({ layer, ...regionOf(parts.filter(({ matrix }) => matrix.layer === layer)) })),
    ),
    kinds: withMarks(kinds.map((kind) => ({ kind, ...regionOf(parts.filter(({ matrix }) => matrix.kind === kind)) }))),
    heads: describeHeads(matrices, base, heads),
    deadHeads: deadHeads(matrices, base),
  };
}

type Unmarked = Omit<Changed, "marked">;
const UNKNOWN = { pruned: null, regrown: null, expected: null, effect: null, z: null, phi: null } satisfies Unmarked;

function changedOf(inside: readonly MatrixCounts[], all: readonly MatrixCounts[], rates: Rates): Unmarked {
  if (!inside.length) return UNKNOWN;
  const { observed, expected, effect, z, phi } = regionPruning(inside, all, rates);
  return { pruned: observed, regrown: sum(inside, ({ regrown }) => regrown), expected, effect, z, phi };
}

/** Marks the significant regions of one family, which are tested together. */
function withMarks<R extends Pick<Changed, "pruned" | "z">>(regions: readonly R[]): (R & Pick<Changed, "marked">)[] {
  const marks = discoveries(regions.map(({ z }) => z));
  return regions.map((region, i) => ({ ...region, marked: region.pruned === null ? null : marks[i]! }));
}

/**
 * The number of bits needed to encode a matrix given its initial scores, if the flips in each cell are coded at the
 * cell's own rate.
 */
function flipBits({ all, zeros }: MatrixCounts): number {
  return all.reduce((bits, weights, cell) => bits + (weights ? weights * entropyOf(zeros[cell]! / weights) : 0), 0);
}

/**
 * Describes each head in each of its masked matrices, then in all of them together, first in self-attention, then in
 * cross attention. Ordered by layer and head.
 */
function describeHeads(
  matrices: readonly MaskMatrix[],
  layout: HeadLayout,
  drops: readonly HeadPruning[],
): HeadDescription[] {
  const whole = WHOLE_HEADS.flatMap((view) => headsInView(drops, view, layout));
  const changes = new Map([...drops, ...whole].map((drop) => [keyOf(drop), drop]));
  const parts = matrices.flatMap((matrix) => {
    const { layer, kind, bits } = matrix;
    if (layer === null || !isHeadKind(kind)) return [];
    const kept = keptByHead(matrix, layout) ?? [];
    return kept.map((count, head) => ({ layer, head, kind, count, of: sizeOf(bits) / headCount(kind, layout) }));
  });
  const described = [...new Set(parts.map(({ layer }) => layer))]
    .flatMap((layer) =>
      Array.from({ length: layout.heads }, (_, head) => parts.filter((p) => p.layer === layer && p.head === head)),
    )
    .flatMap((of) =>
      WHOLE_HEADS.flatMap((view) => {
        const inView = of.filter(({ kind }) => (view === "all" ? SELF_KINDS : CROSS_KINDS).some((one) => one === kind));
        const own = inView.filter(({ kind }) => kindsOfView(view, layout).includes(kind));
        if (!own.length) return inView;
        return [...inView, { ...own[0]!, kind: view, count: sum(own, (p) => p.count), of: sum(own, (p) => p.of) }];
      }),
    )
    .map(({ layer, head, kind, count, of }) => {
      const change = changes.get(keyOf({ layer, head, kind }));
      const { observed: pruned = null, expected = null, effect = null, z = null, phi = null } = change ?? {};
      return { layer, head, kind, density: count / of, pruned, expected, effect, z, phi };
    });
  const marks = headMarks(described, layout);
  return described.map((head, i) => ({ ...head, marked: head.pruned === null ? null : marks[i]! }));
}

function keyOf({ layer, head, kind }: Pick<HeadDescription, "layer" | "head" | "kind">): string {
  return `${layer} ${head} ${kind}`;
}

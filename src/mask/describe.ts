// Describes one mask as the JSON that `masklens info MASK --json` prints and the pages show.

import { type HeadKind, isHeadKind, MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import {
  allOfHeads,
  type Clustered,
  flipsOf,
  type HeadPruning,
  headPruning,
  linePruning,
  matrixDispersion,
  prunedOf,
  pruneRates,
  type Rates,
  regionPruning,
  regrownOf,
  unknownBecause,
  type WeightsOf,
} from "./changed.ts";
import { controlSeed } from "./control.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { headMarks } from "./head-marks.ts";
import type { BaseModel, Estimate, InitialRecipe, MaskMetadata, MatrixFacts } from "./metadata.ts";
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
} from "./statistics.ts";

/** What training changed in a region; null if the initial mask is unknown. */
export interface Changed {
  /** The number of weights that went from on to off, and from off to on. */
  readonly pruned: number | null;
  readonly regrown: number | null;
  /** The number of pruned weights expected given the initial scores. */
  readonly expected: number | null;
  /** pruned / expected with its 95 % interval; also null if nothing is expected. */
  readonly effect: Estimate | null;
  /** (pruned − expected) in standard deviations, corrected for clustering; also null if the count cannot vary. */
  readonly z: number | null;
  /** The variance divided by that of independent weights; values below 1 count as 1. */
  readonly phi: number | null;
  /**
   * Whether z is significant within its family (matrices, layers, kinds, heads over all their matrices; Benjamini–Hochberg,
   * false discovery rate 5 %). A head's part in one kind of matrix is marked only if it is significant among all such parts
   * and the head itself is marked. null if the initial mask is unknown.
   */
  readonly marked: boolean | null;
}

/** Expectations use the pruning rates fitted on all of the mask's matrices together. */
export interface MatrixDescription extends MatrixFacts, Changed {
  readonly sparsity: number;
}

/** The matrices of one layer, or (null) those above the layers. */
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
  readonly head: number;
  readonly kind: HeadKind | "all";
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
  /** The number of masked weights. */
  readonly weights: number;
  readonly sparsity: number;
  readonly pruned: number | null;
  readonly regrown: number | null;
  /**
   * In bytes. `givenInitial` is the entropy bound for a decoder that knows the initial scores; null if they are
   * unknown.
   */
  readonly sizes: Sizes & { readonly givenInitial: number | null };
  /** Why pruned, expected and z are null; null if they are not. */
  readonly unknownBecause: string | null;
  readonly matrices: readonly MatrixDescription[];
  readonly layers: readonly LayerDescription[];
  readonly kinds: readonly KindDescription[];
  readonly heads: readonly HeadDescription[];
  readonly deadHeads: readonly DeadHead[];
}

/** What training changed in one matrix, reported as soon as it is counted. */
export interface MatrixProgress {
  readonly name: string;
  readonly pruned: number;
  readonly regrown: number;
  readonly heads: readonly HeadPruning[];
}

/** Describes a mask; `weightsOf` provides pretrained weights for masks whose initial mask depends on them. */
export function describeMask(mask: Mask, weightsOf?: WeightsOf): MaskDescription {
  const steps = describing(mask, weightsOf);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Like `describeMask`, one matrix per step, so the caller can report progress and answer other requests in between. */
export function* describing(mask: Mask, weightsOf?: WeightsOf): Generator<MatrixProgress, MaskDescription> {
  const { metadata, matrices } = mask;
  const { weights: _, ...base } = metadata.base;
  const unknown = unknownBecause(mask, weightsOf);
  const bits = matrices.map((matrix) => matrix.bits);

  // 1. Count flips matrix by matrix; keep only the counts, not the cells of all weights.
  const heads: HeadPruning[] = [];
  const counts: (Counts | undefined)[] = [];
  for (const matrix of matrices) {
    const flips = unknown === null ? flipsOf(mask, matrix, weightsOf) : undefined;
    if (!flips) {
      counts.push(undefined);
      continue;
    }
    const lines = linePruning(matrix.bits, flips);
    const [pruned, regrown, drops] = [prunedOf(flips), regrownOf(flips), headPruning(matrix, flips, lines)];
    heads.push(...drops);
    const phi = matrixDispersion(lines, headBands(matrix, base.heads));
    counts.push({ all: flips.all, zeros: flips.zeros, pruned, regrown, phi });
    yield { name: matrix.name, pruned, regrown, heads: drops };
  }
  const known = counts.filter((count) => count !== undefined);

  // 2. Compare each region with the rates fitted on all matrices.
  const rates = pruneRates(known);
  const parts = matrices.map((matrix, i) => ({ matrix, counts: counts[i] }));
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
    weights: sum(bits, sizeOf),
    sparsity: sparsityOf(bits),
    pruned: unknown === null ? sum(known, ({ pruned }) => pruned) : null,
    regrown: unknown === null ? sum(known, ({ regrown }) => regrown) : null,
    sizes: { ...sizesOf(bits), givenInitial: unknown === null ? Math.ceil(sum(known, flipBits) / 8) : null },
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
    heads: describeHeads(matrices, base.heads, heads),
    deadHeads: deadHeads(matrices, base.heads),
  };
}

interface Counts extends Clustered {
  readonly pruned: number;
  readonly regrown: number;
}

type Unmarked = Omit<Changed, "marked">;
const UNKNOWN = { pruned: null, regrown: null, expected: null, effect: null, z: null, phi: null } satisfies Unmarked;

function changedOf(inside: readonly Counts[], all: readonly Counts[], rates: Rates): Unmarked {
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
 * The bits needed to encode a matrix given its initial scores, with the flips of each cell coded at the cell's own
 * rate.
 */
function flipBits({ all, zeros }: Counts): number {
  return all.reduce((bits, weights, cell) => bits + (weights ? weights * entropyOf(zeros[cell]! / weights) : 0), 0);
}

/** Each head in each of its masked matrices, then in all of them together, ordered by layer and head. */
function describeHeads(
  matrices: readonly MaskMatrix[],
  heads: number,
  drops: readonly HeadPruning[],
): HeadDescription[] {
  const changes = new Map([...drops, ...allOfHeads(drops)].map((drop) => [keyOf(drop), drop]));
  const parts = matrices.flatMap((matrix) => {
    const { layer, kind, bits } = matrix;
    if (layer === null || !isHeadKind(kind)) return [];
    const kept = keptByHead(matrix, heads) ?? [];
    return kept.map((count, head) => ({ layer, head, kind, count, of: sizeOf(bits) / heads }));
  });
  const described = [...new Set(parts.map(({ layer }) => layer))]
    .flatMap((layer) =>
      Array.from({ length: heads }, (_, head) => parts.filter((p) => p.layer === layer && p.head === head)),
    )
    .flatMap((of) => [
      ...of,
      { ...of[0]!, kind: "all" as const, count: sum(of, (p) => p.count), of: sum(of, (p) => p.of) },
    ])
    .map(({ layer, head, kind, count, of }) => {
      const change = changes.get(keyOf({ layer, head, kind }));
      const { observed: pruned = null, expected = null, effect = null, z = null, phi = null } = change ?? {};
      return { layer, head, kind, density: count / of, pruned, expected, effect, z, phi };
    });
  const marks = headMarks(described);
  return described.map((head, i) => ({ ...head, marked: head.pruned === null ? null : marks[i]! }));
}

function keyOf({ layer, head, kind }: Pick<HeadDescription, "layer" | "head" | "kind">): string {
  return `${layer} ${head} ${kind}`;
}

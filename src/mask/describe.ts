// One mask as the JSON that `masklens info MASK --json` prints and the pages show.

import { type HeadKind, isHeadKind, MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import {
  allOfHeads,
  type Clustered,
  droppedOf,
  dropRates,
  flipsOf,
  type HeadDrops,
  headDrops,
  lineDrops,
  matrixDispersion,
  type Rates,
  regionDrops,
  revivedOf,
  unknownBecause,
  type WeightsOf,
} from "./changed.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { headMarks } from "./head-marks.ts";
import type { InitialRecipe } from "./initial.ts";
import { type BaseModel, controlSeed, type Estimate, type MaskMetadata, type MatrixFacts } from "./metadata.ts";
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
  sum,
  zeroShareOf,
} from "./statistics.ts";

/** What training changed in a region; null where the initial mask is not known. */
export interface Changed {
  /** Weights that began kept and are dropped, and the other way round. */
  readonly dropped: number | null;
  readonly revived: number | null;
  /** How many drops the initial scores let expect. */
  readonly expected: number | null;
  /** dropped / expected with its 95 % interval; null also where nothing is expected. */
  readonly effect: Estimate | null;
  /** (dropped − expected) / deviation, which allows for clusters; null also where nothing could vary. */
  readonly z: number | null;
  /** How many times as much drops vary as independent ones would; under 1 it is not used. */
  readonly phi: number | null;
  /**
   * Whether z is significant among those of the same family (matrices, blocks, kinds, heads over all their matrices) by
   * Benjamini and Hochberg at 5 % false discoveries. A head in one kind of matrix is marked where it is significant among all
   * such parts and the head is over all its matrices, too. null where the initial mask is not known.
   */
  readonly marked: boolean | null;
}

/** All but the shares of zeros is given the drop rates of all the mask's matrices together. */
export interface MatrixDescription extends MatrixFacts, Changed {
  readonly zeroShare: number;
}

/** Of the matrices of one block, or (null) of those above the blocks. */
export interface BlockDescription extends Changed {
  readonly block: number | null;
  readonly zeroShare: number;
}

/** Of all matrices of one kind. */
export interface KindDescription extends Changed {
  readonly kind: MatrixKind;
  readonly zeroShare: number;
}

/** All but the keep rate is given the drop rates of the head's own matrices. */
export interface HeadDescription extends Omit<Changed, "revived"> {
  readonly block: number;
  readonly head: number;
  readonly kind: HeadKind | "all";
  readonly keepRate: number;
}

export interface MaskDescription {
  readonly format: "mask";
  readonly file: string;
  readonly tool: string;
  readonly base: Omit<BaseModel, "weights">;
  readonly task: MaskMetadata["task"];
  readonly scores: MaskMetadata["scores"];
  readonly training: MaskMetadata["training"];
  readonly seeds: MaskMetadata["seeds"];
  readonly initial: InitialRecipe | null;
  /** The seed by which the labels of training were permuted: a control, which learnt nothing of its task; else null. */
  readonly permuteLabels: number | null;
  /** Masked weights. */
  readonly weights: number;
  readonly zeroShare: number;
  readonly dropped: number | null;
  readonly revived: number | null;
  /** Bytes. `givenInitial`: the entropy bound for who has the initial scores; null where they are not known. */
  readonly sizes: Sizes & { readonly givenInitial: number | null };
  /** Why dropped, expected and z are null; null where they are not. */
  readonly unknownBecause: string | null;
  readonly matrices: readonly MatrixDescription[];
  readonly blocks: readonly BlockDescription[];
  readonly kinds: readonly KindDescription[];
  readonly heads: readonly HeadDescription[];
  readonly deadHeads: readonly DeadHead[];
}

/** What training changed in one matrix, as soon as it is counted. */
export interface MatrixProgress {
  readonly name: string;
  readonly dropped: number;
  readonly revived: number;
  readonly heads: readonly HeadDrops[];
}

/** `weightsOf` gives base weights to masks whose initial mask follows from them. */
export function describeMask(mask: Mask, weightsOf?: WeightsOf): MaskDescription {
  const steps = describing(mask, weightsOf);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `describeMask`, in steps of a matrix each, so that a caller can tell how far it is and answer others between. */
export function* describing(mask: Mask, weightsOf?: WeightsOf): Generator<MatrixProgress, MaskDescription> {
  const { metadata, matrices } = mask;
  const { weights: _, ...base } = metadata.base;
  const unknown = unknownBecause(mask, weightsOf);
  const bits = matrices.map((matrix) => matrix.bits);

  // 1. Count flips matrix by matrix; only the counts are kept, not the cells of every weight.
  const heads: HeadDrops[] = [];
  const counts: (Counts | undefined)[] = [];
  for (const matrix of matrices) {
    const flips = unknown === null ? flipsOf(mask, matrix, weightsOf) : undefined;
    if (!flips) {
      counts.push(undefined);
      continue;
    }
    const lines = lineDrops(matrix.bits, flips);
    const [dropped, revived, drops] = [droppedOf(flips), revivedOf(flips), headDrops(matrix, flips, lines)];
    heads.push(...drops);
    const phi = matrixDispersion(lines, headBands(matrix, base.heads));
    counts.push({ all: flips.all, zeros: flips.zeros, dropped, revived, phi });
    yield { name: matrix.name, dropped, revived, heads: drops };
  }
  const known = counts.filter((count) => count !== undefined);

  // 2. Hold each matrix against the rates of all.
  const rates = dropRates(known);
  const parts = matrices.map((matrix, i) => ({ matrix, counts: counts[i] }));
  const regionOf = (inside: readonly (typeof parts)[number][]) => ({
    zeroShare: zeroShareOf(inside.map(({ matrix }) => matrix.bits)),
    ...changedOf(
      inside.flatMap((part) => part.counts ?? []),
      known,
      rates,
    ),
  });
  const blocks = [...new Set(matrices.map(({ block }) => block))];
  const kinds = MATRIX_KINDS.filter((kind) => matrices.some((matrix) => matrix.kind === kind));
  return {
    format: "mask",
    file: mask.file,
    tool: metadata.tool,
    base,
    task: metadata.task,
    scores: metadata.scores,
    training: metadata.training,
    seeds: metadata.seeds,
    initial: metadata.initial,
    permuteLabels: controlSeed(metadata),
    weights: sum(bits, sizeOf),
    zeroShare: zeroShareOf(bits),
    dropped: unknown === null ? sum(known, ({ dropped }) => dropped) : null,
    revived: unknown === null ? sum(known, ({ revived }) => revived) : null,
    sizes: { ...sizesOf(bits), givenInitial: unknown === null ? Math.ceil(sum(known, flipBits) / 8) : null },
    unknownBecause: unknown,
    matrices: withMarks(
      parts.map((part) => {
        const { name, block, kind, bits } = part.matrix;
        return { name, block, kind, rows: bits.rows, columns: bits.columns, ...regionOf([part]) };
      }),
    ),
    blocks: withMarks(
      blocks.map((block) => ({ block, ...regionOf(parts.filter(({ matrix }) => matrix.block === block)) })),
    ),
    kinds: withMarks(kinds.map((kind) => ({ kind, ...regionOf(parts.filter(({ matrix }) => matrix.kind === kind)) }))),
    heads: describeHeads(matrices, base.heads, heads),
    deadHeads: deadHeads(matrices, base.heads),
  };
}

interface Counts extends Clustered {
  readonly dropped: number;
  readonly revived: number;
}

type Unmarked = Omit<Changed, "marked">;
const UNKNOWN = { dropped: null, revived: null, expected: null, effect: null, z: null, phi: null } satisfies Unmarked;

function changedOf(inside: readonly Counts[], all: readonly Counts[], rates: Rates): Unmarked {
  if (!inside.length) return UNKNOWN;
  const { observed, expected, effect, z, phi } = regionDrops(inside, all, rates);
  return { dropped: observed, revived: sum(inside, ({ revived }) => revived), expected, effect, z, phi };
}

/** The regions of one family, tested together. */
function withMarks<R extends Pick<Changed, "dropped" | "z">>(regions: readonly R[]): (R & Pick<Changed, "marked">)[] {
  const marks = discoveries(regions.map(({ z }) => z));
  return regions.map((region, i) => ({ ...region, marked: region.dropped === null ? null : marks[i]! }));
}

/** Bits that a mask costs given its initial scores: each cell's flips at the cell's own rate. */
function flipBits({ all, zeros }: Counts): number {
  return all.reduce((bits, weights, cell) => bits + (weights ? weights * entropyOf(zeros[cell]! / weights) : 0), 0);
}

/** Each head in each of its masked matrices, then in all of them together, ordered by block and head. */
function describeHeads(matrices: readonly MaskMatrix[], heads: number, drops: readonly HeadDrops[]): HeadDescription[] {
  const changes = new Map([...drops, ...allOfHeads(drops)].map((drop) => [keyOf(drop), drop]));
  const parts = matrices.flatMap((matrix) => {
    const { block, kind, bits } = matrix;
    if (block === null || !isHeadKind(kind)) return [];
    const kept = keptByHead(matrix, heads) ?? [];
    return kept.map((count, head) => ({ block, head, kind, count, of: sizeOf(bits) / heads }));
  });
  const described = [...new Set(parts.map(({ block }) => block))]
    .flatMap((block) =>
      Array.from({ length: heads }, (_, head) => parts.filter((p) => p.block === block && p.head === head)),
    )
    .flatMap((of) => [
      ...of,
      { ...of[0]!, kind: "all" as const, count: sum(of, (p) => p.count), of: sum(of, (p) => p.of) },
    ])
    .map(({ block, head, kind, count, of }) => {
      const change = changes.get(keyOf({ block, head, kind }));
      const { observed: dropped = null, expected = null, effect = null, z = null, phi = null } = change ?? {};
      return { block, head, kind, keepRate: count / of, dropped, expected, effect, z, phi };
    });
  const marks = headMarks(described);
  return described.map((head, i) => ({ ...head, marked: head.dropped === null ? null : marks[i]! }));
}

function keyOf({ block, head, kind }: Pick<HeadDescription, "block" | "head" | "kind">): string {
  return `${block} ${head} ${kind}`;
}

// One mask as the JSON that `masklens info MASK --json` prints and the pages show.

import {
  allOfHeads,
  type CellCounts,
  type Deviation,
  droppedOf,
  dropRates,
  dropsOf,
  flipsOf,
  type HeadDrops,
  headDrops,
  revivedOf,
  together,
  unknownBecause,
  type WeightsOf,
} from "./changed.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import type { InitialRecipe } from "./initial.ts";
import { type BaseModel, MATRIX_KINDS, type MaskMetadata, type MatrixFacts, type MatrixKind } from "./metadata.ts";
import {
  type DeadHead,
  deadHeads,
  entropyOf,
  type HeadKind,
  isHeadKind,
  keptByHead,
  type Sizes,
  sizeOf,
  sizesOf,
  sum,
  zeroShareOf,
} from "./statistics.ts";

/** What training changed in a region; null where the initial mask is not known, z also where nothing could vary. */
export interface Changed {
  /** Weights that began kept and are dropped, and the other way round. */
  readonly dropped: number | null;
  readonly revived: number | null;
  /** How many drops the initial scores let expect, and (dropped − expected) / deviation. */
  readonly expected: number | null;
  readonly z: number | null;
}

/** `expected` and `z` are given the drop rates of all the mask's matrices together. */
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

/** `expected` and `z` are given the drop rates of the head's own matrices. */
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
    const [dropped, revived, drops] = [droppedOf(flips), revivedOf(flips), headDrops(matrix, flips)];
    heads.push(...drops);
    counts.push({ all: flips.all, zeros: flips.zeros, dropped, revived });
    yield { name: matrix.name, dropped, revived, heads: drops };
  }
  const known = counts.filter((count) => count !== undefined);

  // 2. Hold each matrix against the rates of all.
  const rates = dropRates(known);
  const drops = counts.map((count) => count && dropsOf(count, rates));
  const changed = matrices.map((matrix, i) => ({ matrix, counts: counts[i], drops: drops[i] }));
  const blocks = [...new Set(matrices.map(({ block }) => block))];
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
    weights: sum(bits, sizeOf),
    zeroShare: zeroShareOf(bits),
    dropped: unknown === null ? sum(known, ({ dropped }) => dropped) : null,
    revived: unknown === null ? sum(known, ({ revived }) => revived) : null,
    sizes: { ...sizesOf(bits), givenInitial: unknown === null ? Math.ceil(sum(known, flipBits) / 8) : null },
    unknownBecause: unknown,
    matrices: changed.map(({ matrix: { name, block, kind, bits }, ...rest }) => {
      const { rows, columns } = bits;
      return { name, block, kind, rows, columns, zeroShare: zeroShareOf([bits]), ...changedOf([rest]) };
    }),
    blocks: blocks.map((block) => {
      const inside = changed.filter(({ matrix }) => matrix.block === block);
      return { block, zeroShare: zeroShareOf(inside.map(({ matrix }) => matrix.bits)), ...changedOf(inside) };
    }),
    kinds: MATRIX_KINDS.flatMap((kind) => {
      const inside = changed.filter(({ matrix }) => matrix.kind === kind);
      if (!inside.length) return [];
      return [{ kind, zeroShare: zeroShareOf(inside.map(({ matrix }) => matrix.bits)), ...changedOf(inside) }];
    }),
    heads: describeHeads(matrices, base.heads, heads),
    deadHeads: deadHeads(matrices, base.heads),
  };
}

interface Counts extends CellCounts {
  readonly dropped: number;
  readonly revived: number;
}

function changedOf(
  parts: readonly { readonly counts: Counts | undefined; readonly drops: Deviation | undefined }[],
): Changed {
  const counts = parts.flatMap((part) => part.counts ?? []);
  const drops = parts.flatMap((part) => part.drops ?? []);
  if (!counts.length) return { dropped: null, revived: null, expected: null, z: null };
  const { observed, expected, z } = together(drops);
  return { dropped: observed, revived: sum(counts, ({ revived }) => revived), expected, z };
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
  return [...new Set(parts.map(({ block }) => block))]
    .flatMap((block) =>
      Array.from({ length: heads }, (_, head) => parts.filter((p) => p.block === block && p.head === head)),
    )
    .flatMap((of) => [
      ...of,
      { ...of[0]!, kind: "all" as const, count: sum(of, (p) => p.count), of: sum(of, (p) => p.of) },
    ])
    .map(({ block, head, kind, count, of }) => {
      const change = changes.get(keyOf({ block, head, kind }));
      const { observed: dropped = null, expected = null, z = null } = change ?? {};
      return { block, head, kind, keepRate: count / of, dropped, expected, z };
    });
}

function keyOf({ block, head, kind }: Pick<HeadDescription, "block" | "head" | "kind">): string {
  return `${block} ${head} ${kind}`;
}

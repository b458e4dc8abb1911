// Masks beside each other, as the JSON that `masklens diff A B --json` prints and the pages show: which dropped weights two
// masks share, given the initial scores, and the paper's dissimilarity d with its chance level. method.md, analysis 6.

import { InputError } from "../errors.ts";
import { combine, count } from "./algebra.ts";
import { type BitMatrix, countOnes } from "./bits.ts";
import {
  allOfHeads,
  type Deviation,
  dropRates,
  eachZero,
  type Flips,
  flipsOf,
  type HeadDrops,
  headDrops,
  together,
  unknownBecause,
  type WeightsOf,
} from "./changed.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { MATRIX_KINDS, type MatrixKind } from "./metadata.ts";
import { pearson } from "./significance.ts";
import { type Bands, bandOf, headBands, sizeOf, sum } from "./statistics.ts";
import { DROPPED } from "./strata.ts";

/** How alike two masks are in some matrices. */
export interface Likeness {
  /** Weights dropped by both, over their expectation if the drops were independent given the initial scores; 1 by chance. */
  readonly lift: number | null;
  readonly z: number | null;
  readonly observed: number | null;
  readonly expected: number | null;
  /** ‖M₁ − M₂‖₁ / (‖M₁‖₁ + ‖M₂‖₁), and what it would be for independent masks of the same keep rates. */
  readonly d: number | null;
  readonly chance: number | null;
}

/** An attention head in two masks: the overlap of what they dropped in it, and each mask's drops against expectation. */
export interface HeadLikeness {
  readonly block: number;
  readonly head: number;
  readonly lift: number | null;
  readonly z: number | null;
  readonly zA: number | null;
  readonly zB: number | null;
}

export interface PairComparison extends Likeness {
  readonly a: string;
  readonly b: string;
  /** Which matrices the numbers above are over: those of the shared blocks or, where there is none, all that are shared. */
  readonly over: "blocks" | "all";
  readonly sameMaskSeed: boolean;
  /** Whether their classifiers were drawn from one seed. */
  readonly sameRunSeed: boolean;
  /** Why lift and z are null, or what inflates them. */
  readonly notes: readonly string[];
  readonly blocks: readonly (Likeness & { readonly block: number })[];
  readonly kinds: readonly (Likeness & { readonly kind: MatrixKind })[];
  readonly matrices: readonly (Likeness & Pick<MaskMatrix, "name" | "block" | "kind">)[];
  /** Ordered by block and head; empty where one mask's initial scores are not known. */
  readonly heads: readonly HeadLikeness[];
  /** Correlation of the heads' z (over all their matrices that both mask); null below three heads. */
  readonly headCorrelation: number | null;
  /** Matrices that both mask, in the same shape, and those that only one does. */
  readonly shared: readonly string[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** Every pair of two or more masks, in order. InputError where two are over different base models or share no matrix. */
export function compareMasks(...masks: readonly Mask[]): { pairs: PairComparison[] } {
  return comparePairs(masks);
}

/** As `compareMasks`; `weightsOf` gives base weights to masks whose initial mask follows from them. */
export function comparePairs(masks: readonly Mask[], weightsOf?: WeightsOf): { pairs: PairComparison[] } {
  const sides = masks.map((mask): Side => {
    return {
      mask,
      matrices: new Map(mask.matrices.map((m) => [m.name, m])),
      unknown: unknownBecause(mask, weightsOf),
      heads: [],
    };
  });
  const pairs = sides.flatMap((a, i) =>
    sides.slice(i + 1).map((b): Pair => ({ a, b, shared: sharedOf(a, b), tallies: [] })),
  );

  // Matrix by matrix, so that each initial mask is made once and only one matrix's cells are in memory.
  for (const name of new Set(pairs.flatMap(({ shared }) => shared))) {
    const drawn = drawAll(sides, name, weightsOf);
    for (const pair of pairs) {
      if (!pair.shared.includes(name)) continue;
      const [a, b] = [pair.a.matrices.get(name)!, pair.b.matrices.get(name)!];
      const [flipsA, flipsB] = [drawn.get(pair.a), drawn.get(pair.b)];
      const bands = headBands(a, pair.a.mask.metadata.base.heads);
      const parts = flipsA && flipsB ? overlapsOf(a.bits, flipsA, b.bits, flipsB, bands) : null;
      const overlap = parts && together(parts);
      const heads = bands ? parts : null;
      pair.tallies.push({ name, block: a.block, kind: a.kind, overlap, heads, ...distanceOf(a.bits, b.bits) });
    }
  }
  return { pairs: pairs.map(describePair) };
}

/** A mask in a comparison. */
interface Side {
  readonly mask: Mask;
  readonly matrices: ReadonlyMap<string, MaskMatrix>;
  readonly unknown: string | null;
  /** Filled matrix by matrix. */
  readonly heads: HeadDrops[];
}

interface Pair {
  readonly a: Side;
  readonly b: Side;
  readonly shared: readonly string[];
  /** Filled matrix by matrix. */
  readonly tallies: Tally[];
}

/** Counts of which the numbers of any set of matrices are made. */
interface Tally extends Pick<MaskMatrix, "name" | "block" | "kind"> {
  readonly overlap: Deviation | null;
  /** The overlap in each attention head's part; null where there is none, or no heads. */
  readonly heads: readonly Deviation[] | null;
  /** Weights that one mask keeps and the other does not, and how many independent masks would have. */
  readonly unlike: number;
  readonly unlikeByChance: number;
  /** ones₁ + ones₂ */
  readonly kept: number;
}

/**
 * Weights dropped by both masks of those that both began with: E = Σ p₁(S₁)·p₂(S₂), with each mask's drop rates by stratum;
 * in each of the bands, or in the whole matrix where there are none.
 */
function overlapsOf(aBits: BitMatrix, a: Flips, bBits: BitMatrix, b: Flips, heads: Bands | undefined): Deviation[] {
  const [aRates, bRates] = [dropRates([a]), dropRates([b])];
  const [aCells, bCells] = [a.cells, b.cells];
  const { rows, columns } = aBits;
  const bands = heads ?? { count: 1, rows, columns };
  const [expected, squares, observed] = Array.from({ length: 3 }, () => new Float64Array(bands.count)) as Triple;
  for (let from = 0; from < aCells.length; from += bands.columns) {
    const band = bandOf(bands, Math.floor(from / columns), from % columns);
    let [sum, sumOfSquares] = [0, 0];
    for (let i = from; i < from + bands.columns; i++) {
      const p = aRates[aCells[i]!]! * bRates[bCells[i]!]!;
      sum += p;
      sumOfSquares += p * p;
    }
    expected[band]! += sum;
    squares[band]! += sumOfSquares;
  }
  eachZero(combine("or", aBits, bBits), (row, column) => {
    const i = row * columns + column;
    if (aCells[i]! < DROPPED && bCells[i]! < DROPPED) observed[bandOf(bands, row, column)]!++;
  });
  return Array.from(observed, (count, band) =>
    together([{ observed: count, expected: expected[band]!, variance: expected[band]! - squares[band]! }]),
  );
}

type Triple = [Float64Array, Float64Array, Float64Array];

/** The parts of d and of its chance level: independent masks of keep rates p and q differ in n(p + q − 2pq) weights. */
export function distanceOf(a: BitMatrix, b: BitMatrix): Pick<Tally, "unlike" | "unlikeByChance" | "kept"> {
  const [p, q] = [countOnes(a), countOnes(b)];
  return { unlike: count("xor", a, b), unlikeByChance: p + q - (2 * p * q) / sizeOf(a), kept: p + q };
}

function sharedOf(a: Side, b: Side): string[] {
  const shared = [...a.matrices.keys()].filter((name) => sameShape(a.matrices.get(name), b.matrices.get(name)));
  const place = { file: `${a.mask.file} and ${b.mask.file}` };
  if (!shared.length)
    throw new InputError(
      "the masks share no matrix",
      place,
      "compare masks of one base model with some matrices in common",
    );
  const hashes = [a.mask.metadata.base.weights, b.mask.metadata.base.weights] as const;
  for (const name of shared) {
    const [first, second] = [hashes[0][name], hashes[1][name]];
    if (first && second && first !== second)
      throw new InputError(
        `the masks belong to different base models: ${name} differs`,
        place,
        "compare masks of one base model",
      );
  }
  return shared;
}

function sameShape(a: MaskMatrix | undefined, b: MaskMatrix | undefined): boolean {
  return a !== undefined && b !== undefined && a.bits.rows === b.bits.rows && a.bits.columns === b.bits.columns;
}

/** The flips of each mask in one matrix. */
function drawAll(sides: readonly Side[], name: string, weightsOf?: WeightsOf): Map<Side, Flips> {
  const drawn = new Map<Side, Flips>();
  for (const side of sides) {
    const matrix = side.matrices.get(name);
    const flips = matrix && side.unknown === null ? flipsOf(side.mask, matrix, weightsOf) : undefined;
    if (!matrix || !flips) continue;
    drawn.set(side, flips);
    side.heads.push(...headDrops(matrix, flips));
  }
  return drawn;
}

function describePair({ a, b, shared, tallies }: Pair): PairComparison {
  const inBlocks = tallies.filter(({ block }) => block !== null);
  const blocks = [...new Set(inBlocks.map(({ block }) => block!))].sort((x, y) => x - y);
  const kinds = MATRIX_KINDS.filter((kind) => tallies.some((tally) => tally.kind === kind));
  const sameMaskSeed = isSameSeed(a.mask, b.mask);
  const sameRunSeed = isSameRunSeed(a.mask, b.mask);
  const only = (side: Side) => [...side.matrices.keys()].filter((name) => !shared.includes(name));
  return {
    a: a.mask.file,
    b: b.mask.file,
    over: inBlocks.length ? "blocks" : "all",
    ...likenessOf(inBlocks.length ? inBlocks : tallies),
    sameMaskSeed,
    sameRunSeed,
    notes: [
      ...[a, b].flatMap(({ mask, unknown }) => (unknown ? [`${mask.file}: ${unknown}`] : [])),
      ...(sameMaskSeed
        ? [
            "both masks began from one mask seed: d is small for that alone, and the last block and the matrices above it look more alike than their tasks are; compare masks of different seeds",
          ]
        : []),
      ...(sameRunSeed
        ? [
            "both runs had one seed and so the same frozen classifier: the last block and the matrices above it look more alike than their tasks are; compare runs of different seeds",
          ]
        : []),
    ],
    blocks: blocks.map((block) => ({ block, ...likenessOf(tallies.filter((tally) => tally.block === block)) })),
    kinds: kinds.map((kind) => ({ kind, ...likenessOf(tallies.filter((tally) => tally.kind === kind)) })),
    matrices: tallies.map(({ name, block, kind, ...tally }) => ({ name, block, kind, ...likenessOf([tally]) })),
    ...headsOf(a, b, tallies),
    shared,
    onlyA: only(a),
    onlyB: only(b),
  };
}

function likenessOf(tallies: readonly Omit<Tally, "name" | "block" | "kind" | "heads">[]): Likeness {
  const overlaps = tallies.flatMap(({ overlap }) => overlap ?? []);
  const { observed, expected, z } = overlaps.length === tallies.length ? together(overlaps) : UNKNOWN;
  const kept = sum(tallies, (tally) => tally.kept);
  return {
    lift: observed !== null && expected ? observed / expected : null,
    z,
    observed,
    expected,
    d: kept ? sum(tallies, ({ unlike }) => unlike) / kept : null,
    chance: kept ? sum(tallies, ({ unlikeByChance }) => unlikeByChance) / kept : null,
  };
}

const UNKNOWN = { observed: null, expected: null, z: null };

/** Whether two masks began from one mask seed. */
function isSameSeed(a: Mask, b: Mask): boolean {
  const [first, second] = [a.metadata.initial, b.metadata.initial];
  return first !== null && second !== null && first.maskSeed === second.maskSeed;
}

/** Whether two classifiers of the same shape were drawn from one seed. */
function isSameRunSeed({ metadata: a }: Mask, { metadata: b }: Mask): boolean {
  const sameLabels = a.task.labels.length === b.task.labels.length;
  return sameLabels && a.seeds.run !== undefined && a.seeds.run === b.seeds.run;
}

/** Each attention head over the matrices of it that both masks have, and the correlation of the masks' z. */
function headsOf(a: Side, b: Side, tallies: readonly Tally[]): Pick<PairComparison, "heads" | "headCorrelation"> {
  const partOf = ({ block, head, kind }: HeadDrops) => `${block} ${head} ${kind}`;
  const [inA, inB] = [new Set(a.heads.map(partOf)), new Set(b.heads.map(partOf))];
  const [headsA, headsB] = [
    allOfHeads(a.heads.filter((part) => inB.has(partOf(part)))),
    allOfHeads(b.heads.filter((part) => inA.has(partOf(part)))),
  ];
  const heads = headsA.map(({ block, head, z }, i): HeadLikeness => {
    const parts = tallies.flatMap((tally) => (tally.block === block && tally.heads ? [tally.heads[head]!] : []));
    const overlap = together(parts);
    const lift = overlap.expected ? overlap.observed / overlap.expected : null;
    return { block, head, lift, z: overlap.z, zA: z, zB: headsB[i]!.z };
  });
  const both = heads.flatMap(({ zA, zB }) => (zA === null || zB === null ? [] : [[zA, zB] as const]));
  return {
    heads,
    headCorrelation: pearson(
      both.map(([z]) => z),
      both.map(([, z]) => z),
    ),
  };
}

// Compares masks, as the JSON that `masklens diff A B --json` prints and the pages show: which pruned weights two masks
// share, given the initial scores, and the paper's dissimilarity d with its chance level. Formulas: method.md,
// "Comparing two masks".
//
// p and q are the rates at which the two masks pruned weights with the same initial scores as a given weight:
//     lift   Σ ab / Σ pq over the weights on in both initial masks; a = 1 if mask A pruned a weight, b = 1 if B did
//     z      Σ (a − p)(b − q) / √Σ p(1 − p) q(1 − q), without the part of the count that one mask alone explains

import { HEAD_VIEWS, type HeadView, kindsOfView } from "../anatomy/heads.ts";
import { MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import { type HeadPruning, headsInView } from "./changed.ts";
import { controlSeed } from "./control.ts";
import type { Mask, MaskMatrix } from "./file.ts";
import { headMarks } from "./head-marks.ts";
import type { WeightsOf } from "./initial.ts";
import type { Estimate } from "./metadata.ts";
import { type Overlap, overlapTogether } from "./overlap.ts";
import { type Pair, pairsAmong, type Side, type Tally, tally } from "./pairs.ts";
import type { Null, Place } from "./reference.ts";
import { correlation, discoveries, ratio } from "./significance.ts";
import { sum } from "./statistics.ts";

/** How similar two masks are over a set of matrices. */
export interface Likeness {
  /**
   * The number of weights that both masks pruned, divided by the number expected if the masks had pruned independently,
   * given their initial scores; 1 is chance level. `ratio` computes the 95 % interval.
   */
  readonly lift: Estimate | null;
  /** The covariance of the two masks' pruned weights, in standard deviations from independence. */
  readonly z: number | null;
  readonly observed: number | null;
  readonly expected: number | null;
  /** ‖M₁ − M₂‖₁ / (‖M₁‖₁ + ‖M₂‖₁), and the value expected for independent masks of the same densities. */
  readonly d: number | null;
  readonly chance: number | null;
}

/**
 * An attention head in two masks: the overlap of the weights that they pruned in the head, and each mask's own
 * deviation. Covers either one of the head's matrices or all that are masked in both. `headMarks` decides which of the
 * three results are marked.
 */
export interface HeadLikeness {
  readonly layer: number;
  readonly head: number;
  readonly lift: Estimate | null;
  readonly z: number | null;
  readonly marked: boolean | null;
  readonly effectA: Estimate | null;
  readonly zA: number | null;
  readonly markedA: boolean | null;
  readonly effectB: Estimate | null;
  readonly zB: number | null;
  readonly markedB: boolean | null;
}

/** The results for the attention heads in one kind of matrix or, if `kind` is "cross", over those of cross attention. */
export interface HeadsOfKind {
  readonly kind: Exclude<HeadView, "all">;
  /** Ordered by layer and head. */
  readonly heads: readonly HeadLikeness[];
  /** Like `PairComparison.headCorrelation`, for this kind only. */
  readonly headCorrelation: Estimate | null;
}

/** Whether z is significant after Benjamini–Hochberg correction within its family; null if z is unknown. */
interface Marked {
  readonly marked: boolean | null;
}

/**
 * Parts of the model excluded from the headline result, because masks are similar there for reasons other than their
 * tasks.
 */
export const APART = ["last layer", "pooler", "classifier"] as const;
export type Apart = (typeof APART)[number];

/**
 * The matrices that a pair's headline result covers: those in shared layers below the model's last layer; if there are
 * none, those in the last layer; if the masks share no layer, all matrices.
 */
export type Over = "lower layers" | "last layer" | "all";

export interface PairComparison extends Likeness {
  readonly a: string;
  readonly b: string;
  readonly over: Over;
  /** What the lift is compared with: 1, or the lifts of reference pairs. */
  readonly null: Null;
  /** Where the lift falls among the lifts of reference pairs; null if the null hypothesis is independence. */
  readonly place: Place | null;
  readonly sameMaskSeed: boolean;
  /**
   * Whether both runs used the same seed for dropout, the order of examples and, if the tasks have the same number of
   * labels, the classifier.
   */
  readonly sameRunSeed: boolean;
  /** Notes for the reader: why lift and z are null, what inflates them, and which references were left out. */
  readonly notes: readonly string[];
  /** The results for the excluded parts that both masks have. */
  readonly apart: readonly (Likeness & { readonly part: Apart })[];
  readonly layers: readonly (Likeness & Marked & { readonly layer: number })[];
  /** For each kind of matrix, over all shared layers. */
  readonly kinds: readonly (Likeness & Marked & { readonly kind: MatrixKind })[];
  readonly matrices: readonly (Likeness & Marked & Pick<MaskMatrix, "name" | "layer" | "kind">)[];
  /** Ordered by layer and head; empty if the initial scores of either mask are unknown. */
  readonly heads: readonly HeadLikeness[];
  /**
   * The correlation between the z values of the heads in mask A and in mask B, with Fisher's 95 % interval; null with
   * fewer than three heads. Each head's z covers all matrices that are masked in both. All heads in a matrix are
   * compared with the same rates, so their z values are slightly dependent; docs/calibration.md shows how often the
   * interval still contains 0 for independent masks.
   */
  readonly headCorrelation: Estimate | null;
  /**
   * The heads in each kind of matrix that is masked in both, and in cross attention; empty if the initial scores of either mask are unknown.
   */
  readonly headKinds: readonly HeadsOfKind[];
  /** The matrices that are masked in both, with the same shape, and those that are masked only in A or only in B. */
  readonly shared: readonly string[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/**
 * Compares every pair among two or more masks, in order. Throws an InputError if two masks have different base models
 * or no matrix in common.
 */
export function compareMasks(...masks: readonly Mask[]): { pairs: PairComparison[] } {
  return comparePairs(masks);
}

/**
 * Like `compareMasks`; `weightsOf` provides pretrained weights for masks whose initial mask depends on them. The null
 * hypothesis is independence; `judgePairs` compares with other pairs of masks instead.
 */
export function comparePairs(masks: readonly Mask[], weightsOf?: WeightsOf): { pairs: PairComparison[] } {
  const pairs = pairsAmong(masks, weightsOf);
  tally(pairs, true, weightsOf);
  return { pairs: pairs.map(describePair) };
}

/** Describes a pair whose matrices were all counted. */
export function describePair({ a, b, shared, tallies }: Pair): PairComparison {
  const inLayers = tallies.filter(({ layer }) => layer !== null);
  const layers = [...new Set(inLayers.map(({ layer }) => layer!))].sort((x, y) => x - y);
  const kinds = MATRIX_KINDS.filter((kind) => tallies.some((tally) => tally.kind === kind));
  const sameMaskSeed = isSameSeed(a.mask, b.mask);
  const sameRunSeed = isSameRunSeed(a.mask, b.mask);
  const only = (side: Side) => [...side.matrices.keys()].filter((name) => !shared.includes(name));
  const over = overOf(a.mask, tallies);
  const likeness = likenessOf(tallies.filter((tally) => isIn(over, a.mask, tally)));
  return {
    a: a.mask.file,
    b: b.mask.file,
    over,
    null: "independence",
    place: null,
    ...likeness,
    sameMaskSeed,
    sameRunSeed,
    notes: [
      ...[a, b].flatMap(({ mask, unknown }) => (unknown ? [`${mask.file}: ${unknown}`] : [])),
      ...[a, b].flatMap(({ mask }) => controlNote(mask)),
      ...(sameMaskSeed
        ? [
            "both masks were trained with the same mask seed; this alone lowers d and makes the masks more similar in the last layer and above it, even if their tasks are unrelated; compare masks trained with different mask seeds",
          ]
        : []),
      ...(isByMagnitude(a.mask, over) && isByMagnitude(b.mask, over)
        ? [
            `the initial scores of both masks follow the magnitudes of the same weights; this alone lowers d${likeness.lift ? "; the lift is given these scores" : ""}`,
          ]
        : []),
      ...(sameRunSeed
        ? [
            `both runs used the same seed for dropout${haveClassifiers(a.mask, b.mask) ? " and for the frozen classifier" : ""}; this makes the masks more similar in every layer, even if their tasks are unrelated; compare runs with different seeds`,
          ]
        : []),
      ...((a.unknown ?? b.unknown) === null ? stepsNote(a.mask, b.mask) : []),
      ...(over === "last layer"
        ? ["the masks share only the model's last layer, in which even unrelated masks are similar"]
        : []),
    ],
    apart: over === "lower layers" ? apartOf(a.mask, tallies) : [],
    layers: withMarks(
      layers.map((layer) => ({ layer, ...likenessOf(tallies.filter((tally) => tally.layer === layer)) })),
    ),
    kinds: withMarks(kinds.map((kind) => ({ kind, ...likenessOf(tallies.filter((tally) => tally.kind === kind)) }))),
    matrices: withMarks(
      tallies.map(({ name, layer, kind, ...tally }) => ({ name, layer, kind, ...likenessOf([tally]) })),
    ),
    ...headsOf(a, b, tallies),
    shared,
    onlyA: only(a),
    onlyB: only(b),
  };
}

function overOf(mask: Mask, tallies: readonly Pick<MaskMatrix, "layer">[]): Over {
  const holds = (over: Over) => tallies.some((tally) => isIn(over, mask, tally));
  return holds("lower layers") ? "lower layers" : holds("last layer") ? "last layer" : "all";
}

export function isIn(over: Over, { metadata }: Mask, { layer }: Pick<MaskMatrix, "layer">): boolean {
  if (over === "all") return true;
  return layer !== null && (layer === metadata.base.layers - 1) === (over === "last layer");
}

function apartOf(mask: Mask, tallies: readonly Tally[]): PairComparison["apart"] {
  const inside: Record<Apart, (tally: Tally) => boolean> = {
    "last layer": (tally) => isIn("last layer", mask, tally),
    pooler: ({ kind }) => kind === "P",
    classifier: ({ kind }) => kind === "T",
  };
  return APART.flatMap((part) => {
    const some = tallies.filter(inside[part]);
    return some.length ? [{ part, ...likenessOf(some) }] : [];
  });
}

export function controlNote({ file, metadata }: Mask): string[] {
  const seed = controlSeed(metadata);
  return seed === null
    ? []
    : [`${file} is a control trained on labels permuted with seed ${seed}: it did not learn its task`];
}

/** If the numbers of steps differ by more than this factor, the lift says little. */
const MUCH_LONGER = 2;

export function stepsNote(a: Mask, b: Mask): string[] {
  const [first, second] = [stepsOf(a), stepsOf(b)];
  return Math.max(first, second) > MUCH_LONGER * Math.min(first, second)
    ? [
        `the masks are from steps ${first} and ${second}: the lift says little about masks trained for very different numbers of steps; compare masks trained for similar numbers of steps`,
      ]
    : [];
}

/** The step at which a mask was saved. */
function stepsOf({ metadata: { training } }: Mask): number {
  return training.bestStep ?? training.steps;
}

function withMarks<R extends { readonly z: number | null; readonly lift: Estimate | null }>(
  regions: readonly R[],
): (R & Marked)[] {
  const marks = discoveries(regions.map(({ z }) => z));
  return regions.map((region, i) => ({ ...region, marked: region.z === null ? null : marks[i]! }));
}

export function likenessOf(tallies: readonly Omit<Tally, "name" | "layer" | "kind" | "heads">[]): Likeness {
  const overlaps = tallies.flatMap(({ overlap }) => overlap ?? []);
  const kept = sum(tallies, (tally) => tally.kept);
  return {
    ...(overlaps.length === tallies.length ? liftOf(overlaps) : UNKNOWN),
    d: kept ? sum(tallies, ({ unlike }) => unlike) / kept : null,
    chance: kept ? sum(tallies, ({ unlikeByChance }) => unlikeByChance) / kept : null,
  };
}

const UNKNOWN = { lift: null, z: null, observed: null, expected: null };

function liftOf(overlaps: readonly Overlap[]): Pick<Likeness, "lift" | "z" | "observed" | "expected"> {
  const { observed, expected, variance, covariance, square } = overlapTogether(overlaps);
  return {
    lift: ratio(observed, expected, variance),
    z: square > 0 ? covariance / Math.sqrt(square) : null,
    ...{ observed, expected },
  };
}

/** Whether both masks started from the same mask seed. */
export function isSameSeed(a: Mask, b: Mask): boolean {
  const seed = maskSeedOf(a);
  return seed !== undefined && seed === maskSeedOf(b);
}

/** The seed of a mask's initial scores, of weights or of whole heads and neurons; undefined if it is unknown, or nothing was drawn with it. */
export function maskSeedOf({ metadata: { initial, run, seeds } }: Pick<Mask, "metadata">): number | undefined {
  const kind = initial?.kind ?? run.initialMask;
  if (kind === "constant" || kind === "magnitude-order") return undefined;
  return initial?.maskSeed ?? (run.units === "heads-and-neurons" ? seeds.mask : undefined);
}

/** Whether the initial scores of the compared part follow the magnitudes of the weights, or the norms of heads and neurons. */
function isByMagnitude({ metadata: { initial, run } }: Mask, over: Over): boolean {
  const kind = initial?.kind ?? run.initialMask;
  return kind === "magnitude" || kind === "magnitude-order" || (kind === "magnitude-and-uniform" && over !== "all");
}

export function isSameRunSeed({ metadata: a }: Mask, { metadata: b }: Mask): boolean {
  return a.seeds.run !== undefined && a.seeds.run === b.seeds.run;
}

/** Whether both masks were trained under a classifier of the same shape, so that the same seed gives the same one. */
const haveClassifiers = ({ metadata: a }: Mask, { metadata: b }: Mask): boolean =>
  a.task.labels.length > 0 && a.task.labels.length === b.task.labels.length;

type Heads = Pick<PairComparison, "heads" | "headCorrelation" | "headKinds">;

/**
 * Compares each attention head, over all matrices that are masked in both and in each kind of matrix, and correlates
 * the z values of the two masks.
 */
function headsOf(a: Side, b: Side, tallies: readonly Tally[]): Heads {
  const partOf = ({ layer, head, kind }: HeadPruning) => `${layer} ${head} ${kind}`;
  const [inA, inB] = [new Set(a.heads.map(partOf)), new Set(b.heads.map(partOf))];
  const ofA = a.heads.filter((part) => inB.has(partOf(part)));
  const ofB = b.heads.filter((part) => inA.has(partOf(part)));

  // 1. Compute the overlap and both deviations, over all kinds of matrices and for each kind.
  const layout = a.mask.metadata.base;
  const counted = HEAD_VIEWS.flatMap((kind) => {
    const kinds = kindsOfView(kind, layout);
    const headsB = headsInView(ofB, kind, layout);
    return headsInView(ofA, kind, layout).map(({ layer, head, effect: effectA, z: zA }, i) => {
      const parts = tallies.flatMap((tally) =>
        tally.layer === layer && tally.heads && kinds.some((one) => one === tally.kind) ? [tally.heads[head]!] : [],
      );
      const { effect: effectB, z: zB } = headsB[i]!;
      const { lift, z } = liftOf(parts);
      return { layer, head, kind, lift, z, effectA, zA, effectB, zB };
    });
  });

  // 2. Mark the significant results in each of the three families.
  const marks = headMarks(counted, layout);
  const marksA = headMarks(
    counted.map(({ zA, ...head }) => ({ ...head, z: zA })),
    layout,
  );
  const marksB = headMarks(
    counted.map(({ zB, ...head }) => ({ ...head, z: zB })),
    layout,
  );
  const marked = counted.map(({ layer, head, kind, lift, z, effectA, zA, effectB, zB }, i) => {
    const own = { effectA, zA, markedA: marksA[i]!, effectB, zB, markedB: marksB[i]! };
    return { kind, likeness: { layer, head, lift, z, ...own, marked: z === null ? null : marks[i]! } };
  });

  // 3. Group the heads by kind.
  const ofKind = (kind: HeadView) => {
    const heads = marked.filter((head) => head.kind === kind).map(({ likeness }) => likeness);
    const both = heads.flatMap(({ zA, zB }) => (zA === null || zB === null ? [] : [[zA, zB] as const]));
    return {
      heads,
      headCorrelation: correlation(
        both.map(([z]) => z),
        both.map(([, z]) => z),
      ),
    };
  };
  const inKinds = HEAD_VIEWS.filter((view) => view !== "all");
  const headKinds = inKinds.map((kind) => ({ kind, ...ofKind(kind) })).filter(({ heads }) => heads.length);
  return { ...ofKind("all"), headKinds };
}

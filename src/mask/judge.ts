// Compares pairs of masks with an empirical null distribution: how much unrelated masks over the same base model
// overlap in the same matrices.

import { streamOf } from "../philox.ts";
import { controlNote, isIn, isSameRunSeed, isSameSeed, likenessOf, type PairComparison, stepsNote } from "./compare.ts";
import { controlSeed } from "./control.ts";
import type { Mask } from "./file.ts";
import type { WeightsOf } from "./initial.ts";
import { type Pair, pairsOf, type Side, sideOf, tally } from "./pairs.ts";
import { areUnrelated, FEWEST_PAIRS, placeAmong, type Related } from "./reference.ts";

/** The masks whose pairs serve as the reference for other pairs. */
export interface References {
  /** Other masks over the same base model. */
  readonly against: readonly Mask[];
  readonly related?: Related;
  /** The lifts already computed for reference pairs, by key (see `keyOf`); newly computed lifts are added. */
  readonly known?: Map<string, number>;
}

interface Judges extends Required<Omit<References, "against">> {
  readonly against: readonly Side[];
}

interface Reference extends Pair {
  readonly key: string;
}

/**
 * Adds to each comparison of `masks` the place of its lift among the lifts of its reference pairs. These are all other
 * pairs of unrelated masks (see `areUnrelated`) formed from the two compared masks and `against`. With fewer than
 * FEWEST_PAIRS reference pairs, the null hypothesis remains independence, and a note says so. Throws an InputError if a
 * mask has a different base model.
 */
export function judgePairs(
  comparisons: readonly PairComparison[],
  masks: readonly Mask[],
  { against, related = [], known = new Map() }: References,
  weightsOf?: WeightsOf,
): PairComparison[] {
  const references = { against: against.map((mask) => sideOf(mask, weightsOf)), related, known };
  const sides = new Map(masks.map((mask) => [mask.file, sideOf(mask, weightsOf)]));
  return comparisons.map((comparison) => {
    const [a, b] = [sides.get(comparison.a)!, sides.get(comparison.b)!];
    return comparison.lift ? judged(comparison, comparison.lift.value, a, b, references, weightsOf) : comparison;
  });
}

function judged(
  comparison: PairComparison,
  lift: number,
  a: Side,
  b: Side,
  { against, related, known }: Judges,
  weightsOf?: WeightsOf,
): PairComparison {
  const names = comparison.shared.filter((name) => isIn(comparison.over, a.mask, a.matrices.get(name)!));
  const seen = new Set([checksumOf(a), checksumOf(b)]);
  const others = against.filter((side) => !seen.has(checksumOf(side)) && seen.add(checksumOf(side)));
  const usable = others.filter((side) => side.unknown === null && names.every((name) => side.matrices.has(name)));
  const references = pairsOf([a, b, ...usable])
    .filter((pair) => pair.a !== a || pair.b !== b)
    .filter((pair) => areUnrelated(pair.a.mask.metadata, pair.b.mask.metadata, related))
    .map((pair): Reference => ({ ...pair, shared: names, key: keyOf(pair, names) }));
  tally(
    references.filter(({ key }) => !known.has(key)),
    false,
    weightsOf,
  );
  for (const { key, tallies } of references) {
    const found = tallies.length ? likenessOf(tallies).lift : null;
    if (found) known.set(key, found.value);
  }
  const judges = references.filter(({ key }) => known.has(key));
  const place = placeAmong(
    lift,
    judges.map(({ key }) => known.get(key)!),
  );
  return {
    ...comparison,
    null: !place ? "independence" : judges.every(hasControl) ? "permuted labels" : "unrelated masks",
    place,
    notes: [
      ...comparison.notes,
      ...usable.flatMap(({ mask }) => controlNote(mask)),
      ...notesOf(comparison, judges, others.length - usable.length),
    ],
  };
}

function checksumOf({ mask }: Side): string {
  return mask.metadata.checksum;
}

function hasControl({ a, b }: Pair): boolean {
  return [a, b].some(({ mask }) => controlSeed(mask.metadata) !== null);
}

/** Identifies a pair of masks, compared over the matrices with these names. */
function keyOf({ a, b }: Pair, names: readonly string[]): string {
  return [...[checksumOf(a), checksumOf(b)].sort(), names.length, streamOf(names.join())].join(" ");
}

function notesOf({ sameMaskSeed, sameRunSeed }: PairComparison, judges: readonly Pair[], leftOut: number): string[] {
  const count = (of: (a: Mask, b: Mask) => boolean) => judges.filter(({ a, b }) => of(a.mask, b.mask)).length;
  const seeded = count((a, b) => (isSameSeed(a, b) && !sameMaskSeed) || (isSameRunSeed(a, b) && !sameRunSeed));
  const unequal = count((a, b) => stepsNote(a, b).length > 0);
  return [
    ...(judges.length < FEWEST_PAIRS
      ? [
          `the lift is judged against independence because at least ${FEWEST_PAIRS} reference pairs of unrelated masks are required (found ${judges.length}); add more masks of other tasks over this base model, or controls trained on permuted labels`,
        ]
      : []),
    ...(leftOut
      ? [
          `masks not used as references, because they do not cover all of the compared matrices, or because their initial masks are unknown: ${leftOut}`,
        ]
      : []),
    ...(seeded
      ? [`reference pairs whose masks share a seed, which inflates their lifts: ${seeded} of ${judges.length}`]
      : []),
    ...(unequal
      ? [`reference pairs of masks trained for very different numbers of steps: ${unequal} of ${judges.length}`]
      : []),
  ];
}

// How many masks prune a weight: weights that one mask alone prunes, and those that all do, beside the numbers expected if masks
// pruned independently. Formulas: method.md, "Weights that one mask alone prunes".

import { type Flips, pruneRates } from "../changed.ts";
import { sum } from "../statistics.ts";
import { OFF } from "../strata.ts";

/** Of the weights that start on in all masks. */
export interface Agreed {
  readonly weights: number;
  /** [masks + 1]: how many weights exactly 0, 1, … of the masks pruned. */
  readonly observed: readonly number[];
  /** The same, expected if masks pruned independently of each other, given their initial scores (Poisson binomial). */
  readonly expected: readonly number[];
  /** [masks]: how many weights each mask alone pruned. */
  readonly alone: readonly number[];
}

/** In one matrix, whose flips in each mask are given. */
export function agreedOf(masks: readonly Flips[]): Agreed {
  const rates = masks.map((flips) => pruneRates([flips]).of);
  const size = masks[0]?.cells.length ?? 0;
  const [counts, last] = [new Uint16Array(size), new Uint16Array(size)];
  for (const [number, { pruned }] of masks.entries())
    for (const place of pruned) {
      counts[place]!++;
      last[place] = number;
    }
  const observed = new Array<number>(masks.length + 1).fill(0);
  const alone = new Array<number>(masks.length).fill(0);
  const expected = new Array<number>(masks.length + 1).fill(0);
  const chances = new Float64Array(masks.length + 1);
  for (let i = 0; i < size; i++) {
    if (!startsOn(masks, i)) continue;
    observed[counts[i]!]!++;
    if (counts[i] === 1) alone[last[i]!]!++;
    chances.fill(0);
    chances[0] = 1;
    for (let number = 0; number < masks.length; number++)
      addEvent(chances, number, rates[number]![masks[number]!.cells[i]!]!);
    for (let k = 0; k < chances.length; k++) expected[k]! += chances[k]!;
  }
  return { weights: sum(observed, (count) => count), observed, expected, alone };
}

function startsOn(masks: readonly Flips[], place: number): boolean {
  for (const { cells } of masks) if (cells[place]! >= OFF) return false;
  return true;
}

/** `chances` that 0, 1, … of `events` independent events happen become those of one event more, which happens with chance `p`. */
function addEvent(chances: Float64Array, events: number, p: number): void {
  if (p === 0) return; // most weights start far from the threshold
  for (let k = events + 1; k > 0; k--) chances[k] = chances[k]! * (1 - p) + chances[k - 1]! * p;
  chances[0]! *= 1 - p;
}

/** Several matrices together, in the same masks. */
export function agreedTogether(parts: readonly Agreed[]): Agreed {
  const total = (of: "observed" | "expected" | "alone") =>
    (parts[0]?.[of] ?? []).map((_, k) => sum(parts, (part) => part[of][k]!));
  return {
    weights: sum(parts, ({ weights }) => weights),
    ...{ observed: total("observed"), expected: total("expected"), alone: total("alone") },
  };
}

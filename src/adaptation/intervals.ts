// 95 % confidence intervals: Wilson's for a proportion, and percentiles of a seeded bootstrap.

import type { TaskKind } from "../data/examples.ts";
import { Random } from "../data/random.ts";
import { tick } from "../pulse.ts";

/** A note for each kind of task whose intervals resample units larger than the labelled ones. */
export const INTERVALS_OVER: { readonly [K in TaskKind]?: string } = {
  tagging: "The 95 % intervals resample whole sentences, because the words of a sentence are not independent.",
  document: "The 95 % intervals resample whole documents, because the sentences of a document are not independent.",
  language: "The 95 % intervals resample blocks of text, because the tokens of a block are not independent.",
};

/** The number of bootstrap samples. */
export const SAMPLES = 1000;
/** A fixed seed: sets of equal size always get the same samples of positions. */
const SEED = 1;
/** The standard normal's quantile at 0.975. */
const Z = 1.959963984540054;
/** Values closer than this count as equal: they differ only by rounding. */
const ROUNDING = 1e-12;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Wilson's score interval for a proportion of n. */
export function wilson(share: number, n: number): Bounds {
  const z2 = Z * Z;
  const centre = share + z2 / (2 * n);
  const reach = Z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  const at = (bound: number) => Math.min(1, Math.max(0, bound / (1 + z2 / n)));
  return { low: share === 0 ? 0 : at(centre - reach), high: share === 1 ? 1 : at(centre + reach) };
}

/** The most positions whose samples are kept: they take 16 MB. */
const MOST_KEPT = 4096;
/** The samples of the last split, one after the other: adaptations and metrics are usually many over one split. */
let kept: { readonly n: number; readonly times: Uint32Array } | undefined;

/**
 * Calls `visit` for each bootstrap sample of n positions with how often each position is drawn. The array is not to be
 * changed, and may be reused for the next sample.
 */
export function resample(n: number, visit: (sample: number, times: Uint32Array) => void): void {
  const known = kept?.n === n ? kept.times : undefined;
  const isKept = n <= MOST_KEPT;
  const all = known ?? new Uint32Array(isKept ? SAMPLES * n : n);
  const random = new Random(SEED, "bootstrap");
  for (let sample = 0; sample < SAMPLES; sample++) {
    const times = isKept ? all.subarray(sample * n, (sample + 1) * n) : all.fill(0);
    if (!known) for (let i = 0; i < n; i++) times[random.below(n)]!++;
    visit(sample, times);
    tick();
  }
  if (isKept) kept = { n, times: all };
}

/** The 2.5 and 97.5 percentiles of the samples' values; undefined if the two are equal. */
export function percentileInterval(values: Float64Array): Bounds | undefined {
  const sorted = values.toSorted();
  const [low, high] = [percentile(sorted, 0.025), percentile(sorted, 0.975)];
  return high - low > ROUNDING ? { low, high } : undefined;
}

/** Interpolates linearly between neighbours, like numpy's default. */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (sorted[Math.min(below + 1, sorted.length - 1)]! - low) * (place - below);
}

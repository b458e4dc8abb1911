// Buckets of distances between tokens. Rounded where transformers rounds: it computes logarithms in float32.

const log = (x: number) => Math.fround(Math.log(Math.fround(x)));

/** The share log(distance / exact) / log(farthest / exact) of the way from `exact` to `farthest`, times `count`. */
function along(distance: number, exact: number, farthest: number, count: number): number {
  return Math.fround(Math.fround(log(distance / exact) / log(farthest / exact)) * count);
}

/**
 * T5's bucket of a distance of at least 0 (Raffel et al. 2020, arXiv 1910.10683): one for each of the first half of `count`, and
 * logarithmically wider ones up to `farthest`, beyond which all distances share the last.
 */
export function logBucket(distance: number, count: number, farthest: number): number {
  const exact = Math.floor(count / 2);
  if (distance < exact) return distance;
  return Math.min(count - 1, exact + Math.trunc(along(distance, exact, farthest, count - exact)));
}

/**
 * DeBERTa's bucket of a distance of any sign (He et al. 2021, arXiv 2111.09543): the distance itself up to half of `count`, and
 * logarithmically wider ones up to `farthest`.
 */
export function signedLogBucket(distance: number, count: number, farthest: number): number {
  const exact = Math.floor(count / 2);
  const size = Math.abs(distance);
  if (size <= exact) return distance;
  return Math.sign(distance) * (exact + Math.ceil(along(size, exact, farthest - 1, exact - 1)));
}

// Positions of axis labels and line labels. Pure.

/** About `count` round numbers (1, 2 or 5 · 10ⁿ apart) that cover the range from `low` to `high`. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)! * power;
  return multiples(step, low, high);
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
/** Distances between times, in seconds. */
const TIMES = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE), HOUR, 2 * HOUR];

/** Like `ticks`, for seconds: whole minutes, hours and days where the range is long. */
export function timeTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (rough < 1) return ticks(low, high, count);
  const step = [...TIMES, 6 * HOUR, 12 * HOUR, DAY].find((time) => time >= rough * 0.999);
  return step ? multiples(step, low, high) : ticks(low / DAY, high / DAY, count).map((days) => days * DAY);
}

/** The multiples of `step` that cover the range. */
function multiples(step: number, low: number, high: number): number[] {
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Label positions close to `places` but at least `distance` apart and at most `lowest`, in the same order. */
export function spread(places: readonly number[], distance: number, lowest: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const result = [...places];
  for (const [at, i] of order.entries()) if (at) result[i] = Math.max(result[i]!, result[order[at - 1]!]! + distance);
  let limit = lowest;
  for (const i of order.reverse()) {
    result[i] = Math.min(result[i]!, limit);
    limit = result[i]! - distance;
  }
  return result;
}

// Selects the highest of many scores without sorting them.

/** The exponent, sign and first bits of a number, and its last bits. */
const HALF = 0x10000;
/** The smallest number that no processor treats as 0. */
const TINY = 2 ** -126;

export interface Highest {
  /** Just below the `wanted`-th highest value: it and all values above it exceed the threshold. */
  readonly threshold: number;
  /** The number of values that exceed it: more than `wanted` if several are equal to the `wanted`-th highest. */
  readonly kept: number;
}

/**
 * Finds the `wanted`-th highest value of these arrays, 1 ≤ wanted ≤ their length. `guess`: where its threshold may lie;
 * if it does, one quick pass over the values is enough.
 */
export function highest(arrays: readonly Float32Array[], wanted: number, guess?: readonly [number, number]): Highest {
  return (guess && highestWithin(arrays, wanted, guess)) ?? highestAnywhere(arrays, wanted);
}

/** How many times as far as in the last two searches a threshold is looked for. */
const MARGIN = 2;

/** Finds the highest of the same arrays again and again, near where they were. */
export class ThresholdSearch {
  #at: number | undefined;
  /** How far the threshold has moved in the last two searches. */
  #shifts: readonly [number, number] = [0, 0];

  find(arrays: readonly Float32Array[], wanted: number): Highest {
    const at = this.#at;
    const reach = MARGIN * Math.max(...this.#shifts);
    const found = highest(arrays, wanted, at === undefined ? undefined : [at - reach, at + reach]);
    if (at !== undefined) this.#shifts = [this.#shifts[1], Math.abs(found.threshold - at)];
    this.#at = found.threshold;
    return found;
  }
}

/** The share of values that are sorted at most, because more would take longer than counting all. */
const SORTED = 1 / 16;

/** Sorts the values between two bounds; undefined if the wanted one is not among them, or if they are many. */
function highestWithin(
  arrays: readonly Float32Array[],
  wanted: number,
  [low, high]: readonly [number, number],
): Highest | undefined {
  const all = arrays.reduce((sum, { length }) => sum + length, 0);
  const inside = new Float32Array(Math.floor(all * SORTED));
  let [count, above] = [0, 0];
  for (const values of arrays)
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value > high) above++;
      else if (value >= low) inside[count++] = value; // beyond its length, nothing is written
    }
  if (count > inside.length || wanted <= above || wanted > above + count) return undefined;
  const sorted = inside.subarray(0, count).sort();
  let place = count - (wanted - above);
  const least = sorted[place]!;
  while (place > 0 && sorted[place - 1] === least) place--;
  return { threshold: below(least), kept: above + count - place };
}

/**
 * Two passes count values by the halves of their bits, in which floats are ordered like integers once the negative ones
 * are inverted.
 */
function highestAnywhere(arrays: readonly Float32Array[], wanted: number): Highest {
  const bits = arrays.map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  const upper = new Uint32Array(HALF);
  for (const values of bits) for (let i = 0; i < values.length; i++) upper[ordered(values[i]!) >>> 16]!++;
  const first = from(upper, wanted);
  const lower = new Uint32Array(HALF);
  for (const values of bits)
    for (let i = 0; i < values.length; i++) {
      const key = ordered(values[i]!);
      if (key >>> 16 === first.at) lower[key & (HALF - 1)]!++;
    }
  const second = from(lower, wanted - first.above);
  const least = floatOf(first.at * HALF + second.at);
  return { threshold: below(least), kept: first.above + second.above + lower[second.at]! };
}

const SIGN = 0x80000000;

/** The bits of a float as an unsigned integer in the floats' order, in which −0 is 0. */
const ordered = (bits: number) => (bits & SIGN && bits !== SIGN ? ~bits : bits | SIGN) >>> 0;

const cell = new Float32Array(1);
const cellBits = new Uint32Array(cell.buffer);

function floatOf(key: number): number {
  cellBits[0] = key & SIGN ? key & ~SIGN : ~key;
  return cell[0]!;
}

/** A float32 just below another one. */
function below(value: number): number {
  if (Math.abs(value) < 2 * TINY) return value > 0 ? 0 : -2 * TINY;
  cell[0] = value;
  cellBits[0]! += value > 0 ? -1 : 1;
  return cell[0]!;
}

/** Where, counting from the highest, the `wanted`-th value lies, and how many values lie above. */
function from(counts: Uint32Array, wanted: number): { at: number; above: number } {
  let at = counts.length - 1;
  let above = 0;
  for (; above + counts[at]! < wanted; at--) above += counts[at]!;
  return { at, above };
}

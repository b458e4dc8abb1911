// Selects the highest of many scores without sorting them.

/** The exponent, sign and first bits of a number, and its last bits. */
const HALF = 0x10000;
/** The smallest number that no processor treats as 0. */
const TINY = 2 ** -126;

/**
 * The `wanted`-th highest value of these arrays, 1 ≤ wanted ≤ their length, as a threshold that it and all values above
 * it exceed, and the number of values that do: more than `wanted` if several are equal to it. Two passes count values by
 * the halves of their bits, in which floats are ordered like integers once the negative ones are inverted.
 */
export function highest(arrays: readonly Float32Array[], wanted: number): { threshold: number; kept: number } {
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

/** The bits of a float as an unsigned integer in the floats' order. */
const ordered = (bits: number) => (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;

const cell = new Float32Array(1);
const cellBits = new Uint32Array(cell.buffer);

function floatOf(key: number): number {
  cellBits[0] = key & 0x80000000 ? key & 0x7fffffff : ~key;
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

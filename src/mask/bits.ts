// The mask of a matrix, one bit per weight: 1 = on, least significant bit first; each row starts at a byte boundary.

/** Bits of shape [rows, columns]; the padding bits of each row's last byte are 0. */
export interface BitMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Bytes per row: ⌈columns / 8⌉. */
  readonly stride: number;
  /** [rows · stride] */
  readonly bytes: Uint8Array;
}

/** Bytes per row. */
export function strideOf(columns: number): number {
  return Math.ceil(columns / 8);
}

export function emptyBits(rows: number, columns: number): BitMatrix {
  const stride = strideOf(columns);
  return { rows, columns, stride, bytes: new Uint8Array(rows * stride) };
}

/** A mask with all weights on. */
export function fullBits(rows: number, columns: number): BitMatrix {
  const bits = emptyBits(rows, columns);
  bits.bytes.fill(0xff);
  if (columns % 8)
    for (let end = bits.stride; end <= bits.bytes.length; end += bits.stride)
      bits.bytes[end - 1] = 0xff >> (8 - (columns % 8));
  return bits;
}

/** The mask of scores [rows, columns]: 1 where the score exceeds the threshold, compared in float32. NaN yields 0. */
export function packBits(scores: Float32Array, rows: number, columns: number, threshold: number): BitMatrix {
  const bits = emptyBits(rows, columns);
  const { bytes } = bits;
  const limit = Math.fround(threshold);
  let byte = 0;
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; byte++) {
      let value = 0;
      for (let bit = 0; bit < 8 && column < columns; bit++, column++, i++) value |= Number(scores[i]! > limit) << bit;
      bytes[byte] = value;
    }
  return bits;
}

/** Writes the mask into `out` as numbers [rows, columns], 1 for on and 0 for off. */
export function unpackBits({ rows, columns, stride, bytes }: BitMatrix, out: Float32Array): Float32Array {
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++)
      out[i] = (bytes[row * stride + (column >> 3)]! >> (column & 7)) & 1;
  return out;
}

/** Sets the values [rows, columns] of weights that are off to 0, in place. */
export function clearOff(values: Float32Array, bits: BitMatrix): Float32Array {
  for (let row = 0, i = 0; row < bits.rows; row++)
    for (let column = 0; column < bits.columns; column++, i++) if (!bitAt(bits, row, column)) values[i] = 0;
  return values;
}

/** Whether the weight is on. */
export function bitAt({ stride, bytes }: BitMatrix, row: number, column: number): boolean {
  return ((bytes[row * stride + (column >> 3)]! >> (column & 7)) & 1) === 1;
}

/** The number of weights that are on. */
export function countOnes({ bytes }: BitMatrix): number {
  const words = wordsOf(bytes);
  let count = 0;
  for (let i = 0; i < words.length; i++) count += ones32(words[i]!);
  for (let i = words.length * 4; i < bytes.length; i++) count += ones32(bytes[i]!);
  return count;
}

/** The indices (row · columns + column) of the weights that are off, in ascending order. */
export function zerosOf(bits: BitMatrix): Uint32Array {
  const { rows, columns, stride, bytes } = bits;
  const places = new Uint32Array(rows * columns - countOnes(bits));
  const words = rowWords(rows, stride, bytes);
  const width = Math.ceil(stride / 4);
  const unused = 32 * width - columns; // padding bits at the end of each row's last word
  let next = 0;
  for (let row = 0; row < rows; row++)
    for (let word = 0; word < width; word++) {
      const first = row * columns + word * 32;
      let zeros = ~words[row * width + word]!;
      if (word === width - 1) zeros &= -1 >>> unused;
      for (; zeros; zeros &= zeros - 1) places[next++] = first + 31 - Math.clz32(zeros & -zeros);
    }
  return places;
}

/** The number of weights that are on in both masks. Throws a RangeError if the shapes differ. */
export function countBoth(a: BitMatrix, b: BitMatrix): number {
  checkShapes(a, b);
  const [aWords, bWords] = [wordsOf(a.bytes), wordsOf(b.bytes)];
  const length = Math.min(aWords.length, bWords.length);
  let count = 0;
  for (let i = 0; i < length; i++) count += ones32(aWords[i]! & bWords[i]!);
  for (let i = length * 4; i < a.bytes.length; i++) count += ones32(a.bytes[i]! & b.bytes[i]!);
  return count;
}

/** The number of weights that are on in each row. */
export function countRows({ rows, stride, bytes }: BitMatrix): Uint32Array {
  const counts = new Uint32Array(rows);
  for (let row = 0, i = 0; row < rows; row++)
    for (const end = i + stride; i < end; i++) counts[row]! += ones32(bytes[i]!);
  return counts;
}

/** The largest count that fits in five bits. */
const COUNTED_AT_ONCE = 31;

/** The number of weights that are on in each column. */
export function countColumns({ rows, columns, stride, bytes }: BitMatrix): Uint32Array {
  const counts = new Uint32Array(stride * 8);
  // Counts 32 columns at once, bit-sliced: word dN holds binary digit N of all 32 counts, and each row is added to the
  // counts.
  const width = Math.ceil(stride / 4);
  const words = rowWords(rows, stride, bytes);
  for (let word = 0; word < width; word++)
    for (let first = 0; first < rows; first += COUNTED_AT_ONCE) {
      const end = width * Math.min(rows, first + COUNTED_AT_ONCE);
      let [d0, d1, d2, d3, d4] = [0, 0, 0, 0, 0];
      for (let i = width * first + word; i < end; i += width) {
        let carry = words[i]!;
        let next = d0 & carry;
        d0 ^= carry;
        carry = next;
        next = d1 & carry;
        d1 ^= carry;
        carry = next;
        next = d2 & carry;
        d2 ^= carry;
        carry = next;
        next = d3 & carry;
        d3 ^= carry;
        d4 ^= next;
      }
      for (let bit = 0, column = word * 32; bit < 32 && column < counts.length; bit++, column++)
        counts[column]! +=
          ((d0 >>> bit) & 1) |
          (((d1 >>> bit) & 1) << 1) |
          (((d2 >>> bit) & 1) << 2) |
          (((d3 >>> bit) & 1) << 3) |
          (((d4 >>> bit) & 1) << 4);
    }
  return counts.subarray(0, columns);
}

/**
 * The rows as 32-bit words, each row padded with zeros to a whole number of words. The bytes are copied only if they
 * are not already laid out this way.
 */
function rowWords(rows: number, stride: number, bytes: Uint8Array): Uint32Array {
  if (stride % 4 === 0 && bytes.byteOffset % 4 === 0) return wordsOf(bytes);
  const width = 4 * Math.ceil(stride / 4);
  const padded = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) padded.set(bytes.subarray(row * stride, (row + 1) * stride), row * width);
  return wordsOf(padded);
}

export function checkShapes(a: BitMatrix, b: BitMatrix): void {
  if (a.rows !== b.rows || a.columns !== b.columns)
    throw new RangeError(`the masks have different shapes: [${a.rows}, ${a.columns}] and [${b.rows}, ${b.columns}]`);
}

/**
 * A view of the bytes as 32-bit words, without an incomplete last word; empty if the bytes are not aligned to 4 bytes.
 */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset & ~3, bytes.byteOffset & 3 ? 0 : bytes.length >> 2);
}

/**
 * The number of set bits in a 32-bit word: sums the bits in pairs, nibbles and bytes, then sums the four bytes with one
 * multiplication.
 */
export function ones32(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

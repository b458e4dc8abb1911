// Checks the content of a Parquet page before the library decodes it. The page itself stores the lengths of its runs,
// blocks and prefixes, so a few bytes can declare two billion values. Format:
// https://parquet.apache.org/docs/file-format/data-pages/encodings

import type { CompressionCodec, Compressors, ParquetType } from "hyparquet";
import { decompressPage } from "hyparquet/src/datapage.js";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { readVarInt } from "hyparquet/src/thrift.js";
import { Damaged, type Struct } from "./thrift.ts";

/** The properties of a column that are needed to read its pages. */
export interface PageColumn {
  readonly type: ParquetType | undefined;
  /** The number of bytes in a fixed-length value. */
  readonly typeLength: number | undefined;
  readonly codec: CompressionCodec;
  /** The maximum repetition and definition levels. */
  readonly repetition: number;
  readonly definition: number;
  /** Maximum number of bytes in a value; infinite unless the library decodes such values in quadratic time. */
  readonly longest: number;
}

/** What a page adds to the totals. */
export interface Held {
  /** The number of rows that start in the page. */
  readonly rows: number;
  /**
   * The number of bytes that the decoded values take in addition to the decompressed page. Texts can share prefixes in
   * the page, and each decoded text has its own copy of its prefix.
   */
  readonly bytes: number;
}

/** The IDs of value encodings. */
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;
const BYTE_STREAM_SPLIT = 9;

/**
 * Maximum number of padding values in a run. Writers pad values to groups of eight, and a run has at most 63 groups.
 */
const FILLING = 512;
const WIDEST = 32;
/** Writers use 128 to 1024 values per block, and four miniblocks. */
const LARGEST_BLOCK = 1 << 20;

/**
 * The content of a page header. In a data page, `values` includes nulls; in a dictionary page, it is the number of
 * entries.
 */
export interface PageHeader {
  readonly kind: "data" | "data, version 2" | "dictionary" | "other";
  readonly values: number;
  readonly unpacked: number;
  readonly packed: number;
  readonly encoding: number;
  /** Version 2 only: the number of nulls, the sizes of the levels in bytes, and whether the values are compressed. */
  readonly nulls: number;
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly compressed: boolean;
}

const KINDS: Readonly<Record<number, readonly [PageHeader["kind"], field: number]>> = {
  0: ["data", 5],
  2: ["dictionary", 7],
  3: ["data, version 2", 8],
};

/** Reads a page header. Throws Damaged if a size is missing or negative. */
export function headerOf(header: Struct): PageHeader {
  const [kind, field] = KINDS[Number(header.get(1))] ?? ["other", -1];
  const found = header.get(field);
  if (kind !== "other" && !(found instanceof Map)) throw new Damaged("a page lacks the header for its type");
  const own: Struct = found instanceof Map ? found : new Map();
  const second = kind === "data, version 2";
  return {
    kind,
    values: kind === "other" ? 0 : sizeOf(own.get(1)),
    unpacked: sizeOf(header.get(2)),
    packed: sizeOf(header.get(3)),
    encoding: Number(own.get(second ? 4 : 2)),
    nulls: second ? sizeOf(own.get(2)) : 0,
    definitionBytes: second ? sizeOf(own.get(5)) : 0,
    repetitionBytes: second ? sizeOf(own.get(6)) : 0,
    compressed: own.get(7) !== false,
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < 2 ** 31) return value;
  throw new Damaged("a page has no valid size");
}

/**
 * Checks the runs, blocks, prefixes and texts of a page. `bytes` is the page as stored in the file. Throws Damaged if
 * any of them has more values than the page, extends beyond the page, or takes more than `most` bytes; throws a
 * different error if the page ends too early.
 */
export function checkPage(
  header: PageHeader,
  bytes: Uint8Array,
  column: PageColumn,
  compressors: Compressors,
  most: number,
): Held {
  const { kind, values, encoding } = header;
  if (kind === "other") return { rows: 0, bytes: 0 };
  const unpack = (packed: Uint8Array, length: number) =>
    reader(decompressPage(packed, length, column.codec, compressors));
  if (kind === "dictionary") {
    const fits = fitsUnseen(values, header.unpacked, column);
    if (!fits) checkPlain(unpack(bytes, header.unpacked), values, column);
    return { rows: 0, bytes: 0 };
  }
  if (kind === "data") {
    if (encoding === PLAIN && !column.repetition && !column.definition && fitsUnseen(values, header.unpacked, column))
      return { rows: values, bytes: 0 };
    const page = unpack(bytes, header.unpacked);
    const rows = column.repetition ? walkLevels(page, column.repetition, values, 0) : values;
    const present = column.definition ? walkLevels(page, column.definition, values, column.definition) : values;
    return { rows, bytes: checkValues(page, encoding, present, column, most, true) };
  }
  const level = reader(bytes);
  const rows = column.repetition ? walkRuns(level, widthOf(column.repetition), values, 0) : values;
  level.offset = header.repetitionBytes;
  if (column.definition) walkRuns(level, widthOf(column.definition), values);
  const lead = header.repetitionBytes + header.definitionBytes;
  const rest = bytes.subarray(lead);
  const page = header.compressed ? unpack(rest, header.unpacked - lead) : reader(rest);
  return { rows, bytes: checkValues(page, encoding, values - header.nulls, column, most, false) };
}

/**
 * Whether plain values can be checked without decompressing them. Compressed pages are decompressed into separate
 * buffers, so the library cannot read beyond the end of a page. Throws Damaged if the page is too small for its values.
 */
function fitsUnseen(values: number, unpacked: number, column: PageColumn): boolean {
  if (values * sizeOfValue(column) > unpacked) throw new Damaged("the values do not fit in their page");
  return (
    column.codec !== "UNCOMPRESSED" && (column.type !== "BYTE_ARRAY" || column.longest === Number.POSITIVE_INFINITY)
  );
}

const SIZES: Readonly<Partial<Record<ParquetType, number>>> = {
  ...{ BOOLEAN: 1 / 8, INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 },
  BYTE_ARRAY: 4, // its length
};

/** The minimum size of a plain value in bytes. */
function sizeOfValue({ type, typeLength, longest }: PageColumn): number {
  const size = type && type !== "FIXED_LEN_BYTE_ARRAY" ? SIZES[type] : typeLength;
  if (!size || size < 0 || size > longest)
    throw new Damaged(`the size of a value is ${size === undefined ? "missing" : `${size} bytes`}`);
  return size;
}

/** Checks plain values at the reader's position; each text is preceded by its length. */
function checkPlain(page: Reader, count: number, column: PageColumn): void {
  const end = page.view.byteLength;
  if (count * sizeOfValue(column) > end - page.offset) throw new Damaged("the values do not fit in their page");
  if (column.type !== "BYTE_ARRAY") return;
  for (let i = 0; i < count; i++) {
    const length = page.view.getUint32(page.offset, true);
    page.offset += 4 + length;
    if (page.offset > end || length > column.longest) throw new Damaged("a value is longer than its page");
  }
}

/**
 * Reads delta-packed lengths of texts and returns their sum. Throws Damaged if a length is negative or the sum exceeds
 * `most`.
 */
function walkLengths(page: Reader, count: number, longest: number, most: number): number {
  checkBlocks(page);
  const lengths = new Int32Array(count);
  deltaBinaryUnpack(page, count, lengths);
  let sum = 0;
  for (const length of lengths) {
    sum += length;
    if (length < 0 || length > longest || sum > most)
      throw new Damaged("the texts are longer than the size of the file allows");
  }
  return sum;
}

interface Reader {
  readonly view: DataView<ArrayBuffer>;
  offset: number;
}

const reader = (bytes: Uint8Array): Reader => ({
  view: new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
});

const widthOf = (level: number): number => 32 - Math.clz32(level);

/** Reads the levels of a version 1 page, which are preceded by their length. Returns how many levels equal `target`. */
function walkLevels(page: Reader, highest: number, values: number, target: number): number {
  const end = page.view.getUint32(page.offset, true) + page.offset + 4;
  page.offset += 4;
  const found = walkRuns(page, widthOf(highest), values, target);
  page.offset = end;
  return found;
}

/** Reads `count` values from runs and bit-packed groups. Returns how many values equal `target`. */
function walkRuns(page: Reader, width: number, count: number, target = -1): number {
  if (width > WIDEST) throw new Damaged(`the values are ${width} bits wide`);
  let [seen, found] = [0, 0];
  while (seen < count) {
    const head = readVarInt(page);
    const groups = head & 1;
    const run = groups ? (head >> 1) << 3 : head >>> 1;
    if (run < 0 || run > count - seen + FILLING) throw new Damaged("a run is longer than its page");
    if (groups) {
      const taken = Math.min(run, count - seen);
      if (target >= 0) for (let i = 0; i < taken; i++) if (bitsAt(page, i * width, width) === target) found++;
      page.offset += Math.max(1, (run * width) / 8); // the library reads a byte even if the width is 0
      seen += taken;
    } else {
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value |= page.view.getUint8(page.offset++) << shift;
      if (value === target) found += Math.min(run, count - seen);
      seen += run;
    }
  }
  return found;
}

/** Reads a level of at most eight bits, at a bit offset from the reader's position. */
function bitsAt({ view, offset }: Reader, bit: number, width: number): number {
  const at = offset + (bit >> 3);
  const next = at + 1 < view.byteLength ? view.getUint8(at + 1) << 8 : 0;
  return ((view.getUint8(at) | next) >> (bit & 7)) & ((1 << width) - 1);
}

function checkValues(
  page: Reader,
  encoding: number,
  count: number,
  column: PageColumn,
  most: number,
  first: boolean,
): number {
  const { type, longest } = column;
  const { view } = page;
  switch (encoding) {
    case PLAIN:
      checkPlain(page, count, column);
      return 0;
    case RLE:
    case PLAIN_DICTIONARY:
    case RLE_DICTIONARY: {
      // Read these values as the library does: either with one bit each, after a length, or with the number of bits
      // that the first byte specifies.
      const single = first ? type === "BOOLEAN" : encoding === RLE;
      if (single) page.offset += 4;
      const width = single ? 1 : page.view.getUint8(page.offset++);
      // In a page of version 1, a width of 0 means that all values are zero, and nothing more is read.
      if (width || !first) walkRuns(page, width, count);
      return 0;
    }
    case DELTA_BINARY_PACKED:
      checkBlocks(page);
      return 0;
    case DELTA_LENGTH_BYTE_ARRAY:
      checkRoom(page, walkLengths(page, count, longest, view.byteLength));
      return 0;
    case DELTA_BYTE_ARRAY: {
      const sum = walkLengths(page, count, longest, most);
      checkRoom(page, walkLengths(page, count, longest, view.byteLength));
      return sum;
    }
    case BYTE_STREAM_SPLIT: {
      const bytes = type === "FIXED_LEN_BYTE_ARRAY" ? sizeOfValue(column) : 8;
      if (count * bytes > 2 * page.view.byteLength + 8) throw new Damaged("the values do not fit in their page");
      return 0;
    }
    default:
      return 0; // the library reads other encodings one value at a time until the page ends, or rejects them
  }
}

function checkRoom({ view, offset }: Reader, bytes: number): void {
  if (bytes > view.byteLength - offset) throw new Damaged("the values do not fit in their page");
}

/** Checks the header of delta-packed numbers at the reader's position, without moving the reader. */
function checkBlocks(page: Reader): void {
  const ahead: Reader = { view: page.view, offset: page.offset };
  const block = readVarInt(ahead);
  const parts = readVarInt(ahead);
  if (block <= 0 || block > LARGEST_BLOCK || parts <= 0 || block % parts)
    throw new Damaged(`its block layout is invalid: ${block} values in ${parts} miniblocks`);
}

// What is packed into a Parquet page, walked before the library unpacks it: runs, blocks and prefixes whose lengths stand in
// the page and of which a few bytes may announce two thousand million values.
// Format: https://parquet.apache.org/docs/file-format/data-pages/encodings

import type { CompressionCodec, Compressors, ParquetType } from "hyparquet";
import { decompressPage } from "hyparquet/src/datapage.js";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { readVarInt } from "hyparquet/src/thrift.js";
import { Damaged, type Struct } from "./thrift.ts";

/** What a column's pages are read by. */
export interface PageColumn {
  readonly type: ParquetType | undefined;
  /** Bytes of a value of fixed length. */
  readonly typeLength: number | undefined;
  readonly codec: CompressionCodec;
  /** The highest repetition and definition level. */
  readonly repetition: number;
  readonly definition: number;
  /** Bytes that a value may have; of numbers that the library computes in time by the square of their length, a few. */
  readonly longest: number;
}

/** What a page holds. */
export interface Held {
  /** Rows that begin in it. */
  readonly rows: number;
  /** Bytes that its values take beyond the unpacked page: prefixes of texts, which each value repeats. */
  readonly bytes: number;
}

/** Encodings of values, by the numbers that pages name them by. */
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;
const BYTE_STREAM_SPLIT = 9;

/** Values that a run may have beyond the last one: writers fill up groups of eight, 63 of them at most. */
const FILLING = 512;
const WIDEST = 32;
/** Writers use 128 to 1024 values a block, and four miniblocks. */
const LARGEST_BLOCK = 1 << 20;

/** A page as its header describes it. Values of a data page, with those that are null; of a dictionary, its entries. */
export interface PageHeader {
  readonly kind: "data" | "data, version 2" | "dictionary" | "other";
  readonly values: number;
  readonly unpacked: number;
  readonly packed: number;
  readonly encoding: number;
  /** Of version 2: how many are null, bytes of the levels, and whether the values are compressed. */
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

/** Damaged where a size is missing or negative. */
export function headerOf(header: Struct): PageHeader {
  const [kind, field] = KINDS[Number(header.get(1))] ?? ["other", -1];
  const found = header.get(field);
  if (kind !== "other" && !(found instanceof Map)) throw new Damaged("a page has no header of its kind");
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
  throw new Damaged("a page has no size");
}

/**
 * Walks the page's runs, blocks, prefixes and texts. Damaged where one has more than the page's values or reaches beyond it, or
 * `most` is exceeded; other errors where it ends too early. `bytes` is the page as it is packed.
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
 * Whether plain values need not be walked: unpacked they stand in a buffer of the page's own, where the library ends with an
 * error at the page's end. Damaged where the page has too few bytes for them.
 */
function fitsUnseen(values: number, unpacked: number, column: PageColumn): boolean {
  if (values * sizeOfValue(column) > unpacked) throw new Damaged("its values are larger than their page");
  return (
    column.codec !== "UNCOMPRESSED" && (column.type !== "BYTE_ARRAY" || column.longest === Number.POSITIVE_INFINITY)
  );
}

const SIZES: Readonly<Partial<Record<ParquetType, number>>> = {
  ...{ BOOLEAN: 1 / 8, INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 },
  BYTE_ARRAY: 4, // its length
};

/** Bytes that a plain value has at least. */
function sizeOfValue({ type, typeLength, longest }: PageColumn): number {
  const size = type && type !== "FIXED_LEN_BYTE_ARRAY" ? SIZES[type] : typeLength;
  if (!size || size < 0 || size > longest) throw new Damaged(`its values have ${size ?? "no"} bytes`);
  return size;
}

/** Plain values at the reader's place, each text with its length. */
function checkPlain(page: Reader, count: number, column: PageColumn): void {
  const end = page.view.byteLength;
  if (count * sizeOfValue(column) > end - page.offset) throw new Damaged("its values are larger than their page");
  if (column.type !== "BYTE_ARRAY") return;
  for (let i = 0; i < count; i++) {
    const length = page.view.getUint32(page.offset, true);
    page.offset += 4 + length;
    if (page.offset > end || length > column.longest) throw new Damaged("a value is longer than its page");
  }
}

/** Lengths of texts, packed as numbers; gives their sum. Damaged where one is negative or they are over `most`. */
function walkLengths(page: Reader, count: number, longest: number, most: number): number {
  checkBlocks(page);
  const lengths = new Int32Array(count);
  deltaBinaryUnpack(page, count, lengths);
  let sum = 0;
  for (const length of lengths) {
    sum += length;
    if (length < 0 || length > longest || sum > most)
      throw new Damaged("its texts are longer than the file's size allows");
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

/** Levels of version 1, behind their length; gives how many are `target`. */
function walkLevels(page: Reader, highest: number, values: number, target: number): number {
  const end = page.view.getUint32(page.offset, true) + page.offset + 4;
  page.offset += 4;
  const found = walkRuns(page, widthOf(highest), values, target);
  page.offset = end;
  return found;
}

/** Values of runs and groups of bits until there are `count`; gives how many are `target`. */
function walkRuns(page: Reader, width: number, count: number, target = -1): number {
  if (width > WIDEST) throw new Damaged(`its values have ${width} bits`);
  let [seen, found] = [0, 0];
  while (seen < count) {
    const head = readVarInt(page);
    const groups = head & 1;
    const run = groups ? (head >> 1) << 3 : head >>> 1;
    if (run < 0 || run > count - seen + FILLING) throw new Damaged("a run is longer than its page");
    if (groups) {
      const taken = Math.min(run, count - seen);
      if (target >= 0) for (let i = 0; i < taken; i++) if (bitsAt(page, i * width, width) === target) found++;
      page.offset += Math.max(1, (run * width) / 8); // the library takes a byte also where there are no bits
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

/** A level, of at most eight bits, from the bits behind the reader's place. */
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
      // As the library takes them: one bit each, behind their length, or as many bits as the first byte says.
      const single = first ? type === "BOOLEAN" : encoding === RLE;
      if (single) page.offset += 4;
      const width = single ? 1 : page.view.getUint8(page.offset++);
      if (width || !first) walkRuns(page, width, count); // of version 1 it makes zeros without reading further
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
      if (count * bytes > 2 * page.view.byteLength + 8) throw new Damaged("its values are larger than their page");
      return 0;
    }
    default:
      return 0; // value by value to the page's end, or refused by the library
  }
}

function checkRoom({ view, offset }: Reader, bytes: number): void {
  if (bytes > view.byteLength - offset) throw new Damaged("its values are larger than their page");
}

/** The head of delta-packed numbers at the reader's place, which stays where it is. */
function checkBlocks(page: Reader): void {
  const ahead: Reader = { view: page.view, offset: page.offset };
  const block = readVarInt(ahead);
  const parts = readVarInt(ahead);
  if (block <= 0 || block > LARGEST_BLOCK || parts <= 0 || block % parts)
    throw new Damaged(`its blocks have ${block} values in ${parts} parts`);
}

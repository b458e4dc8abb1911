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
 * Walks the page's runs and blocks and gives the bytes that its values take beyond the unpacked page (prefixes of texts, which
 * each value repeats). Damaged where one has more than the page's values, or `most` is exceeded; other errors where it ends too
 * early. `bytes` is the page as it is packed.
 */
export function checkPage(
  header: PageHeader,
  bytes: Uint8Array,
  column: PageColumn,
  compressors: Compressors,
  most: number,
): number {
  if (header.kind !== "data" && header.kind !== "data, version 2") return 0;
  const levels = column.repetition > 0 || column.definition > 0;
  // (Nothing to walk: the library reads value by value and stops at the end.)
  if (header.encoding === PLAIN && !levels) return 0;
  if (header.kind === "data") {
    const page = reader(decompressPage(bytes, header.unpacked, column.codec, compressors));
    if (column.repetition) walkLevels(page, column.repetition, header.values);
    const present = column.definition ? walkLevels(page, column.definition, header.values) : header.values;
    return checkValues(page, header.encoding, present, column, most, true);
  }
  const level = reader(bytes);
  if (column.repetition) walkRuns(level, widthOf(column.repetition), header.values);
  level.offset = header.repetitionBytes;
  if (column.definition) walkRuns(level, widthOf(column.definition), header.values);
  const lead = header.repetitionBytes + header.definitionBytes;
  const rest = bytes.subarray(lead);
  const values = header.compressed ? decompressPage(rest, header.unpacked - lead, column.codec, compressors) : rest;
  return checkValues(reader(values), header.encoding, header.values - header.nulls, column, most, false);
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

/** Levels of version 1, behind their length; gives how many are the highest, which are the values that are not null. */
function walkLevels(page: Reader, highest: number, values: number): number {
  const end = page.view.getUint32(page.offset, true) + page.offset + 4;
  page.offset += 4;
  const present = walkRuns(page, widthOf(highest), values, highest);
  page.offset = end;
  return present;
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
      page.offset += Math.ceil((run * width) / 8);
      seen += taken;
    } else {
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value |= page.view.getUint8(page.offset++) << shift;
      if (value === target) found += run;
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
  { type, typeLength }: PageColumn,
  most: number,
  first: boolean,
): number {
  switch (encoding) {
    case RLE:
      if (type === "BOOLEAN") {
        page.offset += 4;
        walkRuns(page, 1, count);
      } else if (first) walkRuns(page, page.view.getUint8(page.offset++), count);
      return 0;
    case PLAIN_DICTIONARY:
    case RLE_DICTIONARY: {
      const width = first && type === "BOOLEAN" ? 1 : page.view.getUint8(page.offset++);
      if (first && type === "BOOLEAN") page.offset += 4;
      if (width) walkRuns(page, width, count);
      return 0;
    }
    case DELTA_BINARY_PACKED:
    case DELTA_LENGTH_BYTE_ARRAY:
      checkBlocks(page);
      return 0;
    case DELTA_BYTE_ARRAY: {
      checkBlocks(page);
      const prefixes = new Int32Array(count);
      deltaBinaryUnpack(page, count, prefixes);
      checkBlocks(page);
      let sum = 0;
      for (const length of prefixes) {
        if (length < 0) throw new Damaged("a prefix has no length");
        sum += length;
        if (sum > most) throw new Damaged("its texts repeat more than the file's size allows");
      }
      return sum;
    }
    case BYTE_STREAM_SPLIT: {
      const bytes = type === "FIXED_LEN_BYTE_ARRAY" ? (typeLength ?? 0) : 8;
      if (count * bytes > 2 * page.view.byteLength + 8) throw new Damaged("its values are larger than their page");
      return 0;
    }
    default:
      return 0; // value by value to the page's end, or refused by the library
  }
}

/** The head of delta-packed numbers at the reader's place, which stays where it is. */
function checkBlocks(page: Reader): void {
  const ahead: Reader = { view: page.view, offset: page.offset };
  const block = readVarInt(ahead);
  const parts = readVarInt(ahead);
  if (block <= 0 || block > LARGEST_BLOCK || parts <= 0 || block % parts)
    throw new Damaged(`its blocks have ${block} values in ${parts} parts`);
}

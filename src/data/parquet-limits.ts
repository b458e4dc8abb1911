// What a Parquet file announces, held against its size before it is believed: rows, values of a page, bytes that a page
// unpacks to. A library that reads the file makes arrays of these sizes at once, of a file of a few hundred bytes, too.
// Format: https://parquet.apache.org/docs/file-format; its numbers are in Thrift's compact protocol.

import type { FileMetaData } from "hyparquet";
import { InputError } from "../errors.ts";

/** Bytes that pages may unpack to: text shrinks to a third or a tenth, columns of one value to less. */
const MOST_RATIO = 100;
/** However small the file is. */
const ALWAYS_BYTES = 10_000_000;
/** Rows and values a byte of the file: a column of two classes takes an eighth of a byte a row. */
const MOST_VALUES = 16;
const ALWAYS_VALUES = 100_000;
/** Bytes of the footer: a thousand columns in a hundred row groups have some ten megabytes. */
const LARGEST_FOOTER = 64_000_000;
/** Real structures nest five deep. */
const DEEPEST = 30;
/** Structures in the footer: each becomes an object of fifty times the byte that it may take. */
const MOST_STRUCTURES = 1_000_000;
/** Columns, with those within others. */
const MOST_COLUMNS = 100_000;
const WRITE_AGAIN = "write the file again";

/** InputError where the footer is not whole, or has lists and texts that are larger than itself. */
export function checkFooter(bytes: Uint8Array, file: string): void {
  const length = bytes.length < 12 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  if (bytes.length < 12 || length > bytes.length - 8)
    throw new InputError("the file is truncated: a Parquet file's footer is at its end", { file }, WRITE_AGAIN);
  if (length > LARGEST_FOOTER)
    throw new InputError(`its footer has ${length} bytes, over the limit of ${LARGEST_FOOTER}`, { file }, WRITE_AGAIN);
  const begin = bytes.length - 8 - length;
  guarded(file, () => new Thrift(bytes.subarray(begin, bytes.length - 8)).struct());
}

/** InputError where the file announces more than its size allows. `columns` are those that will be read, at the top. */
export function checkSizes(metadata: FileMetaData, bytes: Uint8Array, columns: readonly string[], file: string): void {
  const most = { values: ALWAYS_VALUES + MOST_VALUES * bytes.length, bytes: ALWAYS_BYTES + MOST_RATIO * bytes.length };
  if (metadata.schema.length > MOST_COLUMNS)
    throw new InputError(
      `it has ${metadata.schema.length} columns, over the limit of ${MOST_COLUMNS}`,
      { file },
      "write only the columns of the task",
    );
  const wanted = new Set(columns);
  const sums = { values: 0, bytes: 0 };
  let rows = 0;
  for (const group of metadata.row_groups) {
    rows += countOf(group.num_rows, "rows", file);
    if (rows > most.values) throw tooMany(`${rows} rows`, file);
    for (const { meta_data: column } of group.columns) {
      if (!column || !wanted.has(column.path_in_schema[0] ?? "")) continue;
      const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: size } = column;
      // (A dictionary at 0, behind which are the file's first bytes, is none.)
      const begin = countOf(dictionary || data, "a place", file);
      const end = begin + countOf(size, "bytes", file);
      if (end > bytes.length) throw new InputError("one of its columns reaches beyond the file", { file }, WRITE_AGAIN);
      guarded(file, () => {
        for (const page of pagesOf(bytes.subarray(begin, end))) {
          sums.values += page.values;
          sums.bytes += page.bytes;
          if (sums.values > most.values * wanted.size) throw tooMany(`over ${sums.values} values`, file);
          if (sums.bytes > most.bytes) throw tooMany(`pages that unpack to over ${sums.bytes} bytes`, file);
        }
      });
    }
  }
}

function tooMany(what: string, file: string): InputError {
  return new InputError(
    `it announces ${what}, too much for its size`,
    { file },
    "write the file again without compression if it really holds so much",
  );
}

function countOf(value: bigint | number | undefined, what: string, file: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InputError(`it announces ${String(value)} as a number of ${what}`, { file }, WRITE_AGAIN);
}

/** A structure that ends too early, or numbers that no file has. */
class Damaged extends Error {}

function guarded(file: string, walk: () => void): void {
  try {
    walk();
  } catch (cause) {
    if (!(cause instanceof Damaged)) throw cause;
    throw new InputError(`the Parquet file is damaged (${cause.message})`, { file }, WRITE_AGAIN, { cause });
  }
}

/** Values of each page of a column, and the bytes that it unpacks to, from the pages' own headers. */
function* pagesOf(bytes: Uint8Array): Generator<{ values: number; bytes: number }> {
  // The last byte never begins a page (hyparquet stops there, too).
  for (let at = 0; at < bytes.length - 1; ) {
    const thrift = new Thrift(bytes.subarray(at));
    const header = thrift.struct();
    const [unpacked, packed] = [sizeOf(header.get(2)), sizeOf(header.get(3))];
    const page = [header.get(5), header.get(7), header.get(8)].find((part) => part instanceof Map);
    const values = page instanceof Map ? sizeOf(page.get(1)) : 0;
    yield { values, bytes: unpacked };
    at += thrift.at + packed;
    if (at > bytes.length) throw new Damaged("a page reaches beyond its column");
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new Damaged("a page has no size");
}

type Struct = Map<number, unknown>;

/** Thrift's compact protocol: of each structure the numbers and the structures in it, all else is passed over. */
class Thrift {
  readonly #bytes: Uint8Array;
  #structures = 0;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(depth = 0): Struct {
    if (depth > DEEPEST) throw new Damaged("its structures nest too deep");
    if (++this.#structures > MOST_STRUCTURES) throw new Damaged(`it has over ${MOST_STRUCTURES} structures`);
    const fields: Struct = new Map();
    for (let id = 0; ; ) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return fields;
      id = head >> 4 ? id + (head >> 4) : this.#zigzag();
      // A flag's value is its type.
      const value = type === 1 || type === 2 ? undefined : this.#element(type, depth);
      if (fields.size < 100) fields.set(id, value);
    }
  }

  #element(type: number, depth: number): unknown {
    switch (type) {
      case 1: // in a list, a flag is a byte
      case 2:
      case 3:
        return void this.#take(1);
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7:
        return void this.#take(8);
      case 8:
        return void this.#take(this.#varint());
      case 9:
        return void this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new Damaged(`there is no type ${type}`);
    }
  }

  #list(depth: number): void {
    if (depth > DEEPEST) throw new Damaged("its structures nest too deep");
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    if (count > this.#bytes.length - this.at) throw new Damaged("a list is longer than the rest");
    for (let i = 0; i < count; i++) this.#element(head & 0x0f, depth + 1);
  }

  #take(count: number): void {
    if (count > this.#bytes.length - this.at) throw new Damaged("it ends too early");
    this.at += count;
  }

  #byte(): number {
    this.#take(1);
    return this.#bytes[this.at - 1]!;
  }

  /** Seven bits a byte, at most ten bytes. */
  #varint(): number {
    let [value, scale] = [0, 1];
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Damaged("a number does not end");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }
}

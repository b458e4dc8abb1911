// What a Parquet file announces, held against its size before it is believed: rows, values of a page, bytes that a page
// unpacks to. A library that reads the file makes arrays of these sizes at once, of a file of a few hundred bytes, too.
// Format: https://parquet.apache.org/docs/file-format

import {
  type ColumnChunk,
  type ColumnMetaData,
  type Compressors,
  type FileMetaData,
  parquetSchema,
  type RowGroup,
  type SchemaElement,
  type SchemaTree,
} from "hyparquet";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import { InputError } from "../../errors.ts";
import { tick } from "../../pulse.ts";
import { quoted } from "../../visible.ts";
import { compressorsFor } from "./compressors.ts";
import { damageOf } from "./damage.ts";
import { checkPage, headerOf, type PageColumn, type PageHeader } from "./pages.ts";
import type { Source } from "./source.ts";
import { Damaged, Thrift } from "./thrift.ts";

/** Bytes that pages may unpack to: text shrinks to a third or a tenth, columns of one value to less. */
const MOST_RATIO = 100;
/** However small the file is. */
const ALWAYS_BYTES = 10_000_000;
/** Rows and values a byte of the file: a column of two classes takes an eighth of a byte a row. */
const MOST_VALUES = 16;
const ALWAYS_VALUES = 100_000;
/** Bytes of the footer: a thousand columns in a hundred row groups have some ten megabytes. */
const LARGEST_FOOTER = 64_000_000;
/** Columns, with those within others. */
const MOST_COLUMNS = 100_000;
/** Columns that a task reads have values apart; four texts and their context are the most. */
const MOST_READ = 8;
/** Levels of columns within others, and how many of them a list has that may be missing and whose entries may be. */
const DEEPEST = 30;
const LIST_LEVELS = 2;
/** Columns in all row groups together. */
const MOST_CHUNKS = 10_000_000;
/** Values and bytes that are looked at where only the first rows are wanted. */
const MOST_FIRST = 256 << 20;
/** Bytes of a column that are read first where only the first rows are wanted: a dictionary and a page take two megabytes. */
const FIRST_PART = 2 << 20;
/** Bytes of a decimal number or an id. */
const LONGEST_NUMBER = 64;
/** The footer's length, and "PAR1". */
const TAIL = 8;
const WRITE_AGAIN = "write the file again";

/**
 * The bytes from the footer to the end of the file. InputError where it is not whole, or has lists and texts that are larger
 * than itself.
 */
export async function footerOf(source: Source, file: string): Promise<Uint8Array> {
  const { size } = source;
  const tail = size < TAIL + 4 ? undefined : await source.read(size - TAIL, size);
  const length = tail ? new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) : 0;
  if (!tail || length > size - TAIL || String.fromCharCode(...tail.subarray(4)) !== "PAR1")
    throw new InputError("the file is truncated: a Parquet file's footer is at its end", { file }, WRITE_AGAIN);
  if (length > LARGEST_FOOTER)
    throw new InputError(
      `its footer has ${length} bytes, more than the limit of ${LARGEST_FOOTER}`,
      { file },
      WRITE_AGAIN,
    );
  const footer = await source.read(size - TAIL - length, size);
  guarded(file, () => {
    const decimals = new Decimals();
    new Thrift(footer.subarray(0, length), (path, value) => decimals.see(path, value)).struct();
    decimals.check();
  });
  return footer;
}

/** Fields of Parquet's structures, by their numbers. */
const SCHEMA = 2;
const ROW_GROUPS = 4;
const STATISTICS = 12;
const TYPE = 1;
const CONVERTED = 6;
const DECIMAL = 5;

/** Decimal numbers among the statistics, which the library computes with the footer, in time by the square of their length. */
class Decimals {
  /** Places in the schema of the columns that have values, in their order. */
  readonly #leaves: number[] = [];
  readonly #decimal = new Set<number>();
  /** Columns with a long value among the statistics. */
  readonly #long = new Set<number>();

  see(path: readonly number[], value: number): void {
    const [top, at] = path;
    if (top === SCHEMA && path.length === 3 && path[2] === TYPE) this.#leaves.push(at!);
    if (top === SCHEMA && path.length === 3 && path[2] === CONVERTED && value === DECIMAL) this.#decimal.add(at!);
    // Row group, its columns, one of them, its metadata, the statistics, a value.
    if (top === ROW_GROUPS && path.length === 7 && path[5] === STATISTICS && value > LONGEST_NUMBER)
      this.#long.add(path[3]!);
  }

  check(): void {
    for (const column of this.#long)
      if (this.#decimal.has(this.#leaves[column] ?? -1))
        throw new Damaged(`a decimal number among its statistics has over ${LONGEST_NUMBER} bytes`);
  }
}

/** InputError where there are too many columns to look at each. */
export function checkSchema({ schema }: FileMetaData, file: string): void {
  if (schema.length <= MOST_COLUMNS) return;
  throw new InputError(
    `it has ${schema.length} columns, over the limit of ${MOST_COLUMNS}`,
    { file },
    "write only the columns of the task",
  );
}

/** What will be read: whole columns, at the top, with what lies in them; and so many of the first rows. */
export interface Wanted {
  readonly columns: readonly string[];
  readonly rows: number;
}

/**
 * What the library may read: of the metadata only the wanted columns, in row groups that have wanted rows, and of their chunks
 * no more pages than hold these rows, each of which has been checked; and what unpacks them. InputError where the file announces
 * more than its size allows.
 */
export async function checkedPart(
  metadata: FileMetaData,
  source: Source,
  wanted: Wanted,
  file: string,
): Promise<{ metadata: FileMetaData; compressors: Compressors }> {
  const columns = new Set(wanted.columns);
  const isWanted = ({ meta_data: column }: ColumnChunk) => columns.has(column?.path_in_schema[0] ?? "");
  const schema = schemaOf(metadata.schema, columns, file);
  const tree = parquetSchema({ schema });
  const limits = limitsOf(source.size, columns.size, wanted.rows);
  const leaves = schema.filter((element) => !element.num_children).length;
  const groups: RowGroup[] = [];
  let rows = 0;
  for (const group of metadata.row_groups) {
    const count = countOf(group.num_rows, "rows", file);
    if (rows + count > limits.rows) throw tooMany(`${rows + count} rows`, file);
    if (count && rows < wanted.rows) {
      const part = group.columns.filter(isWanted);
      if (part.length !== leaves)
        throw new InputError("the columns of a row group differ from the schema", { file }, WRITE_AGAIN);
      groups.push({ ...group, columns: part });
    }
    rows += count;
  }
  if (groups.length * schema.length > MOST_CHUNKS)
    throw tooMany(`${groups.length} row groups of ${schema.length} columns`, file);
  const chunks = groups.flatMap((group) => group.columns.map((chunk) => chunk.meta_data!));
  const compressors = await compressorsFor(new Set(chunks.map(({ codec }) => codec)));
  const read: Reading = { source, limits, compressors, file };
  const sums: Sums = { values: 0, packed: 0, unpacked: 0 };
  let left = wanted.rows;
  const parts: RowGroup[] = [];
  for (const group of groups) {
    const count = Number(group.num_rows);
    const part: ColumnChunk[] = [];
    for (const chunk of group.columns) {
      const bytes = await checkChunk(chunk.meta_data!, tree, Math.min(count, left), sums, read);
      part.push({ ...chunk, meta_data: { ...chunk.meta_data!, total_compressed_size: BigInt(bytes) } });
    }
    parts.push({ ...group, columns: part });
    left -= count;
  }
  return { metadata: { ...metadata, schema, row_groups: parts }, compressors };
}

/** The schema of these columns alone. InputError where one nests too deep, or holds what is not read. */
function schemaOf(schema: readonly SchemaElement[], columns: ReadonlySet<string>, file: string): SchemaElement[] {
  const [root, ...elements] = schema;
  const kept: SchemaElement[] = [];
  let [at, top] = [0, 0];
  /** Passes over an element with those in it. */
  const pass = (keeps: boolean, depth: number): void => {
    const element = elements[at++];
    if (!element) throw new InputError("its schema is incomplete", { file }, WRITE_AGAIN);
    if (depth > DEEPEST)
      throw new InputError(
        `its columns are nested more than ${DEEPEST} levels deep`,
        { file },
        "write the task's columns flat",
      );
    if (keeps && element.logical_type?.type === "VARIANT")
      throw new InputError(
        `the column ${quoted(element.name)} contains variants, which are not supported`,
        { file },
        "write it as texts, numbers or lists",
      );
    if (keeps) kept.push(element);
    for (let i = 0; i < (element.num_children ?? 0); i++) pass(keeps, depth + 1);
  };
  while (at < elements.length) {
    const keeps = columns.has(elements[at]!.name);
    if (keeps) top++;
    pass(keeps, 1);
  }
  return [{ ...root!, num_children: top }, ...kept];
}

/** What has been walked of the file so far. */
interface Sums {
  values: number;
  packed: number;
  unpacked: number;
}

interface Limits extends Readonly<Sums> {
  readonly rows: number;
  /** Bytes of a column that are read first. */
  readonly part: number;
}

interface Reading {
  readonly source: Source;
  readonly limits: Limits;
  readonly compressors: Compressors;
  readonly file: string;
}

/** What a file of this size may announce; of its first rows only so much is looked at, however large it is. */
function limitsOf(size: number, columns: number, rows: number): Limits {
  const most = ALWAYS_VALUES + MOST_VALUES * size;
  const [first, part] = rows === Number.POSITIVE_INFINITY ? [rows, size] : [MOST_FIRST, FIRST_PART];
  return {
    ...{ rows: most, part },
    values: Math.min(most * Math.min(columns, MOST_READ), first),
    // Chunks do not overlap, and so have no more bytes than the file.
    packed: Math.min(2 * size, first),
    unpacked: Math.min(ALWAYS_BYTES + MOST_RATIO * size, first),
  };
}

/** Checks a column chunk's pages until they hold the rows, and adds them to the sums; gives how many bytes these pages have. */
async function checkChunk(
  column: ColumnMetaData,
  tree: SchemaTree,
  rows: number,
  sums: Sums,
  { source, limits, compressors, file }: Reading,
): Promise<number> {
  // (A dictionary at 0, behind which are the file's first bytes, is none.)
  const begin = countOf(column.dictionary_page_offset || column.data_page_offset, "bytes before a page", file);
  const size = countOf(column.total_compressed_size, "bytes", file);
  if (begin + size > source.size)
    throw new InputError("one of its columns reaches beyond the file", { file }, WRITE_AGAIN);
  const page = guarded(file, () => pageColumn(column, tree));
  /** Pages at the start of the chunk, as many as hold the rows; undefined where there is more of the chunk to read for that. */
  const walk = (bytes: Uint8Array): number | undefined => {
    let [held, end] = [0, 0];
    for (const found of pagesOf(bytes, bytes.length === size)) {
      if (!found) return undefined;
      const { header, packed, next } = found;
      sums.packed += next - end;
      // Also a page without values takes time.
      sums.values += Math.max(1, header.values * page.weight);
      sums.unpacked += header.unpacked;
      if (sums.packed > limits.packed) throw tooMany(`columns of over ${limits.packed} bytes`, file);
      if (sums.values > limits.values) throw tooMany(`over ${limits.values} values`, file);
      if (sums.unpacked > limits.unpacked) throw tooMany(`pages that unpack to over ${limits.unpacked} bytes`, file);
      const inside = checkPage(header, packed, page, compressors, limits.unpacked - sums.unpacked);
      sums.unpacked += inside.bytes;
      held += inside.rows;
      end = next;
      tick();
      if (held > rows) break; // (the row that a page ends with may go on in the next one)
    }
    if (held < rows) throw new Damaged("a column has fewer rows than its row group");
    return end;
  };
  for (let { part } = limits; ; part *= 4) {
    const bytes = await source.read(begin, begin + Math.min(part, size));
    const before = { ...sums };
    const end = guarded(file, () => walk(bytes));
    if (end !== undefined) return end;
    Object.assign(sums, before);
  }
}

function pageColumn(
  { type, codec, path_in_schema: names }: ColumnMetaData,
  tree: SchemaTree,
): PageColumn & { readonly weight: number } {
  const path = getTreePath(tree, names);
  const { element } = path.at(-1)!;
  const definition = getMaxDefinitionLevel(path);
  const isShort = element.converted_type === "DECIMAL" || element.logical_type?.type === "UUID";
  return {
    ...{ type, codec, typeLength: element.type_length, definition },
    repetition: getMaxRepetitionLevel(path),
    longest: isShort ? LONGEST_NUMBER : Number.POSITIVE_INFINITY,
    // Each value of a list of lists may become as many lists.
    weight: Math.max(1, definition - LIST_LEVELS),
  };
}

function tooMany(what: string, file: string): InputError {
  return new InputError(
    `it declares ${what}, too much for its size`,
    { file },
    "write the file again without compression if it really contains that much",
  );
}

function countOf(value: bigint | number | undefined, what: string, file: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InputError(`it declares ${String(value)} as a number of ${what}`, { file }, WRITE_AGAIN);
}

/** What is thrown at a damaged place, by this code or by the library's, as a sentence. */
function guarded<T>(file: string, walk: () => T): T {
  try {
    return walk();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`the Parquet file is damaged (${damageOf(cause)})`, { file }, WRITE_AGAIN, { cause });
  }
}

interface Page {
  readonly header: PageHeader;
  /** As it is in the file. */
  readonly packed: Uint8Array;
  /** Where the next one begins. */
  readonly next: number;
}

/** The pages at the start of a column chunk, of which `bytes` may not be all: then the last one is undefined. */
function* pagesOf(bytes: Uint8Array, whole: boolean): Generator<Page | undefined> {
  // The last byte never begins a page (hyparquet stops there, too).
  for (let at = 0; at < bytes.length - 1; ) {
    const thrift = new Thrift(bytes.subarray(at));
    let header: PageHeader;
    try {
      header = headerOf(thrift.struct());
    } catch (cause) {
      if (whole) throw cause;
      yield undefined; // perhaps only its end is missing
      return;
    }
    const begin = at + thrift.at;
    at = begin + header.packed;
    if (at > bytes.length) {
      if (whole) throw new Damaged("a page reaches beyond its column");
      yield undefined;
      return;
    }
    yield { header, packed: bytes.subarray(begin, at), next: at };
  }
  if (!whole) yield undefined;
}

// Checks the sizes that a Parquet file declares (numbers of rows, of values per page, and of decompressed bytes per
// page) against the file's own size before they are used. The library that reads the file allocates arrays of these
// sizes in advance, even for a file of a few hundred bytes. Format: https://parquet.apache.org/docs/file-format

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

/**
 * The highest accepted compression ratio. Text compresses by a factor of 3 to 10; columns with a single value compress
 * more.
 */
const MOST_RATIO = 100;
/** All pages together may decompress to this many bytes, however small the file is. */
const ALWAYS_BYTES = 10_000_000;
/**
 * Maximum number of rows or values per byte of the file. A column with two classes takes an eighth of a byte per row.
 */
const MOST_VALUES = 16;
const ALWAYS_VALUES = 100_000;
/**
 * Maximum size of the footer in bytes. With a thousand columns in a hundred row groups, a footer takes about ten
 * megabytes.
 */
const LARGEST_FOOTER = 64_000_000;
/** Maximum number of columns, including nested ones. */
const MOST_COLUMNS = 100_000;
/** Maximum number of columns that a task reads. A choice task reads six: a text, four continuations and a label. */
const MOST_READ = 8;
/** Maximum nesting depth of columns. */
const DEEPEST = 30;
/** The number of definition levels of a list that can be null and can contain nulls. */
const LIST_LEVELS = 2;
/** Maximum number of column chunks in all row groups together. */
const MOST_CHUNKS = 10_000_000;
/** Maximum number of values, and of bytes, to check if only the first rows are wanted. */
const MOST_FIRST = 256 << 20;
/**
 * If only the first rows are wanted, this many bytes of each column are read first; a dictionary and a page together
 * take about two megabytes.
 */
const FIRST_PART = 2 << 20;
/** Maximum number of bytes in a decimal number or a UUID. */
const LONGEST_NUMBER = 64;
/** The number of bytes after the footer: four for its length, and four for "PAR1". */
const TAIL = 8;
const WRITE_AGAIN = "write the file again";

/**
 * Reads the file from its footer to its end. Throws an InputError if the file is truncated, or if the footer declares
 * lists or texts that are larger than the footer itself.
 */
export async function footerOf(source: Source, file: string): Promise<Uint8Array> {
  const { size } = source;
  const tail = size < TAIL + 4 ? undefined : await source.read(size - TAIL, size);
  const length = tail ? new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) : 0;
  if (!tail || length > size - TAIL || String.fromCharCode(...tail.subarray(4)) !== "PAR1")
    throw new InputError("the file is truncated: it has no Parquet footer at its end", { file }, WRITE_AGAIN);
  if (length > LARGEST_FOOTER)
    throw new InputError(
      `the footer has ${length} bytes, more than the limit of ${LARGEST_FOOTER}`,
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

/** Field IDs in Parquet's structures. */
const SCHEMA = 2;
const ROW_GROUPS = 4;
const STATISTICS = 12;
const TYPE = 1;
const CONVERTED = 6;
const DECIMAL = 5;

/**
 * Finds long decimal numbers in the column statistics. The library decodes them together with the footer, in time
 * quadratic in their length.
 */
class Decimals {
  /** The schema indices of the columns that have values, in order. */
  readonly #leaves: number[] = [];
  readonly #decimal = new Set<number>();
  /** Columns with a long value in their statistics. */
  readonly #long = new Set<number>();

  see(path: readonly number[], value: number): void {
    const [top, at] = path;
    if (top === SCHEMA && path.length === 3 && path[2] === TYPE) this.#leaves.push(at!);
    if (top === SCHEMA && path.length === 3 && path[2] === CONVERTED && value === DECIMAL) this.#decimal.add(at!);
    // The path consists of: row groups, index, columns, index, metadata, statistics, value.
    if (top === ROW_GROUPS && path.length === 7 && path[5] === STATISTICS && value > LONGEST_NUMBER)
      this.#long.add(path[3]!);
  }

  check(): void {
    for (const column of this.#long)
      if (this.#decimal.has(this.#leaves[column] ?? -1))
        throw new Damaged(`a decimal number in the statistics has more than ${LONGEST_NUMBER} bytes`);
  }
}

/** Throws an InputError if the file has too many columns to check each of them. */
export function checkSchema({ schema }: FileMetaData, file: string): void {
  if (schema.length <= MOST_COLUMNS) return;
  throw new InputError(
    `the file has ${schema.length} columns, over the limit of ${MOST_COLUMNS}`,
    { file },
    "write only the columns that the task needs",
  );
}

/** What to read: top-level columns with everything nested in them, and the number of rows from the start. */
export interface Wanted {
  readonly columns: readonly string[];
  readonly rows: number;
}

/**
 * Checks the wanted part of the file, and returns metadata for this part and the decompressors that it needs. The
 * metadata covers only the wanted columns, the row groups with wanted rows, and the pages that contain these rows.
 * Throws an InputError if the file declares more than its size allows.
 */
export async function checkedPart(
  metadata: FileMetaData,
  source: Source,
  wanted: Wanted,
  file: string,
): Promise<{ metadata: FileMetaData; compressors: Compressors }> {
  const columns = new Set(wanted.columns);
  // In a damaged footer, the path may be missing.
  const isWanted = ({ meta_data: column }: ColumnChunk) => columns.has(column?.path_in_schema?.[0] ?? "");
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

/**
 * The part of the schema for these columns. Throws an InputError if a column is nested too deeply or has an unsupported
 * type.
 */
function schemaOf(schema: readonly SchemaElement[], columns: ReadonlySet<string>, file: string): SchemaElement[] {
  const [root, ...elements] = schema;
  const kept: SchemaElement[] = [];
  let [at, top] = [0, 0];
  /** Moves past an element and its children, and keeps them if `keeps` is true. */
  const pass = (keeps: boolean, depth: number): void => {
    const element = elements[at++];
    if (!element) throw new InputError("the schema is incomplete", { file }, WRITE_AGAIN);
    if (depth > DEEPEST)
      throw new InputError(
        `the columns are nested more than ${DEEPEST} levels deep`,
        { file },
        "write the task's columns without nesting",
      );
    if (keeps && element.logical_type?.type === "VARIANT")
      throw new InputError(
        `the column ${quoted(element.name)} contains variants, which are not supported`,
        { file },
        "write its values as texts, numbers or lists",
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

/** Totals for the parts of the file that have been checked. */
interface Sums {
  values: number;
  packed: number;
  unpacked: number;
}

interface Limits extends Readonly<Sums> {
  readonly rows: number;
  /** The number of bytes of a column that are read first. */
  readonly part: number;
}

interface Reading {
  readonly source: Source;
  readonly limits: Limits;
  readonly compressors: Compressors;
  readonly file: string;
}

/** The limits on what a file of this size may declare; lower if only the first rows are wanted. */
function limitsOf(size: number, columns: number, rows: number): Limits {
  const most = ALWAYS_VALUES + MOST_VALUES * size;
  const [first, part] = rows === Number.POSITIVE_INFINITY ? [rows, size] : [MOST_FIRST, FIRST_PART];
  return {
    ...{ rows: most, part },
    values: Math.min(most * Math.min(columns, MOST_READ), first),
    // Chunks do not overlap, so together they have no more bytes than the file.
    packed: Math.min(2 * size, first),
    unpacked: Math.min(ALWAYS_BYTES + MOST_RATIO * size, first),
  };
}

/**
 * Checks the pages of a column chunk until they contain all wanted rows, and adds their sizes to `sums`. Returns the
 * total size of the checked pages in bytes.
 */
async function checkChunk(
  column: ColumnMetaData,
  tree: SchemaTree,
  rows: number,
  sums: Sums,
  { source, limits, compressors, file }: Reading,
): Promise<number> {
  // An offset of 0 means that there is no dictionary, because a file starts with magic bytes.
  const begin = countOf(column.dictionary_page_offset || column.data_page_offset, "bytes before a page", file);
  const size = countOf(column.total_compressed_size, "bytes", file);
  if (begin + size > source.size)
    throw new InputError("a column extends beyond the end of the file", { file }, WRITE_AGAIN);
  const page = guarded(file, () => pageColumn(column, tree));
  /**
   * The total size of the pages, from the start of the chunk, that contain the wanted rows; undefined if more of the
   * chunk must be read first.
   */
  const walk = (bytes: Uint8Array): number | undefined => {
    let [held, end] = [0, 0];
    for (const found of pagesOf(bytes, bytes.length === size)) {
      if (!found) return undefined;
      const { header, packed, next } = found;
      sums.packed += next - end;
      // Count at least one value per page, because pages without values take time, too.
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
      if (held > rows) break; // the last row of a page may continue on the next page
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
    // A single value may be decoded as this many nested lists.
    weight: Math.max(1, definition - LIST_LEVELS),
  };
}

function tooMany(what: string, file: string): InputError {
  return new InputError(
    `the file declares ${what}, which is more than its size allows`,
    { file },
    "write the file again without compression if it really contains that much",
  );
}

function countOf(value: bigint | number | undefined, what: string, file: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InputError(`the file declares an invalid number of ${what}: ${String(value)}`, { file }, WRITE_AGAIN);
}

/** Runs `walk`, and turns any error that a damaged file causes, in this code or the library, into an InputError. */
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
  /** The bytes of the page as stored in the file. */
  readonly packed: Uint8Array;
  /** The start of the next page. */
  readonly next: number;
}

/** Yields the pages at the start of a column chunk. If `bytes` is not the whole chunk, the last item is undefined. */
function* pagesOf(bytes: Uint8Array, whole: boolean): Generator<Page | undefined> {
  // The last byte never starts a page (hyparquet stops there, too).
  for (let at = 0; at < bytes.length - 1; ) {
    const thrift = new Thrift(bytes.subarray(at));
    let header: PageHeader;
    try {
      header = headerOf(thrift.struct());
    } catch (cause) {
      if (whole) throw cause;
      yield undefined; // perhaps the rest of the header has not been read yet
      return;
    }
    const begin = at + thrift.at;
    at = begin + header.packed;
    if (at > bytes.length) {
      if (whole) throw new Damaged("a page extends beyond its column");
      yield undefined;
      return;
    }
    yield { header, packed: bytes.subarray(begin, at), next: at };
  }
  if (!whole) yield undefined;
}

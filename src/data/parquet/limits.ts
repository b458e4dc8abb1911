// What a Parquet file announces, held against its size before it is believed: rows, values of a page, bytes that a page
// unpacks to. A library that reads the file makes arrays of these sizes at once, of a file of a few hundred bytes, too.
// Format: https://parquet.apache.org/docs/file-format

import type { ColumnMetaData, Compressors, FileMetaData, SchemaTree } from "hyparquet";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import { InputError } from "../../errors.ts";
import { damageOf } from "./damage.ts";
import { checkPage, headerOf, type PageColumn, type PageHeader } from "./pages.ts";
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

/**
 * InputError where the file announces more than its size allows. `columns` are those that will be read, at the top; `tree` is
 * the schema that they lie in.
 */
export function checkSizes(
  { schema, row_groups: groups }: FileMetaData,
  tree: SchemaTree,
  bytes: Uint8Array,
  columns: readonly string[],
  compressors: Compressors,
  file: string,
): void {
  const most = { values: ALWAYS_VALUES + MOST_VALUES * bytes.length, bytes: ALWAYS_BYTES + MOST_RATIO * bytes.length };
  if (schema.length > MOST_COLUMNS)
    throw new InputError(
      `it has ${schema.length} columns, over the limit of ${MOST_COLUMNS}`,
      { file },
      "write only the columns of the task",
    );
  const wanted = new Set(columns);
  const sums = { values: 0, bytes: 0 };
  let rows = 0;
  for (const group of groups) {
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
        const read = pageColumn(column, tree);
        for (const { header, packed } of pagesOf(bytes.subarray(begin, end))) {
          sums.values += header.values;
          sums.bytes += header.unpacked;
          if (sums.values > most.values * wanted.size) throw tooMany(`over ${sums.values} values`, file);
          if (sums.bytes > most.bytes) throw tooMany(`pages that unpack to over ${sums.bytes} bytes`, file);
          sums.bytes += checkPage(header, packed, read, compressors, most.bytes - sums.bytes);
        }
      });
    }
  }
}

function pageColumn({ type, codec, path_in_schema: names }: ColumnMetaData, tree: SchemaTree): PageColumn {
  const path = getTreePath(tree, names);
  return {
    type,
    codec,
    typeLength: path.at(-1)?.element.type_length,
    repetition: getMaxRepetitionLevel(path),
    definition: getMaxDefinitionLevel(path),
  };
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

/** What is thrown at a damaged place, by this code or by the library's, as a sentence. */
function guarded(file: string, walk: () => void): void {
  try {
    walk();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`the Parquet file is damaged (${damageOf(cause)})`, { file }, WRITE_AGAIN, { cause });
  }
}

/** The pages of a column, each with its bytes as they are packed. */
function* pagesOf(bytes: Uint8Array): Generator<{ header: PageHeader; packed: Uint8Array }> {
  // The last byte never begins a page (hyparquet stops there, too).
  for (let at = 0; at < bytes.length - 1; ) {
    const thrift = new Thrift(bytes.subarray(at));
    const header = headerOf(thrift.struct());
    const begin = at + thrift.at;
    at = begin + header.packed;
    if (at > bytes.length) throw new Damaged("a page reaches beyond its column");
    yield { header, packed: bytes.subarray(begin, at) };
  }
}

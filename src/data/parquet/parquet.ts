// Reads Parquet files as tables: only the needed columns, with dotted names for nested columns.

import type { AsyncBuffer, SchemaTree } from "hyparquet";
import { InputError } from "../../errors.ts";
import { parseJson } from "../../json-text.ts";
import { type Content, refuseWide, type Table, type TableRow } from "../table.ts";
import { damageOf } from "./damage.ts";
import { type Source, sourceOfBytes } from "./source.ts";

/** Parquet's list levels, which are omitted from the names of nested columns. */
const LIST_LEVEL = /^(list|element|item|array|bag|array_element)$/;

export function readParquet({ file, bytes, select }: Content): Promise<Table> {
  return tableOf(sourceOfBytes(bytes), file, { select, rows: Number.POSITIVE_INFINITY });
}

/**
 * Reads the first rows of a file, and only the part of the file that contains them. Throws the same InputErrors as
 * `readParquet`, and also an InputError if the file has more than `mostColumns` columns.
 */
export function readFirstRows(source: Source, file: string, rows: number, mostColumns: number): Promise<Table> {
  const select = ({ columns, paths }: Pick<Table, "columns" | "paths">) => {
    const top = columns.filter((name) => !paths.has(name));
    refuseWide(columns.length, mostColumns, file);
    return top;
  };
  return tableOf(source, file, { select, rows });
}

async function tableOf(
  source: Source,
  file: string,
  { select, rows: most }: Pick<Content, "select"> & { readonly rows: number },
): Promise<Table> {
  // The library is large and rarely needed, so it is not loaded at startup.
  const [hyparquet, { checkedPart, checkSchema, footerOf }] = await Promise.all([
    import("hyparquet"),
    import("./limits.ts"),
  ]);
  const { parquetMetadata, parquetReadObjects, parquetSchema } = hyparquet;
  const broken = (cause: unknown) =>
    cause instanceof InputError
      ? cause
      : new InputError(`the Parquet file cannot be read (${damageOf(cause)})`, { file }, "write the file again", {
          cause,
        });
  const footer = await footerOf(source, file);
  let metadata: ReturnType<typeof parquetMetadata>;
  let head: ReturnType<typeof headOf>;
  try {
    // Geometry support would loop over as many columns as the footer declares.
    metadata = parquetMetadata(footer, { geoparquet: false });
    checkSchema(metadata, file);
    head = headOf(parquetSchema(metadata));
  } catch (cause) {
    throw broken(cause);
  }
  const names = select?.(head) ?? head.columns.filter((name) => !head.paths.has(name));
  // A nested column is read together with its top-level column.
  const columns = [...new Set(names.map((name) => head.paths.get(name)?.[0] ?? name))];
  const part = await checkedPart(metadata, source, { columns, rows: most }, file);
  let cells: Record<string, unknown>[];
  try {
    const slices: AsyncBuffer = {
      byteLength: source.size,
      slice: async (begin, end = source.size) => bufferOf(await source.read(begin, end)),
    };
    cells = await parquetReadObjects({ file: slices, ...part, columns, rowEnd: most });
  } catch (cause) {
    throw broken(cause);
  }
  const classes = classesOf(metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value);
  const rows: TableRow[] = cells.map((row, i) => ({ number: i, cells: row }));
  return { ...head, rows, unit: "row", notes: [], classes };
}

/** hyparquet needs a whole ArrayBuffer, so bytes in a larger buffer are copied. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** The column names of a Parquet file. */
function headOf(schema: SchemaTree): Pick<Table, "columns" | "paths" | "aliases"> {
  const top = schema.children.map(({ element }) => element.name);
  const isTop = new Set(top);
  const paths = new Map<string, readonly string[]>();
  const visit = ({ element, children }: SchemaTree, above: readonly string[]) => {
    if (typeof element.name !== "string") throw new TypeError("a column has no name");
    const path = above.length && LIST_LEVEL.test(element.name) ? above : [...above, element.name];
    const name = path.join(".");
    if (path.length > 1 && path !== above && !isTop.has(name)) paths.set(name, path);
    for (const child of children) visit(child, path);
  };
  for (const child of schema.children) visit(child, []);
  return { columns: [...top, ...paths.keys()], paths, aliases: {} };
}

interface Features {
  readonly info?: { readonly features?: Readonly<Record<string, Record<string, unknown>>> };
}

/** The class names that the library `datasets` stores in the file's metadata, by column. */
function classesOf(json: string | undefined): ReadonlyMap<string, readonly string[]> {
  const classes = new Map<string, readonly string[]>();
  try {
    const features = (parseJson(json ?? "{}") as Features | null)?.info?.features ?? {};
    for (const [column, feature] of Object.entries<Record<string, unknown>>(features)) {
      const names = feature.names ?? (feature.feature as Record<string, unknown> | undefined)?.names;
      if (Array.isArray(names) && names.every((name) => typeof name === "string")) classes.set(column, names);
    }
  } catch {
    // Ignore metadata that a different program stored under the same key.
  }
  return classes;
}

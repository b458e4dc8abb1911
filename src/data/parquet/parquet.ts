// Parquet files as tables: the columns that are needed, with nested ones by dotted names.

import type { SchemaTree } from "hyparquet";
import { InputError } from "../../errors.ts";
import { parseJson } from "../../json-text.ts";
import type { Content, Table, TableRow } from "../table.ts";
import { damageOf } from "./damage.ts";

/** What a nested column's names do not say: Parquet's own levels of lists. */
const LIST_LEVEL = /^(list|element|item|array|bag|array_element)$/;

export async function readParquet({ file, bytes, select }: Content): Promise<Table> {
  // Larger than all the rest of the extension and seldom needed, so it is not read when the extension starts.
  const [hyparquet, { compressors }, { checkFooter, checkSizes }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
    import("./limits.ts"),
  ]);
  const { parquetMetadata, parquetReadObjects, parquetSchema } = hyparquet;
  const broken = (cause: unknown) =>
    new InputError(`the Parquet file cannot be read (${damageOf(cause)})`, { file }, "write the file again", {
      cause,
    });
  checkFooter(bytes, file);
  const whole = wholeOf(bytes);
  let metadata: ReturnType<typeof parquetMetadata>;
  let tree: SchemaTree;
  let head: ReturnType<typeof headOf>;
  try {
    // (What it does for geometry walks as many columns as a number in the footer says.)
    metadata = parquetMetadata(whole, { geoparquet: false });
    tree = parquetSchema(metadata);
    head = headOf(tree);
  } catch (cause) {
    throw broken(cause);
  }
  const names = select?.(head) ?? head.columns.filter((name) => !head.paths.has(name));
  // A nested column is read with the column that it lies in.
  const columns = [...new Set(names.map((name) => head.paths.get(name)?.[0] ?? name))];
  checkSizes(metadata, tree, bytes, columns, compressors, file);
  let cells: Record<string, unknown>[];
  try {
    cells = await parquetReadObjects({ file: whole, metadata, compressors, columns });
  } catch (cause) {
    throw broken(cause);
  }
  const classes = classesOf(metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value);
  const rows: TableRow[] = cells.map((row, i) => ({ number: i, cells: row }));
  return { ...head, rows, unit: "row", notes: [], classes };
}

/** hyparquet takes a buffer of its own; a copy is made only where the bytes are part of a larger one. */
function wholeOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** The names of a Parquet file's columns. */
export function headOf(schema: SchemaTree): Pick<Table, "columns" | "paths" | "aliases"> {
  const top = schema.children.map(({ element }) => element.name);
  const paths = new Map<string, readonly string[]>();
  const visit = ({ element, children }: SchemaTree, above: readonly string[]) => {
    if (typeof element.name !== "string") throw new TypeError("a column has no name");
    const path = above.length && LIST_LEVEL.test(element.name) ? above : [...above, element.name];
    const name = path.join(".");
    if (path.length > 1 && path !== above && !top.includes(name)) paths.set(name, path);
    for (const child of children) visit(child, path);
  };
  for (const child of schema.children) visit(child, []);
  return { columns: [...top, ...paths.keys()], paths, aliases: {} };
}

interface Features {
  readonly info?: { readonly features?: Readonly<Record<string, Record<string, unknown>>> };
}

/** The names that the library `datasets` keeps for a column's class numbers, from the file's metadata. */
function classesOf(json: string | undefined): ReadonlyMap<string, readonly string[]> {
  const classes = new Map<string, readonly string[]>();
  try {
    const features = (parseJson(json ?? "{}") as Features | null)?.info?.features ?? {};
    for (const [column, feature] of Object.entries<Record<string, unknown>>(features)) {
      const names = feature.names ?? (feature.feature as Record<string, unknown> | undefined)?.names;
      if (Array.isArray(names) && names.every((name) => typeof name === "string")) classes.set(column, names);
    }
  } catch {
    // Metadata of another program that is called the same: nothing to learn from it.
  }
  return classes;
}

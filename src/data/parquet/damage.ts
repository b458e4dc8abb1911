// Describes what is wrong with a Parquet file, based on the error thrown while reading it.

import { messageOf } from "../../errors.ts";

/**
 * A RangeError comes from a DataView. A SyntaxError comes from parsing a JSON column; its message is not shown, because
 * it would quote the file.
 */
export function damageOf(cause: unknown): string {
  if (cause instanceof RangeError) return "it ends too early";
  return cause instanceof SyntaxError ? "a value in a JSON column is not valid JSON" : messageOf(cause);
}

// Describes what is wrong with a Parquet file, from the error thrown while reading it.

import { messageOf } from "../../errors.ts";

/**
 * A RangeError comes from a DataView; a SyntaxError comes from JavaScript's parser for a JSON column, and would quote
 * the file.
 */
export function damageOf(cause: unknown): string {
  if (cause instanceof RangeError) return "it ends too early";
  return cause instanceof SyntaxError ? "a value of a JSON column is not JSON" : messageOf(cause);
}

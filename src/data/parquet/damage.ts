// What is wrong with a Parquet file, in words, from what was thrown while it was read.

import { messageOf } from "../../errors.ts";

/** A RangeError is a view's; a SyntaxError is the engine's for a JSON column, and would quote the file. */
export function damageOf(cause: unknown): string {
  if (cause instanceof RangeError) return "it ends too early";
  return cause instanceof SyntaxError ? "a value of a JSON column is not JSON" : messageOf(cause);
}

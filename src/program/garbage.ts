// Frees the old state soon after each step. Each step leaves three numbers per weight as garbage, in arrays that V8
// sees only as small handles. If these arrays are not freed, gigabytes of garbage accumulate (BERT-base needs a third
// more memory, and its steps are slower because new pages must be requested from the system).

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The amount of garbage, in bytes, that is worth a garbage collection, which takes a few milliseconds. */
const WORTH = 2 ** 28;

let collect: (() => void) | undefined;
let left = 0;

/** Reports that arrays with this total number of bytes are no longer needed. */
export function leave(bytes: number): void {
  left += bytes;
  if (left < WORTH) return;
  left = 0;
  if (!collect) {
    setFlagsFromString("--expose_gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

// Frees a step's old state immediately. Each step leaves its old state as garbage, three numbers per weight, in arrays that
// V8 sees only as small handles. Without this, gigabytes accumulate (BERT-base: a third more memory, and slower steps,
// because new pages must be requested from the system).

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The amount of garbage, in bytes, that is worth a collection of a few milliseconds. */
const WORTH = 2 ** 28;

let collect: (() => void) | undefined;
let left = 0;

/** Reports arrays of this many bytes as no longer needed. */
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

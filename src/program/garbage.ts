// Frees a step's old state at once. A step leaves its former state behind as garbage, three numbers a weight, in arrays that
// V8 sees only as handles: left to itself it lets gigabytes of them pile up (BERT-base: a third more memory, and slower
// steps, because fresh pages must be had from the system).

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Garbage from which a collection is worth its few milliseconds, in bytes. */
const WORTH = 2 ** 28;

let collect: (() => void) | undefined;
let left = 0;

/** Tells that arrays of so many bytes are no longer needed. */
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

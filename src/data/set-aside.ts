// Holds out examples of the training file for splits that have no file of their own.

import type { Split, SplitName } from "./description.ts";
import { Random } from "./random.ts";

/**
 * For each split, the indices of its examples in the training file, in ascending order. A split without a file gets
 * round(fraction · examples) examples, but at least one; they are drawn with the task's seed. The test split is drawn
 * first, so it does not depend on the validation fraction.
 */
export function setAside(
  rows: number,
  split: Split,
  wanted: Record<"validation" | "test", boolean>,
): Record<SplitName, number[]> {
  const order = Array.from({ length: rows }, (_, i) => i);
  if (wanted.validation || wanted.test) new Random(split.seed, "split").shuffle(order);
  const take = (name: "validation" | "test") =>
    wanted[name] ? order.splice(0, Math.max(1, Math.round(split[name] * rows))) : [];
  const [test, validation] = [take("test"), take("validation")];
  const ascending = (numbers: number[]) => Array.from(Uint32Array.from(numbers).sort());
  return { train: ascending(order), validation: ascending(validation), test: ascending(test) };
}

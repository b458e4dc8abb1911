// Splits without a file: examples of the training file that are held out for them.

import type { Split, SplitName } from "./description.ts";
import { Random } from "./random.ts";

/**
 * The indices of each split's examples in the training file, in file order. A split without a file gets round(share ·
 * examples), but at least one, drawn with the task's seed; the test split does not depend on the validation share.
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

// Finetuning under a fixed mask: pruned weights are 0 from the start and stay 0, the others are trained. With the smallest
// weights pruned this is magnitude pruning (Han et al. 2015, arXiv 1506.02626), the baseline of trained masks; with a trained
// mask it is a mask's second stage.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, oneOf, type Read, shareBelow1, worded } from "../schema.ts";
import { filePath } from "./option-parts.ts";

/** The option `fixedMask` of a run. */
export const FIXED_MASK = onDemand(() =>
  worded(
    z.strictObject({
      by: explained(
        oneOf(["magnitude", "random", "file"]),
        "which weights are pruned: in each matrix those with the smallest magnitudes (heads and neurons: norms), or some at random, or those that a mask's file prunes",
      ),
      sparsity: explained(
        z.optional(shareBelow1()),
        "share of each matrix (or of each layer's heads and neurons) that is pruned, with magnitude or random",
      ),
      file: explained(
        z.optional(filePath("a mask's file")),
        "mask over the same base model; its classifier and auxiliary parameters are where training starts",
      ),
    }),
    "by=…,[sparsity=…],[file=…]",
  ),
);
export type FixedMask = Read<typeof FIXED_MASK>;

// The options by which a run adds parameters to its base model. An adaptation's file has them, too, because its model cannot be built
// without them.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, integer, oneOf, type Read, shareBelow1, worded } from "../schema.ts";

/** The option `adapters` of a run; the keys from `attributes` on are only for tasks whose examples have attributes. */
export const ADAPTERS = onDemand(() =>
  worded(
    z.strictObject({
      size: explained(integer(1, 65_536), "the width of the bottleneck, such as 64"),
      attributes: explained(
        z.exactOptional(oneOf(["independent", "joint"])),
        "how the task's attributes enter the bottleneck: independent, as a bias of each value; joint, as a bias and as weights that the text's own narrow vector is multiplied by",
      ),
      weights: explained(
        z.exactOptional(oneOf(["full", "low-rank", "phm"])),
        "the matrix of all values' biases and weights: full; the product of two narrow ones (low-rank); or a sum of Kronecker products (phm)",
      ),
      rank: explained(
        z.exactOptional(integer(1, 1024)),
        "the width of the narrow matrices of low-rank (default 8), or the number of Kronecker products of phm (default 4), which must divide the size",
      ),
      dropAttributes: explained(
        z.exactOptional(shareBelow1()),
        "share of the training examples' attributes that count as missing, so that the model also learns to do without them (default 0.1)",
      ),
    }),
    "size=…,[attributes=…],[weights=…],[rank=…],[dropAttributes=…]",
  ),
);
/** Bottleneck adapters. */
export type Adapters = Read<typeof ADAPTERS>;

/** How attributes enter adapters, with all defaults. */
export interface Injection {
  readonly attributes: "independent" | "joint";
  readonly weights: "full" | "low-rank" | "phm";
  /** Of full weights, 0. */
  readonly rank: number;
  readonly dropAttributes: number;
}

const RANKS: Record<Injection["weights"], number> = { full: 0, "low-rank": 8, phm: 4 };

/** The settings with their defaults. */
export function injectionOf({
  attributes = "independent",
  weights = "full",
  rank = RANKS[weights],
  dropAttributes = 0.1,
}: Adapters): Injection {
  return { attributes, weights, rank, dropAttributes };
}

// The options by which a run adds parameters to its base model. An adaptation's file has them, too, because its model cannot be built
// without them.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, integer, oneOf, positive, type Read, shareBelow1, worded } from "../schema.ts";

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

/** What is wrong with adapters whose bottleneck their Kronecker products do not divide evenly; otherwise undefined. */
export function unevenIn(adapters: Adapters): string | undefined {
  const { weights, rank } = injectionOf(adapters);
  if (weights !== "phm" || adapters.size % rank === 0) return undefined;
  return `adapters of size ${adapters.size} cannot be divided among ${rank} Kronecker products`;
}

/** The option `lengthAdaptor` of a run. */
export const LENGTH_ADAPTOR = onDemand(() =>
  worded(
    z.strictObject({
      features: explained(integer(1, 4096), "the numbers of each frame, such as 80"),
      layers: explained(z._default(integer(1, 3), 3), "convolutions, each of which halves the length"),
    }),
    "features=…,[layers=…]",
  ),
);
/** Convolutions before frame features. */
export type LengthAdaptor = Read<typeof LENGTH_ADAPTOR>;

/** How queries and keys become features; see `src/model/additions/linear-attention.ts`. */
export const FEATURE_MAPS = ["softmax", "relu"] as const;

const MOST_TRANSFER_STEPS = 1_000_000;

/** The option `linearAttention` of a run. */
export const LINEAR_ATTENTION = onDemand(() =>
  worded(
    z.strictObject({
      map: explained(
        oneOf(FEATURE_MAPS),
        "the features of a query or key x, by a linear layer of each head: softmax, [softmax(Wx + b), softmax(−Wx − b)], which starts from the identity (Zhang et al. 2024); relu, ReLU(Wx + b), shared by queries and keys (Kasai et al. 2021)",
      ),
      size: explained(
        z.optional(integer(1, 65_536)),
        "rows of each head's linear layer (default: the size of a head); map softmax has twice as many features",
      ),
      transferSteps: explained(
        z._default(integer(0, MOST_TRANSFER_STEPS), 200),
        "steps before the run in which only the maps are trained, so that their attention is like that by softmax; 0: none",
      ),
      transferLearningRate: explained(z._default(positive(10), 0.01), "the learning rate of these steps"),
    }),
    "map=…,[size=…],[transferSteps=…],[transferLearningRate=…]",
  ),
);
/** Attention by features instead of by softmax. */
export type LinearAttention = Read<typeof LINEAR_ATTENTION>;

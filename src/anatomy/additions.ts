// The options by which a run adds parameters to its base model. An adaptation's file has them, too, because its model cannot be built
// without them.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, integer, oneOf, type Read, worded } from "../schema.ts";

/** The option `adapters` of a run. */
export const ADAPTERS = onDemand(() =>
  worded(z.strictObject({ size: explained(integer(1, 65_536), "the width of the bottleneck, such as 64") }), "size=…"),
);
/** Bottleneck adapters. */
export type Adapters = Read<typeof ADAPTERS>;

/** How queries and keys become features; see `src/model/additions/linear-attention.ts`. */
export const FEATURE_MAPS = ["softmax", "relu"] as const;

const MOST_TRANSFER_STEPS = 1_000_000;
const transferRate = () => worded(z.number().check(z.gt(0), z.maximum(10)), "a number greater than 0 and at most 10");

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
      transferLearningRate: explained(z._default(transferRate(), 0.01), "the learning rate of these steps"),
    }),
    "map=…,[size=…],[transferSteps=…],[transferLearningRate=…]",
  ),
);
/** Attention by features instead of by softmax. */
export type LinearAttention = Read<typeof LINEAR_ATTENTION>;

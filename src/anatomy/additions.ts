// The options by which a run adds parameters to its base model. An adaptation's file has them, too, because its model cannot be built
// without them.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, integer, type Read, worded } from "../schema.ts";

/** The option `adapters` of a run. */
export const ADAPTERS = onDemand(() =>
  worded(z.strictObject({ size: explained(integer(1, 65_536), "the width of the bottleneck, such as 64") }), "size=…"),
);
/** Bottleneck adapters. */
export type Adapters = Read<typeof ADAPTERS>;

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

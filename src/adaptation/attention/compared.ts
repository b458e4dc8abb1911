// On which examples attention is compared unless a command's flags say otherwise, and the mean over heads.

import { mean } from "../../spread.ts";

export const COMPARED = { rows: 64, seed: 1, split: "validation" } as const;

/** The mean over the heads of all layers. */
export const meanOf = (all: readonly (readonly number[])[]): number => mean(all.flat());

// Messages about what the parts of a mask are worth, between the heatmap page and the extension host.

import type { Effects } from "../adaptation/effect/effect.ts";
import type { Change } from "../adaptation/effect/targets.ts";
import type { WholeHead } from "../anatomy/heads.ts";

// Used in these messages, re-exported for the page.
export type { Effects, Measured, PartEffect } from "../adaptation/effect/effect.ts";
export { DEAD } from "../adaptation/effect/limits.ts";
export type { Change } from "../adaptation/effect/targets.ts";

export interface HeadPlace {
  readonly layer: number;
  readonly head: number;
  readonly kind: WholeHead;
}

/** What a page asks for. `head`: only this head, whatever the time; null: all parts. */
export interface EffectRequest {
  readonly change: Change;
  /** The time for exact values after the estimates, in seconds. */
  readonly seconds: number;
  readonly head: HeadPlace | null;
}

/** What is known of the effects that were asked for last, of all parts or of one head. */
export interface EffectState {
  readonly head: HeadPlace | null;
  readonly running: boolean;
  /** null before the estimates are known. */
  readonly effects: Effects | null;
  /** Why measuring failed; empty if it did not, or was stopped. */
  readonly failed: string;
}

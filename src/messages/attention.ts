// Messages about how far linear attention is from softmax, between the heatmap page and the extension host.

import type { AttentionDivergence } from "../adaptation/attention/task-texts.ts";

// Used in these messages, re-exported for the page.
export { meanOf } from "../adaptation/attention/compared.ts";
export type { AttentionDivergence } from "../adaptation/attention/task-texts.ts";

/** What is known of the comparison that was asked for last. */
export interface AttentionState {
  readonly running: boolean;
  readonly found: AttentionDivergence | null;
  /** Why comparing failed; empty if it did not, or was stopped. */
  readonly failed: string;
}

// The data thread's requests, each with its parameters and answer. The channel derives the types of its client and its
// handlers from these.

import type { AttributeFacts } from "../../../mask/beside/added.ts";
import type { Detected } from "../columns.ts";

/** All requests. */
export interface DataRequests {
  /** What a data file seems to contain. */
  detect: { params: { file: string }; event: never; answer: Detected };
  /** The attributes of a task's training examples, with their values; null if the task has too much data to read for a view. */
  attributes: { params: { task: string }; event: never; answer: readonly AttributeFacts[] | null };
  /** The number of a task's training examples; null if the task has too much data to read for an estimate. */
  examples: { params: { task: string }; event: never; answer: number | null };
}

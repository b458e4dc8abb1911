// The data thread's requests, each with its parameters and answer. The channel derives the types of its client and its
// handlers from these.

import type { Detected } from "../columns.ts";

/** All requests. */
export interface DataRequests {
  /** What a data file seems to contain. */
  detect: { params: { file: string }; event: never; answer: Detected };
  /** The number of a task's training examples; null if the task has too much data to read for an estimate. */
  examples: { params: { task: string }; event: never; answer: number | null };
}

// The mask thread's requests: the parameters, events and answer of each, from which the channel derives the types of both ends.

import type { PairComparison } from "../../../mask/compare.ts";
import type { MaskDescription, MatrixProgress } from "../../../mask/describe.ts";
import type { MaskMetadata } from "../../../mask/metadata.ts";
import type { Related } from "../../../mask/reference.ts";
import type { MaskSummary, MatrixDetails, MatrixView, WeightFacts } from "../../../messages.ts";

export interface Described {
  /** Whether it includes what training changed. */
  readonly complete: boolean;
  readonly description: MaskDescription;
  readonly metadata: MaskMetadata;
}

/** Lifts of reference pairs by the masks' checksums (see `References` in judge.ts). */
export type Lifts = readonly (readonly [key: string, lift: number])[];

/** Progress of `describe`: first what the file alone contains, then matrix by matrix what training changed. */
export type DescribeEvent = Described | { readonly progress: readonly MatrixProgress[] };

/** All requests. */
export interface MaskRequests {
  describe: { params: { file: string }; event: DescribeEvent; answer: Described };
  /** What a mask is, from its metadata alone. */
  summary: { params: { file: string }; event: never; answer: MaskSummary };
  /** null if the mask does not cover the matrix. */
  matrix: { params: { file: string; name: string }; event: never; answer: MatrixView | null };
  /** The folder of a mask's base model, among those that the editor knows; null if none holds it. */
  model: { params: { file: string }; event: never; answer: string | null };
  /** A weight's initial score and its value in the base model. */
  weight: { params: { file: string; name: string; row: number; column: number }; event: never; answer: WeightFacts };
  /** Rows, columns and magnitudes of weights, matrix by matrix; the answer is the size of the compressed bits in bytes. */
  details: { params: { file: string }; event: MatrixDetails; answer: number };
  /** The event contains only the distance d, the answer everything. */
  compare: { params: { files: readonly string[] }; event: PairComparison[]; answer: PairComparison[] };
  /** Compares the pairs from `compare` with pairs of further masks; cached lifts of those pairs are passed in and returned. */
  judge: {
    params: {
      files: readonly string[];
      pairs: readonly PairComparison[];
      against: readonly string[];
      related: Related;
      known: Lifts;
    };
    event: never;
    answer: { readonly pairs: PairComparison[]; readonly known: Lifts };
  };
}

// The mask thread's requests, each with its parameters, events and answer. The channel derives the types of its client
// and its handlers from these.

import type { PairComparison } from "../../../mask/compare.ts";
import type { MaskDescription, MatrixCounts, MatrixProgress } from "../../../mask/describe.ts";
import type { Mask } from "../../../mask/file.ts";
import type { MaskMetadata } from "../../../mask/metadata.ts";
import type { MatrixTallies } from "../../../mask/pairs.ts";
import type { Related } from "../../../mask/reference.ts";
import type { MaskSummary, MatrixDetails, MatrixView, WeightFacts } from "../../../messages.ts";

export interface Described {
  /** Whether the description includes the changes made by training. */
  readonly complete: boolean;
  readonly description: MaskDescription;
  readonly metadata: MaskMetadata;
}

/** Lifts of reference pairs, keyed by the masks' checksums (see `References` in judge.ts). */
export type Lifts = readonly (readonly [key: string, lift: number])[];

/**
 * Progress of `describe`: which share of a packed file's weights is decoded, then a description of the file alone, then,
 * matrix by matrix, the changes made by training.
 */
export type DescribeEvent =
  | { readonly unpacked: number }
  | Described
  | { readonly progress: readonly MatrixProgress[] };

/** The result for the matrix at an index. */
export interface Indexed<T> {
  readonly index: number;
  readonly result: T;
}

/** A mask for a helper, with the checksum that its file must still have. */
export interface Handed {
  readonly file: string;
  readonly checksum: string;
  /** Present if the file is packed: copying the mask takes less time than decoding it again. */
  readonly decoded?: Mask | undefined;
}

/** All requests. */
export interface MaskRequests {
  describe: { params: { file: string }; event: DescribeEvent; answer: Described };
  /** For helpers: counts matrices of a mask whose initial mask is known, taking each index from the shared counter `next`. */
  count: { params: Handed & { next: Int32Array }; event: Indexed<MatrixCounts>; answer: null };
  /** A summary of a mask, from its metadata alone. */
  summary: { params: { file: string }; event: never; answer: MaskSummary };
  /** null if the mask does not cover the matrix. */
  matrix: { params: { file: string; name: string }; event: never; answer: MatrixView | null };
  /** The folder of a mask's base model, among the known model folders; null if none contains it. */
  model: { params: { file: string }; event: never; answer: string | null };
  /** A weight's initial score and its value in the base model. */
  weight: { params: { file: string; name: string; row: number; column: number }; event: never; answer: WeightFacts };
  /** Details of rows, columns and weight magnitudes, matrix by matrix; the answer is the compressed size of the bits in bytes. */
  details: { params: { file: string }; event: MatrixDetails; answer: number };
  /** The events contain only the distance d; the answer contains everything. */
  compare: { params: { files: readonly string[] }; event: PairComparison[]; answer: PairComparison[] };
  /** For helpers: counts matrices for all pairs of `compare`, taking each index from the shared counter `next`. */
  tally: {
    params: { masks: readonly Handed[]; next: Int32Array };
    event: Indexed<MatrixTallies>;
    answer: null;
  };
  /** Frees all masks that were read, and everything that is cached from their base models. */
  forget: { params: object; event: never; answer: null };
  /** Compares the pairs from `compare` with pairs that include other masks; takes and returns the cached lifts of those pairs. */
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

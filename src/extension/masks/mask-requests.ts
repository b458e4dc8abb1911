// The mask thread's requests from the extension host.

import type { PairComparison } from "../../mask/compare.ts";
import type { MaskDescription, MatrixProgress } from "../../mask/describe.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import type { Related } from "../../mask/reference.ts";
import type { MaskSummary, MatrixDetails, MatrixView, WeightFacts } from "../../messages.ts";

export interface Described {
  /** Whether it includes what training changed. */
  readonly complete: boolean;
  readonly description: MaskDescription;
  readonly metadata: MaskMetadata;
}

/** Lifts of reference pairs by the masks' checksums (see `References` in judge.ts). */
export type Lifts = readonly (readonly [key: string, lift: number])[];

/** Partial results: first what the file alone contains, then matrix by matrix what training changed. */
export type DescribedPart = Described | { readonly progress: readonly MatrixProgress[] };

/** By name: a request's parameters, its partial results, and its answer. */
export interface MaskRequests {
  /** Sends the model folders; the thread asks for them when it needs a base model. */
  models: { params: { folders: readonly string[] }; part: never; answer: null };
  describe: { params: { file: string }; part: DescribedPart; answer: Described };
  /** What a mask is, from its metadata alone. */
  summary: { params: { file: string }; part: never; answer: MaskSummary };
  /** null if the mask does not cover the matrix. */
  matrix: { params: { file: string; name: string }; part: never; answer: MatrixView | null };
  /** A weight's initial score and its value in the base model. */
  weight: { params: { file: string; name: string; row: number; column: number }; part: never; answer: WeightFacts };
  /** Rows, columns and sizes of weights, matrix by matrix; the answer is what the bits take compressed, in bytes. */
  details: { params: { file: string }; part: MatrixDetails; answer: number };
  /** d comes first, as a part, then everything. */
  compare: { params: { files: readonly string[] }; part: PairComparison[]; answer: PairComparison[] };
  /** The pairs from `compare` with further masks as references; cached lifts of reference pairs go both ways. */
  judge: {
    params: {
      files: readonly string[];
      pairs: readonly PairComparison[];
      against: readonly string[];
      related: Related;
      known: Lifts;
    };
    part: never;
    answer: { readonly pairs: PairComparison[]; readonly known: Lifts };
  };
}

export type MaskRequest = {
  [N in keyof MaskRequests]: { readonly id: number; readonly name: N; readonly params: MaskRequests[N]["params"] };
}[keyof MaskRequests];

export type MaskReply =
  | { readonly type: "models wanted" }
  | { readonly id: number; readonly type: "part"; readonly value: unknown }
  | { readonly id: number; readonly type: "answer"; readonly value: unknown }
  | { readonly id: number; readonly type: "error"; readonly message: string };

// What the mask thread can be asked, by the extension host.

import type { MatrixView } from "../../webview/messages.ts";
import type { PairComparison } from "../mask/compare.ts";
import type { MaskDescription } from "../mask/describe.ts";
import type { MaskMetadata } from "../mask/metadata.ts";

export interface Described {
  /** Whether it says what training changed, too. */
  readonly complete: boolean;
  readonly description: MaskDescription;
  readonly metadata: MaskMetadata;
}

/** By name: what a request takes, what is reported before it is done, and its answer. */
export interface MaskRequests {
  describe: { params: { file: string }; part: Described; answer: Described };
  matrix: { params: { file: string; name: string }; part: never; answer: MatrixView };
  /** d comes first, as a part, then everything. */
  compare: { params: { files: readonly string[] }; part: PairComparison[]; answer: PairComparison[] };
}

export type MaskRequest = {
  [N in keyof MaskRequests]: { readonly id: number; readonly name: N; readonly params: MaskRequests[N]["params"] };
}[keyof MaskRequests];

export type MaskReply =
  | { readonly id: number; readonly type: "part"; readonly value: unknown }
  | { readonly id: number; readonly type: "answer"; readonly value: unknown }
  | { readonly id: number; readonly type: "error"; readonly message: string };

// The kinds of parameters that an adaptation can add to its base model.

import type { Adapters, LinearAttention } from "../../anatomy/additions.ts";
import type { Shape } from "../../tensor.ts";

export interface Additions {
  readonly adapters?: Adapters | undefined;
  readonly linearAttention?: LinearAttention | undefined;
}

/** How a new tensor starts: normal values of this standard deviation, one value everywhere, or the identity matrix. */
export type Start = { readonly deviation: number } | { readonly value: number } | "identity";

export interface AddedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly start: Start;
}

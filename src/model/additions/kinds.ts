// The kinds of parameters that an adaptation can add to its base model.

import type { Adapters, LengthAdaptor, LinearAttention } from "../../anatomy/additions.ts";
import type { Shape } from "../../tensor.ts";

export interface Additions {
  readonly adapters?: Adapters | undefined;
  /** The number of values of all attributes that the adapters read; absent: none. */
  readonly attributeValues?: number | undefined;
  readonly lengthAdaptor?: LengthAdaptor | undefined;
  readonly linearAttention?: LinearAttention | undefined;
}

/** How a new tensor starts: normal values of this standard deviation, one value everywhere, or the identity matrix. */
export type Start = { readonly deviation: number } | { readonly value: number } | "identity";

export interface AddedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly start: Start;
}

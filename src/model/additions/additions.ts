// What an adaptation adds to the graph of its base model: parameters that the base model does not have. They are new, as a
// classifier is, so every method trains them, and the adaptation's file has them.

import type { Adapters, LinearAttention } from "../../anatomy/additions.ts";
import type { ModelConfig } from "../config.ts";
import { adapterTensors } from "./adapters.ts";
import type { AddedTensor, Additions } from "./kinds.ts";
import { mapTensors } from "./linear-attention.ts";

/** The options of a run that add parameters. */
export interface AddingOptions {
  readonly adapters?: Adapters | null | undefined;
  readonly linearAttention?: LinearAttention | null | undefined;
}

/** What the options add; undefined if it is nothing. */
export function additionsOf({ adapters, linearAttention }: AddingOptions): Additions | undefined {
  const additions = { ...(adapters && { adapters }), ...(linearAttention && { linearAttention }) };
  return Object.keys(additions).length ? additions : undefined;
}

/** The model with these additions. */
export function withAdditions(config: ModelConfig, additions: Additions | undefined): ModelConfig {
  return additions ? { ...config, additions } : config;
}

/** The tensors that are added to a model. */
export function addedTensors(config: ModelConfig, { adapters, linearAttention }: Additions = {}): AddedTensor[] {
  return [
    ...(adapters ? adapterTensors(config, adapters) : []),
    ...(linearAttention ? mapTensors(config, linearAttention) : []),
  ];
}

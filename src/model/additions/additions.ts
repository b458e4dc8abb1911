// What an adaptation adds to the graph of its base model: parameters that the base model does not have. They are new, as a
// classifier is, so every method trains them, and the adaptation's file has them.

import type { Adapters, LengthAdaptor, LinearAttention } from "../../anatomy/additions.ts";
import type { ModelConfig } from "../config.ts";
import { adapterTensors } from "./adapters.ts";
import { sharedAttributeTensors } from "./attributes.ts";
import type { AddedTensor, Additions } from "./kinds.ts";
import { lengthAdaptorTensors } from "./length-adaptor.ts";
import { mapTensors } from "./linear-attention.ts";

/** The options of a run that add parameters. */
export interface AddingOptions {
  readonly adapters?: Adapters | null | undefined;
  /** The number of values of the task's attributes, which only adapters read. */
  readonly attributeValues?: number | undefined;
  readonly lengthAdaptor?: LengthAdaptor | null | undefined;
  readonly linearAttention?: LinearAttention | null | undefined;
}

/** What the options add; undefined if it is nothing. */
export function additionsOf({
  adapters,
  attributeValues,
  lengthAdaptor,
  linearAttention,
}: AddingOptions): Additions | undefined {
  const additions = {
    ...(adapters && { adapters, ...(attributeValues && { attributeValues }) }),
    ...(lengthAdaptor && { lengthAdaptor }),
    ...(linearAttention && { linearAttention }),
  };
  return Object.keys(additions).length ? additions : undefined;
}

/** The model with these additions. */
export function withAdditions(config: ModelConfig, additions: Additions | undefined): ModelConfig {
  return additions ? { ...config, additions } : config;
}

/** The tensors that are added to a model. */
export function addedTensors(config: ModelConfig, additions: Additions = {}): AddedTensor[] {
  const { adapters, lengthAdaptor, linearAttention } = additions;
  return [
    ...(adapters ? [...sharedAttributeTensors(additions), ...adapterTensors(config, additions)] : []),
    ...(lengthAdaptor ? lengthAdaptorTensors(config, lengthAdaptor) : []),
    ...(linearAttention ? mapTensors(config, linearAttention) : []),
  ];
}

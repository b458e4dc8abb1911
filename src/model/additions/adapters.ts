// Bottleneck adapters: two linear layers with a ReLU between them, whose output is added to their input, after the attention and
// after the feed-forward network of each layer (Houlsby et al. 2019, arXiv 1902.00751).

import { add } from "../../graph/functions.ts";
import type { Value } from "../../graph/graph.ts";
import { activations } from "../activations.ts";
import type { ModelConfig } from "../config.ts";
import { linear, type Parameters } from "../layers.ts";
import { attributeTensors, type Injected, injectedInto } from "./attributes.ts";
import type { AddedTensor, Additions } from "./kinds.ts";

/** What an adapter follows. */
export type AdapterPlace = "attention" | "output";

const PLACES: readonly AdapterPlace[] = ["attention", "output"];
/** The standard deviation of new weights, so small that an adapter is nearly the identity (Houlsby et al. 2019, section 3.6). */
const DEVIATION = 0.01;

const moduleOf = (layer: number, place: AdapterPlace) => `adapter.${layer}.${place}`;

/** The adapters' tensors: for each, `down` [size, hiddenSize] and `up` [hiddenSize, size] with their biases, and those of attributes. */
export function adapterTensors({ layers, hiddenSize }: ModelConfig, additions: Additions): AddedTensor[] {
  const { size } = additions.adapters!;
  return Array.from({ length: layers }, (_, layer) =>
    PLACES.flatMap((place) => {
      const module = moduleOf(layer, place);
      return [
        { name: `${module}.down.weight`, shape: [size, hiddenSize], start: { deviation: DEVIATION } },
        { name: `${module}.down.bias`, shape: [size], start: { value: 0 } },
        { name: `${module}.up.weight`, shape: [hiddenSize, size], start: { deviation: DEVIATION } },
        { name: `${module}.up.bias`, shape: [hiddenSize], start: { value: 0 } },
        ...attributeTensors(module, additions),
      ];
    }),
  ).flat();
}

/** x [rows, hiddenSize] after the adapter at this place, which attributes change; x itself if the model has no adapters. */
export function adapted(
  { additions }: ModelConfig,
  parameters: Parameters,
  x: Value,
  { layer, place, injected }: { layer: number; place: AdapterPlace; injected: Injected | undefined },
): Value {
  if (!additions?.adapters) return x;
  const module = moduleOf(layer, place);
  const down = linear(parameters, x, `${module}.down`);
  const narrow = injected ? injectedInto(additions.adapters, down, injected(module)) : down;
  return add(x, linear(parameters, activations.relu(narrow), `${module}.up`));
}

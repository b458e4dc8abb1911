// Weights as inputs of a graph that trains nothing, and their masks as packed bits.

import { cast, concat, gather, identity, mul, reshape, slice } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Parameters } from "../../model/layers.ts";
import { float32, type Half, type Shape } from "../../tensor.ts";
import type { MaskedValue, Used } from "./saliency.ts";

/** The tensors that a graph reads. */
export interface StoredWeights {
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The matrices that are multiplied by their masks. */
  readonly masked: ReadonlySet<string>;
  /** The types of the tensors that are not float32. */
  readonly halves: ReadonlyMap<string, Half>;
}

/** The bits of each byte, least significant first: [256, 8]. */
const BITS_OF_BYTES = float32(
  [256, 8],
  Float32Array.from({ length: 256 * 8 }, (_, i) => ((i >> 3) >> (i & 7)) & 1),
);

/** The input of a mask's packed bits. */
export const bitsName = (name: string) => `bits.${name}`;

/** Packed bits [rows, stride], uint8, as float32 [rows, columns] (see mask/bits.ts). */
function unpacked(bits: Value, table: Value, columns: number): Value {
  const [rows, stride] = bits.type.shape;
  const all = reshape(gather(table, cast(bits, "int32")), [rows!, 8 * stride!]);
  return slice(all, 1, 0, columns);
}

/**
 * Weights as inputs under their names. Masked matrices are multiplied by their masks, which are fed as packed bits: every
 * run unpacks them, so it does not matter which adaptation ran before. A product is several times faster than ONNX's Where.
 * `isVaried`: whether the result is differentiated by the weights as float32.
 */
export function maskedParameters(
  graph: Graph,
  { shapes, masked, halves }: StoredWeights,
  isVaried = false,
): { parameters: Parameters; used: Used } {
  const made = new Map<string, Value>();
  const matrices = new Map<string, MaskedValue>();
  const table = masked.size ? graph.constant(BITS_OF_BYTES) : undefined;
  const tensor = (name: string): Value => {
    const known = made.get(name);
    if (known) return known;
    const shape = shapes.get(name)!;
    const stored = graph.input(name, { dtype: halves.get(name) ?? "float32", shape });
    const wide = cast(stored, "float32");
    const weight = isVaried && wide !== stored ? identity(wide) : wide; // `gather` looks through a cast alone
    let value = weight;
    if (table && masked.has(name)) {
      const [rows, columns] = shape;
      const bits = graph.input(bitsName(name), { dtype: "uint8", shape: [rows!, Math.ceil(columns! / 8)] });
      value = mul(weight, unpacked(bits, table, columns!));
      matrices.set(name, { weight, masked: value });
    }
    made.set(name, value);
    return value;
  };
  const stack = (modules: readonly string[], what: string) =>
    concat(
      modules.map((module) => tensor(`${module}.${what}`)),
      0,
    );
  const parameters = {
    ...{ tensor, weight: (modules: readonly string[]) => stack(modules, "weight") },
    bias: (modules: readonly string[]) => stack(modules, "bias"),
  };
  return { parameters, used: { matrices, values: made } };
}

/** Weights as inputs under their names, which are read as they are. */
export function unmaskedParameters(
  graph: Graph,
  weights: ReadonlyMap<string, { readonly dtype: "float32" | Half; readonly shape: Shape }>,
): Parameters {
  const halves = [...weights].flatMap(([name, { dtype }]): [string, Half][] =>
    dtype === "float32" ? [] : [[name, dtype]],
  );
  const shapes = new Map([...weights].map(([name, { shape }]) => [name, shape]));
  return maskedParameters(graph, { shapes, masked: new Set(), halves: new Map(halves) }).parameters;
}

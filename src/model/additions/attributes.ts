// Attributes in adapters (Amplayo et al. 2021, arXiv 2109.07953): each value of an attribute has a bias of its own in each adapter's
// bottleneck (independent of the text) and, if it acts jointly with the text, also weights that the text's narrow vector is
// multiplied by. These are a row of a matrix [values, columns], which is stored whole, as the product of two narrow matrices, or as a sum of
// Kronecker products (Zhang et al. 2021, arXiv 2102.08597). An example's row is the sum of the means over each attribute's values, and
// nothing for a missing attribute.

import { type Adapters, injectionOf } from "../../anatomy/additions.ts";
import { add, gather, gemm, matmul, mul, reduceSum, reshape, slice, transpose } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { ModelConfig } from "../config.ts";
import type { Parameters } from "../layers.ts";
import type { AddedTensor, Additions } from "./kinds.ts";

/** The values of a batch's attributes: numbers int64 [B, slots], and their weights float32 [B, slots], 0 where there is none. */
export interface AttributeInput {
  readonly values: Value;
  readonly weights: Value;
}

/** Each sequence's row [B, columns] of the matrix of an adapter's module. */
export type Injected = (module: string) => Value;

/**
 * The standard deviation of the length of a value's code. What is drawn must be unlearnt before values are told apart: with length 1,
 * that takes several times as many steps.
 */
const CODE_LENGTH = 0.1;

const CODES = "adapter.attributes.codes";
const RULES = "adapter.attributes.rules";
const columnsOf = (adapters: Adapters) =>
  injectionOf(adapters).attributes === "joint" ? adapters.size * (adapters.size + 1) : adapters.size;

/** The tensors that all adapters share; drawn, while those of one adapter start at 0, so that attributes have no effect at first. */
export function sharedAttributeTensors({ adapters, attributeValues }: Additions): AddedTensor[] {
  if (!adapters || !attributeValues) return [];
  const { weights, rank } = injectionOf(adapters);
  if (weights === "low-rank")
    return [{ name: CODES, shape: [attributeValues, rank], start: { deviation: CODE_LENGTH / Math.sqrt(rank) } }];
  if (weights === "phm") return [{ name: RULES, shape: [rank, rank, rank], start: { deviation: 1 / rank } }];
  return [];
}

/** The tensors of one adapter; they start at 0. */
export function attributeTensors(module: string, { adapters, attributeValues }: Additions): AddedTensor[] {
  if (!adapters || !attributeValues) return [];
  const { weights, rank } = injectionOf(adapters);
  const columns = columnsOf(adapters);
  const tensor = (name: string, shape: readonly number[]): AddedTensor[] => [
    { name: `${module}.attributes.${name}`, shape, start: { value: 0 } },
  ];
  if (weights === "low-rank") return tensor("basis", [rank, columns]);
  if (weights === "phm") return tensor("blocks", [Math.ceil(attributeValues / rank), rank, columns / rank]);
  return tensor("values", [attributeValues, columns]);
}

/** What the attributes of a batch add to each adapter; undefined if the model or the batch has none. */
export function injectedBy(
  { additions }: ModelConfig,
  parameters: Parameters,
  input: AttributeInput | undefined,
): Injected | undefined {
  if (!additions?.adapters || !additions.attributeValues || !input) return undefined;
  const { weights, rank } = injectionOf(additions.adapters);
  if (weights === "low-rank") {
    const codes = summed(gather(parameters.tensor(CODES), input.values), input.weights);
    return (module) => gemm(codes, parameters.tensor(`${module}.attributes.basis`));
  }
  if (weights === "phm") return kronecker(parameters, input, rank, additions.attributeValues);
  return (module) => summed(gather(parameters.tensor(`${module}.attributes.values`), input.values), input.weights);
}

/** The sums [B, columns] of rows [B, slots, columns] with these weights [B, slots]. */
function summed(rows: Value, weights: Value): Value {
  return reduceSum(mul(rows, reshape(weights, [...weights.type.shape, 1])), [1]);
}

/**
 * Rows of Σᵢ Aᵢ ⊗ Bᵢ, where the n matrices Aᵢ [n, n] are shared by all adapters and Bᵢ is [m, columns / n] for m = ⌈values / n⌉: that
 * of value v has, in part j of n, Σᵢ Aᵢ[⌊v / m⌋, j] · Bᵢ[v mod m]. Values are numbered by their frequency, so that frequent ones
 * share no row of Bᵢ with each other.
 */
function kronecker(parameters: Parameters, { values, weights }: AttributeInput, n: number, count: number): Injected {
  const [rows, slots] = values.type.shape as [number, number];
  const { graph } = values;
  const m = Math.ceil(count / n);
  const place = (of: (value: number) => number) => gather(numbered(graph, count, of), values); // [B, slots]
  const parts = place((value) => Math.floor(value / m));
  const rules = gather(parameters.tensor(RULES), parts); // [B, slots, j, i]
  const weighted = mul(rules, reshape(weights, [rows, slots, 1, 1]));
  const blocks = place((value) => value % m);
  return (module) => {
    const own = gather(parameters.tensor(`${module}.attributes.blocks`), blocks); // [B, slots, i, columns / n]
    const sum = reduceSum(matmul(weighted, own), [1]);
    return reshape(sum, [rows, n * own.type.shape[3]!]);
  };
}

/** A table of whole numbers, one for each value. */
function numbered(graph: Graph, count: number, of: (value: number) => number): Value {
  const data = BigInt64Array.from({ length: count }, (_, value) => BigInt(of(value)));
  return graph.constant({ dtype: "int64", shape: [count], data });
}

/** The narrow vectors [asked·B, size], time-major, with what the sequences' attributes add: b, or W·x + b. */
export function injectedInto(adapters: Adapters, narrow: Value, row: Value): Value {
  const { size } = adapters;
  const batch = row.type.shape[0]!;
  const asked = narrow.type.shape[0]! / batch;
  const byToken = reshape(narrow, [asked, batch, size]);
  if (injectionOf(adapters).attributes === "independent") return reshape(add(byToken, row), narrow.type.shape);
  const parts = reshape(row, [batch, size + 1, size]); // a bias, then the weights [out, in]
  const bias = reshape(slice(parts, 1, 0, 1), [batch, size]);
  const matrix = slice(parts, 1, 1, size + 1);
  const turned = matmul(transpose(byToken, [1, 0, 2]), matrix, { transB: true }); // [B, asked, size]
  return reshape(add(byToken, add(transpose(turned, [1, 0, 2]), bias)), narrow.type.shape);
}

// The embeddings of tokens.

import { add, cast, equal, gather, matmul, mul, reshape, slice, where } from "../graph/functions.ts";
import type { Value } from "../graph/graph.ts";
import { sizeOf } from "../tensor.ts";
import { norm } from "./activations.ts";
import type { AttributeInput } from "./additions/attributes.ts";
import type { ModelConfig } from "./config.ts";
import type { StackNames } from "./families/family.ts";
import { type Dropout, linear, type Parameters } from "./layers.ts";

export interface Tokens {
  /** int64 [T, B] */
  readonly ids: Value;
  /** int64 [T, B]; read only if the model has segments. */
  readonly typeIds?: Value | undefined;
  /** float32 [B, T]: 1 for a token, 0 for padding. */
  readonly attention: Value;
  /** float32 [T, B, width]: what takes the place of the word embeddings; neither scaled nor looked up by the IDs. */
  readonly words?: Value | undefined;
  /** float32 [T, B, 1]: factors on the word embeddings; by default 1. */
  readonly strengths?: Value | undefined;
  /** int64 [T, B]: the positions of the tokens; by default 0 to T − 1. */
  readonly positions?: Value | undefined;
  /** The values of the sequences' attributes; absent: all are missing. */
  readonly attributes?: AttributeInput | undefined;
}

/**
 * The position embeddings of the tokens: [T, 1, width], or [T, B, width] if padding tokens have a separate position.
 */
function positionsOf(config: ModelConfig, all: Value, { ids, positions }: Pick<Tokens, "ids" | "positions">): Value {
  const { positionOffset, reservedPositions, padId } = config;
  const table = slice(all, 0, reservedPositions, all.type.shape[0]!);
  const length = ids.type.shape[0]!;
  if (positions) return gather(table, positions);
  if (!positionOffset) return reshape(slice(table, 0, 0, length), [length, 1, table.type.shape[1]!]);
  // RoBERTa numbers the tokens from padId + 1. Tokens with ID padId are not counted and get position padId, even if
  // they occur in the text rather than as padding. The numbers are integers below 2^24, so they are exact in float32.
  const counted = where(equal(cast(ids, "float32"), padId), 0, 1); // [T, B]
  const before = Float32Array.from({ length: length * length }, (_, i) =>
    i % length <= Math.floor(i / length) ? 1 : 0,
  );
  const upTo = ids.graph.constant({ dtype: "float32", shape: [length, length], data: before });
  return gather(table, cast(add(mul(matmul(upTo, counted), counted), padId), "int64"));
}

/** The embeddings of words: [T, B, width]. */
function scaledWords({ embeddingScale }: ModelConfig, table: Value, ids: Value): Value {
  const words = gather(table, ids);
  return embeddingScale === 1 ? words : mul(words, embeddingScale);
}

/** The sum of a stack's embeddings, normalized and mapped to the hidden size if the model does so: [T·B, hiddenSize]. */
export function embed(
  config: ModelConfig,
  parameters: Parameters,
  { embeddings }: StackNames,
  tokens: Omit<Tokens, "attention">,
  dropout: Dropout,
): Value {
  const { ids, typeIds, strengths } = tokens;
  let sum = tokens.words ?? scaledWords(config, parameters.tensor(`${embeddings.words}.weight`), ids);
  if (strengths) sum = mul(sum, strengths);
  if (embeddings.positions)
    sum = add(sum, positionsOf(config, parameters.tensor(`${embeddings.positions}.weight`), tokens));
  if (embeddings.types && typeIds) sum = add(sum, gather(parameters.tensor(`${embeddings.types}.weight`), typeIds));
  const flat = reshape(sum, [sizeOf(ids.type.shape), sum.type.shape[2]!]);
  const normal = embeddings.norm ? norm(parameters, config, flat, embeddings.norm) : flat;
  const embedded = dropout(normal, config.dropout.embeddings);
  return config.embeddingSize === undefined ? embedded : linear(parameters, embedded, embeddings.project!);
}

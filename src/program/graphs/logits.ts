// A model's logits for a batch, as part of a graph.

import { CHOICES } from "../../data/examples.ts";
import { gather, mul, reduceSum, reshape } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { framesRead } from "../../model/additions/length-adaptor.ts";
import { classifyRows, classifyTokens } from "../../model/classifiers.ts";
import { decode, sourceOf } from "../../model/decoder.ts";
import type { Tokens } from "../../model/embeddings.ts";
import { encode } from "../../model/encoder.ts";
import { nextTokenLosses } from "../../model/language.ts";
import type { Dropout, Parameters } from "../../model/layers.ts";
import { namesOf } from "../../model/names.ts";
import { readOf } from "../../recipe/recipe.ts";
import type { BatchShape, Head, Plan } from "./plan.ts";

/** The tokens of a batch, and those that the decoder of an encoder–decoder reads. */
interface BatchTokens extends Tokens {
  readonly decoder?: Pick<Tokens, "ids"> | undefined;
}

/** The inputs for a batch's tokens or, with a length adaptor, frames, and what the encoder reads of them. */
export function tokensOf(
  graph: Graph,
  { config }: Pick<Plan, "config">,
  parameters: Parameters,
  { size, length, decoderLength, slots }: BatchShape,
): BatchTokens {
  const beside = {
    ...(decoderLength !== undefined && {
      decoder: { ids: graph.input("decoderIds", { dtype: "int64", shape: [decoderLength, size] }) },
    }),
    ...(slots !== undefined && {
      attributes: {
        values: graph.input("attributeValues", { dtype: "int64", shape: [size, slots] }),
        weights: graph.input("attributeWeights", { dtype: "float32", shape: [size, slots] }),
      },
    }),
  };
  const { lengthAdaptor } = config.additions ?? {};
  const attention = graph.input("attention", { dtype: "float32", shape: [size, length] });
  if (lengthAdaptor) {
    const frames = graph.input("frames", { dtype: "float32", shape: [length, size, lengthAdaptor.features] });
    return { ...beside, ...framesRead(config, parameters, frames, attention) };
  }
  return {
    ...beside,
    ids: graph.input("ids", { dtype: "int64", shape: [length, size] }),
    typeIds: config.typeVocabSize ? graph.input("typeIds", { dtype: "int64", shape: [length, size] }) : undefined,
    attention,
  };
}

/**
 * What the classifier reads: [size, hiddenSize], or [T·size, hiddenSize] time-major for tokens, which are the decoder's in an
 * encoder–decoder.
 */
export function vectorsOf(plan: Head, parameters: Parameters, tokens: BatchTokens, dropout: Dropout): Value {
  const { config } = plan;
  const hidden = encode(config, parameters, tokens, { read: readOf(plan, config), dropout }).at(-1)!;
  if (!tokens.decoder) return hidden;
  const source = sourceOf(config, parameters, hidden, tokens.attention);
  return decode(config, parameters, tokens.decoder, { source, dropout }).at(-1)!;
}

/**
 * The loss −log p of each target token, [T·size] time-major (of an encoder–decoder, T is the decoder's length) or [scored],
 * given the tokens before it, and the hidden states and logits from which it is computed. Inputs: "targets", int64 of the
 * same shape, any ID where there is no target, and "scored", int64 [scored], the places of the tokens with these targets.
 */
export function tokenLosses(
  graph: Graph,
  plan: Head,
  parameters: Parameters,
  shape: BatchShape,
  dropout: Dropout,
): { readonly losses: Value; readonly hidden: Value; readonly logits: Value } {
  const hidden = vectorsOf(plan, parameters, tokensOf(graph, plan, parameters, shape), dropout);
  const int64 = (name: string, count: number) => graph.input(name, { dtype: "int64", shape: [count] });
  const x = shape.scored === undefined ? hidden : gather(hidden, int64("scored", shape.scored));
  const targets = int64("targets", x.type.shape[0]!);
  return { ...nextTokenLosses(plan.config, parameters, x, targets), hidden };
}

/**
 * The loss of a language model, Σ weights ⊙ losses with the input "weights" of their shape, and the value on whose gradient all others
 * depend: the hidden states or, if a head that is not tied to the embeddings is trained, the logits, which are larger.
 */
export function languageLoss(
  graph: Graph,
  plan: Head & Partial<Pick<Plan, "treatment">>,
  parameters: Parameters,
  shape: BatchShape,
  dropout: Dropout,
): { readonly loss: Value; readonly first: Value } {
  const { losses, hidden, logits } = tokenLosses(graph, plan, parameters, shape, dropout);
  const weights = graph.input("weights", { dtype: "float32", shape: losses.type.shape });
  const { language } = namesOf(plan.config);
  const isHeadTrained = !plan.config.isTied && plan.treatment?.(`${language}.weight`) === "trained";
  return { loss: reduceSum(mul(losses, weights), [0]), first: isHeadTrained ? logits : hidden };
}

/**
 * Encoder and classifier; logits are [size, labels], [examples, choices], or [T·size, labels] time-major for tokens.
 */
export function logitsOf(
  graph: Graph,
  plan: Head,
  parameters: Parameters,
  shape: BatchShape,
  dropout: Dropout,
  tokens = tokensOf(graph, plan, parameters, shape),
): Value {
  const { config, classifier, words } = plan;
  const hidden = vectorsOf(plan, parameters, tokens, dropout);
  if (classifier === "token") return classifyTokens(config, parameters, hidden, dropout);
  const logits = classifyRows(config, parameters, hidden, { words, dropout });
  return classifier === "choice" ? reshape(logits, [shape.size / CHOICES, CHOICES]) : logits;
}

// A model's logits for a batch, as part of a graph.

import { CHOICES } from "../../data/examples.ts";
import { reshape } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { classifyRows, classifyTokens } from "../../model/classifiers.ts";
import type { Tokens } from "../../model/embeddings.ts";
import { encode } from "../../model/encoder.ts";
import { nextTokenLosses } from "../../model/language.ts";
import type { Dropout, Parameters } from "../../model/layers.ts";
import { readOf } from "../../recipe/recipe.ts";
import type { BatchShape, Head, Plan } from "./plan.ts";

/** The inputs for a batch's tokens. */
export function tokensOf(graph: Graph, { config }: Pick<Plan, "config">, { size, length }: BatchShape): Tokens {
  return {
    ids: graph.input("ids", { dtype: "int64", shape: [length, size] }),
    typeIds: config.typeVocabSize ? graph.input("typeIds", { dtype: "int64", shape: [length, size] }) : undefined,
    attention: graph.input("attention", { dtype: "float32", shape: [size, length] }),
  };
}

/** What the classifier reads: [size, hiddenSize], or [T·size, hiddenSize] time-major for tokens. */
export const vectorsOf = (plan: Head, parameters: Parameters, tokens: Tokens, dropout: Dropout): Value =>
  encode(plan.config, parameters, tokens, { read: readOf(plan, plan.config), dropout }).at(-1)!;

/**
 * The loss −log p of each target token, [T·size] time-major, given the tokens before it, and the hidden states from which it is computed. Input
 * "targets": int64 [T·size], any ID where there is no target.
 */
export function tokenLosses(
  graph: Graph,
  plan: Head,
  parameters: Parameters,
  shape: BatchShape,
  dropout: Dropout,
): { readonly losses: Value; readonly hidden: Value } {
  const hidden = vectorsOf(plan, parameters, tokensOf(graph, plan, shape), dropout);
  const targets = graph.input("targets", { dtype: "int64", shape: [hidden.type.shape[0]!] });
  return { losses: nextTokenLosses(plan.config, parameters, hidden, targets), hidden };
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
  tokens = tokensOf(graph, plan, shape),
): Value {
  const { config, classifier, words } = plan;
  const hidden = vectorsOf(plan, parameters, tokens, dropout);
  if (classifier === "token") return classifyTokens(config, parameters, hidden, dropout);
  const logits = classifyRows(config, parameters, hidden, { words, dropout });
  return classifier === "choice" ? reshape(logits, [shape.size / CHOICES, CHOICES]) : logits;
}

// What graphs of a model depend on, and the names of their inputs.

import type { Value } from "../../graph/graph.ts";
import type { ModelConfig } from "../../model/config.ts";
import type { BinarizerName } from "../../recipe/binarizers.ts";
import type { Distillation } from "../../recipe/distillation.ts";
import type { ClassifierKind, Pooling } from "../../recipe/recipe.ts";
import type { Shape } from "../../tensor.ts";
import type { Floats } from "../store.ts";

/**
 * How a tensor is used: unchanged, with a mask from its scores, with a gate for each unit of its columns (a head, a neuron), trained
 * directly, or trained directly with zeros kept at 0.
 */
export type Treatment = "frozen" | "masked" | "gated" | "trained" | "pruned";

/** Everything that a graph depends on besides the shape of its batches. */
export interface Plan {
  readonly config: ModelConfig;
  readonly classifier: ClassifierKind;
  readonly pooling?: Pooling | undefined;
  /** See `ClassifierShape`. */
  readonly words?: boolean | undefined;
  readonly labels: number;
  readonly binarizer: BinarizerName;
  /** A weight is kept if its score exceeds this threshold; "moving": the input "threshold.NAMES" of its group. */
  readonly threshold: number | "moving";
  /** The weight of the mean of σ(scores) in the loss, divided by the number of scores. */
  readonly penalty?: number | undefined;
  /** The decay of the running mean of scores, by which models are evaluated; absent: by the scores themselves. */
  readonly average?: number | undefined;
  /** By tensor name. */
  treatment(name: string): Treatment;
  shape(name: string): Shape;
  /** The element type of a tensor's values, of which none but float32 is trained; by default float32. */
  type?(name: string): Floats;
  /** The number of gates of a gated tensor. */
  gates?(name: string): number;
  /** Whether these tensors are adjacent in memory and can be fed as one. */
  adjoin(names: readonly string[]): boolean;
  /** The dropout rate in training for a configured rate. */
  rate(configured: number): number;
  /** The teacher's share of the loss and the temperature of distillation; absent: labels alone. */
  readonly distilled?: Pick<Distillation, "weight" | "temperature"> | undefined;
  /** Whether sparsity control adds a constant "push", fed at each step, to ∂loss/∂mask. */
  readonly steered: boolean;
  /** Whether tensors that are trained directly have a learning rate of their own, the input "directRate". */
  readonly apart?: boolean | undefined;
  /** Values per block of elementwise chains (see Graph); by default, as many as fit in a CPU's cache. */
  readonly block?: number;
}

/** What a model's output depends on, besides its parameters. */
export type Head = Pick<Plan, "config" | "classifier" | "pooling" | "words">;

/**
 * The shape of the batches that a graph is built for: `size` sequences (each choice counts as one) of `length` tokens.
 */
export interface BatchShape {
  readonly size: number;
  readonly length: number;
  /** The number of tokens that the decoder of an encoder–decoder reads. */
  readonly decoderLength?: number | undefined;
  /** The number of tokens for which a language model's logits are computed; undefined: all. */
  readonly scored?: number | undefined;
  /** Values of attributes per sequence; undefined: the model reads none. */
  readonly slots?: number | undefined;
}

/** A shape as part of the key of a compiled graph. */
export const shapeName = ({ size, length, decoderLength, scored, slots }: BatchShape): string =>
  `${size}×${length}${decoderLength === undefined ? "" : `+${decoderLength}`}${scored === undefined ? "" : `, ${scored} scored`}${slots === undefined ? "" : `, ${slots} values`}`;

/** Tensors fed as one input, and how they are used. */
export interface Group {
  readonly names: readonly string[];
  readonly treatment: Treatment;
  /** As it is fed: float32, or another type that `effective` widens. */
  readonly input: Value;
  /** The scores of a masked or gated group. */
  readonly scores?: Value;
  /** The value that the model uses: for a masked or gated group, the masked weights. */
  readonly effective: Value;
  /** The gates of a gated group, 0 or 1, in the shape of its scores. */
  readonly gates?: Value;
}

/** The value by which the loss is differentiated to train a group. */
export const varied = ({ effective, gates }: Pick<Group, "effective" | "gates">): Value => gates ?? effective;

/** The value that has the shape of what is trained of a group. */
export const learntShape = ({ input, scores }: Pick<Group, "input" | "scores">): Shape => (scores ?? input).type.shape;

export const isScored = (treatment: Treatment): boolean => treatment === "masked" || treatment === "gated";

/** The input for a group's values. */
export const keyOf = (names: readonly string[]) => names.join("+");

/** The input for the thresholds of a masked group's scores or of their running mean, one a row. */
export const thresholdOf = (scores: string) => `threshold.${scores}`;
/** The running mean of a masked group's scores. */
export const averageOf = (scores: string) => `average.${scores}`;

/** The name of a group's trained values: its scores, or the group itself. */
export function learnt({ names, treatment }: Pick<Group, "names" | "treatment">): string {
  return isScored(treatment) ? `scores.${keyOf(names)}` : keyOf(names);
}

/** The name of a group's summed gradient. */
export const gradientOf = (group: Pick<Group, "names" | "treatment">) => `grad.${learnt(group)}`;

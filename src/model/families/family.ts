// What a family of pretrained encoders is: all that has to be known of it stands in one file beside this one.

import type { Value } from "../../graph/graph.ts";
import type { LayerKind, TopKind } from "../../kinds.ts";
import type { Parameters } from "../layers.ts";

export interface Family {
  /** What transformers calls its classes: Bert in BertForSequenceClassification. */
  readonly className: string;
  /** Every model_type that shares its config, names and arithmetic. */
  readonly modelTypes: readonly string[];
  readonly config: FamilyConfig;
  readonly names: FamilyNames;
  /** Logits [B, labels] of rows, as transformers computes them: `x` is the first tokens' state [B, hiddenSize]. */
  readonly classify: (
    x: Value,
    modules: Record<TopKind, string>,
    parameters: Parameters,
    drop: (x: Value) => Value,
  ) => Value;
  /** Whether transformers has a class for multiple choice with this classifier. */
  readonly multipleChoice: boolean;
  /** Whether its tokenizer has to be told to begin words with a blank where a text comes as words. */
  readonly prefixSpace: boolean;
  /** How many of the lowest layers a mask leaves out unless asked (see `defaultLayers`). */
  readonly leftOut: (layers: number) => number;
}

/** What a family calls its options in config.json, and what transformers takes where they are not given. */
export interface FamilyConfig {
  readonly keys: Record<"hiddenSize" | "layers" | "heads" | "feedForward" | "activation", string> &
    Record<"hiddenDropout" | "attentionDropout" | "classifierDropout", string>;
  readonly padId: number;
  /** Whether there is a segment embedding, whose rows are type_vocab_size. */
  readonly segments: boolean;
  /** The position embedding's row of a row's first piece; max_position_embeddings counts the rows before it, too. */
  readonly positionOffset: (padId: number) => number;
  /** undefined where the epsilon is a constant of the family's code. */
  readonly layerNormKey: string | undefined;
  /** Classifier dropout where config.json has none; undefined: the hidden states' dropout. */
  readonly classifierDropout: number | undefined;
  /** Whether words are classified after the hidden states' dropout, whatever the classifier's is. */
  readonly tokensUseHiddenDropout: boolean;
}

/**
 * Module names; functions take the layer's number, 0 the lowest. They are those of a checkpoint without the family's prefix,
 * with LayerNorm's parameters called weight and bias; a module's parameters are MODULE.weight and MODULE.bias.
 */
export interface FamilyNames {
  /** What stands before these names in checkpoints that were saved with a classifier. */
  readonly prefix: string;
  readonly embeddings: {
    readonly words: string;
    readonly positions: string;
    /** Segments; null where the family has none. */
    readonly types: string | null;
    readonly norm: string;
  };
  readonly matrices: Record<LayerKind, (layer: number) => string>;
  readonly attentionNorm: (layer: number) => string;
  readonly outputNorm: (layer: number) => string;
  /** P and T of a classifier of rows. */
  readonly sequence: Record<TopKind, string>;
  /** T of a classifier of words. */
  readonly token: string;
}

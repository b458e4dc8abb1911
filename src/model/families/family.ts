// A family of pretrained encoders: everything specific to a family is in one file in this folder.

import type { Value } from "../../graph/graph.ts";
import type { LayerKind, TopKind } from "../../kinds.ts";
import type { Parameters } from "../layers.ts";

export type PoolerActivation = "tanh" | "relu";

export interface Family {
  /** The prefix of transformers' class names: Bert in BertForSequenceClassification. */
  readonly className: string;
  /** All values of model_type for which this family's config, names and arithmetic are valid. */
  readonly modelTypes: readonly string[];
  readonly config: FamilyConfig;
  readonly names: FamilyNames;
  /**
   * Logits [B, labels] of sequences, computed as in transformers; `x` contains the hidden states of the first tokens,
   * [B, hiddenSize].
   */
  readonly classify: (
    x: Value,
    modules: Record<TopKind, string>,
    parameters: Parameters,
    drop: (x: Value) => Value,
  ) => Value;
  /** The activation of the masked language model's head, if it is not the one in config.json. */
  readonly wordsActivation?: "gelu";
  /** The activation between P and T. */
  readonly poolerActivation: PoolerActivation;
  /** Whether transformers has a class for multiple choice with this classifier. */
  readonly multipleChoice: boolean;
  /**
   * Whether, for text that is already split into words, the family's tokenizer needs an option to start each word with
   * a space.
   */
  readonly prefixSpace: boolean;
  /** The number of layers, counted from the lowest, that are not masked by default (see `defaultLayers`). */
  readonly leftOut: (layers: number) => number;
}

/** The names of a family's options in config.json, and transformers' defaults. */
export interface FamilyConfig {
  readonly keys: Record<"hiddenSize" | "layers" | "heads" | "feedForward" | "activation", string> &
    Record<"hiddenDropout" | "attentionDropout" | "classifierDropout", string>;
  readonly padId: number;
  /** Whether there is a segment embedding, with type_vocab_size rows. */
  readonly segments: boolean;
  /** The first token's row in the position embedding; max_position_embeddings includes the rows before this row. */
  readonly positionOffset: (padId: number) => number;
  /** The key of LayerNorm's epsilon; undefined if the epsilon is a constant in the family's code. */
  readonly layerNormKey: string | undefined;
  /**
   * The classifier's dropout rate if config.json does not specify it; if undefined, the rate for hidden states is used.
   */
  readonly classifierDropout: number | undefined;
  /** Whether the token classifier uses the dropout rate for hidden states instead of the classifier's rate. */
  readonly tokensUseHiddenDropout: boolean;
}

/**
 * Module names; functions take the index of the layer, 0 for the lowest. These are the names in the pretrained weights
 * without the family's prefix. The parameters of a module, LayerNorm included, are MODULE.weight and MODULE.bias.
 */
export interface FamilyNames {
  /** The prefix of these names in weight files that were saved with a classifier. */
  readonly prefix: string;
  readonly embeddings: {
    readonly words: string;
    readonly positions: string;
    /** The segment embedding; null if the family has no segments. */
    readonly types: string | null;
    readonly norm: string;
  };
  readonly matrices: Partial<Record<LayerKind, (layer: number) => string>>;
  readonly attentionNorm: (layer: number) => string;
  readonly outputNorm: (layer: number) => string;
  /** The head of a masked language model: its dense layer, its LayerNorm, and its bias by token. */
  readonly words: { readonly dense: string; readonly norm: string; readonly bias: string };
  /** P and T of a sequence classifier. */
  readonly sequence: Record<TopKind, string>;
  /** T of a token classifier. */
  readonly token: string;
}

// A family of pretrained models: everything specific to a family is in one file in this folder.

import type { StackName } from "../../anatomy/layers.ts";
import type { Value } from "../../graph/graph.ts";
import type { LayerKind } from "../../kinds.ts";
import type { ConfigReader } from "../config-reader.ts";
import type { Activation, Design, Normalization, Sizes } from "../design.ts";
import type { Parameters } from "../layers.ts";

export type PoolerActivation = "tanh" | "relu" | "gelu";

export interface Family {
  /** The prefix of transformers' class names: Bert in BertForSequenceClassification. */
  readonly className: string;
  /** The ending of the class name of its language model; undefined for encoders. */
  readonly languageClass?: "LMHeadModel" | "ForCausalLM" | "ForConditionalGeneration";
  /** All values of model_type for which this family's config, names and arithmetic are valid. */
  readonly modelTypes: readonly string[];
  readonly config: FamilyConfig;
  readonly names: FamilyNames;
  /** Tensors of the weight files that contain several of this family's tensors, or that are stored transposed. */
  readonly views?: readonly StoredView[];
  /**
   * Logits [B, labels] of sequences, computed as in transformers; `x` contains the vectors that are classified, [B, hiddenSize].
   */
  readonly classify: (
    x: Value,
    modules: FamilyNames["sequence"],
    parameters: Parameters,
    drop: (x: Value) => Value,
    config: Normalization & Pick<Design, "biased">,
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
    Record<"positions" | "hiddenDropout" | "attentionDropout" | "classifierDropout", string | undefined> & {
      /** If absent, the rate for hidden states is used. */
      readonly embeddingDropout?: string;
      /** Of the activations of the feed-forward network's neurons. If absent, there is none. */
      readonly neuronDropout?: string;
      /** Of a stack's last hidden states. If absent, there is none. */
      readonly finalDropout?: string;
      /** Only in encoder–decoders, whose encoder has `layers`. */
      readonly decoderLayers?: string;
    };
  readonly activation: Activation;
  /** The name of the activation in the value of its key, where that says more. */
  readonly activationIn?: (value: string) => string;
  /** The size of the feed-forward network where config.json does not specify it; undefined if it must. */
  readonly feedForward?: (hiddenSize: number) => number;
  /** The dropout rate where config.json does not specify it; rates without a key are 0. */
  readonly dropout: number;
  readonly padId: number;
  /** Whether there is a segment embedding, with type_vocab_size rows. */
  readonly segments: boolean;
  /** The first token's row in the position embedding; the number of positions includes the rows before this row. */
  readonly positionOffset: (padId: number) => number;
  /** Rows of the position embedding before the first token's that are not counted among the positions. */
  readonly reservedPositions?: number;
  /** The key of the normalization's epsilon and its default; without a key, the epsilon is a constant in the family's code. */
  readonly epsilon: { readonly key?: string; readonly value: number };
  /**
   * The classifier's dropout rate if config.json does not specify it; if undefined, the rate for hidden states is used.
   */
  readonly classifierDropout: number | undefined;
  /** The token classifier's dropout rate, from the one for hidden states; if absent, it is the classifier's. */
  readonly tokenDropout?: ((read: ConfigReader, hidden: number) => number) | undefined;
  /** The key for which vector the sequence classifier reads, "cls" or "mean"; undefined if it is always the same. */
  readonly pooling?: string;
  /** The options in which this family differs from an encoder like BERT's. */
  readonly design?: (read: ConfigReader, sizes: Sizes) => Partial<Design & Pick<Sizes, "layers">>;
}

/** A layer in a model: the stack that it belongs to, and whether its feed-forward network is gated. */
export interface LayerPlace {
  readonly stack: StackName;
  readonly isGated: boolean;
}

/** The modules of a stack besides its layers. */
export interface StackNames {
  readonly embeddings: {
    readonly words: string;
    /** The table of positions; null if positions have no table. */
    readonly positions: string | null;
    /** The segment embedding; null if the family has no segments. */
    readonly types: string | null;
    /** The normalization of the sum; null if there is none. */
    readonly norm: string | null;
    /** The linear layer from the embeddings' width to the hidden size, in models with `embeddingSize`. */
    readonly project?: string;
  };
  /** The table of biases by distance, in models that have one. */
  readonly relative?: string;
  /** The normalization after the last layer; undefined if there is none. */
  readonly finalNorm?: string;
}

/**
 * Module names; functions take the index of the layer in its stack, 0 for the lowest, and what else the name depends on.
 * These are the names in the pretrained weights without the family's prefix. The parameters of a module, normalization
 * included, are MODULE.weight and MODULE.bias.
 */
export interface FamilyNames<At extends readonly unknown[] = [layer: number, place: LayerPlace]> extends StackNames {
  /** The prefix of these names in weight files that were saved with a classifier. */
  readonly prefix: string;
  /** The decoder of an encoder–decoder, whose encoder has the names beside this one. */
  readonly decoder?: StackNames;
  readonly matrices: Record<"Q" | "K" | "V" | "AO" | "I" | "O", (...at: At) => string> &
    Partial<Record<LayerKind, (...at: At) => string>>;
  /** The table of the embeddings of distances, and its normalization, in models that have them. */
  readonly distances?: { readonly table: string; readonly norm: string };
  /** Null if the layer has none. */
  readonly attentionNorm: (...at: At) => string | null;
  /** The normalization of cross attention, in encoder–decoders. */
  readonly crossNorm?: (...at: At) => string;
  readonly outputNorm: (...at: At) => string;
  /** The normalization of each query and key head; undefined if there is none. */
  readonly headNorms?: Record<"Q" | "K", (...at: At) => string>;
  /** The head of a masked language model: its dense layer, its LayerNorm, and its bias by token; undefined if there is none. */
  readonly words?: { readonly dense: string; readonly norm: string; readonly bias: string } | undefined;
  /** The head of a language model, unless it is tied to the word embedding; undefined for encoders. */
  readonly language?: string;
  /** The biases of the language model's logits, a tensor [1, vocabSize] that is never trained; undefined if there is none. */
  readonly logitsBias?: string;
  /** P and T of a sequence classifier, and what normalizes P's output; without P, T classifies the last token. */
  readonly sequence: { readonly P?: string; readonly norm?: string; readonly T: string };
  /** T of a token classifier. */
  readonly token: string;
  /** Whether a token classifier reads the output of P, as one of sequences does, and not the hidden states. */
  readonly tokensReadP?: boolean;
  /** Whether T has a bias: that of sequences, and that of tokens. */
  readonly classifierBias?: { readonly sequence: boolean; readonly token: boolean };
  /** The modules besides a classifier's own whose names never have the prefix. */
  readonly outside?: readonly string[];
}

/** A module of a weight file that this family reads as modules of its own. */
export interface StoredView {
  /** Matches the names of the stored modules. */
  readonly module: RegExp;
  /** The endings of the modules that it contains, by equal parts of its outputs; one module under its own name if absent. */
  readonly parts?: readonly string[];
  /** Whether the weight is stored as [in, out]. */
  readonly transposed: boolean;
}

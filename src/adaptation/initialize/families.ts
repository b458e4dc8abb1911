// How transformers starts a model of each family: the contents of config.json, the special tokens, and the standard deviation of
// each tensor (`_init_weights` of the family's class).

import type { JsonObject } from "../../json.ts";
import type { SpecialTokens } from "./tokenizer.ts";

export interface NewSizes {
  readonly hiddenSize: number;
  /** Of an encoder–decoder, of each stack. */
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly feedForward: number;
  readonly positions: number;
  readonly vocabSize: number;
}

export interface NewFamily {
  readonly special: SpecialTokens;
  /** The size of the feed-forward network, if it is not given. */
  feedForward(hiddenSize: number): number;
  /** Whether queries can share keys. */
  readonly sharesKeys: boolean;
  /** Whether the number of positions is limited. */
  readonly limitsPositions: boolean;
  /** Whether positions rotate pairs of a head's dimensions. */
  readonly rotates: boolean;
  config(sizes: NewSizes): JsonObject;
  /** The standard deviation of a tensor's normal distribution, by its name in the model. */
  deviation(name: string, sizes: NewSizes): number;
}

/** transformers' initializer_range. */
const RANGE = 0.02;

const END = "<|endoftext|>";
const [START, STOP, PAD] = ["<s>", "</s>", "<pad>"];

export const NEW_FAMILIES = {
  gpt2: {
    special: { tokens: [END], roles: { bos_token: END, eos_token: END, pad_token: END }, before: [], after: [] },
    feedForward: (hiddenSize) => 4 * hiddenSize,
    ...{ sharesKeys: false, limitsPositions: true, rotates: false },
    config: ({ hiddenSize, layers, heads, feedForward, positions, vocabSize }) => ({
      ...{ model_type: "gpt2", n_embd: hiddenSize, n_layer: layers, n_head: heads, n_inner: feedForward },
      ...{ n_positions: positions, vocab_size: vocabSize, activation_function: "gelu_new", layer_norm_epsilon: 1e-5 },
      ...{ embd_pdrop: 0.1, resid_pdrop: 0.1, attn_pdrop: 0.1, initializer_range: RANGE, tie_word_embeddings: true },
      ...{ bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 },
    }),
    // The outputs of both parts of each layer are summed, so their deviations shrink with depth (Radford et al. 2019).
    deviation: (name, { layers }) => (name.endsWith(".c_proj.weight") ? RANGE / Math.sqrt(2 * layers) : RANGE),
  },
  llama: {
    special: {
      tokens: [START, STOP, PAD],
      roles: { bos_token: START, eos_token: STOP, pad_token: PAD },
      ...{ before: [START], after: [] },
    },
    // As many weights as without a gate, in multiples of 8.
    feedForward: (hiddenSize) => 8 * Math.ceil(hiddenSize / 3),
    ...{ sharesKeys: true, limitsPositions: true, rotates: true },
    config: ({ hiddenSize, layers, heads, keyHeads, feedForward, positions, vocabSize }) => ({
      ...{ model_type: "llama", hidden_size: hiddenSize, num_hidden_layers: layers, num_attention_heads: heads },
      ...{ num_key_value_heads: keyHeads, head_dim: hiddenSize / heads, intermediate_size: feedForward },
      ...{ max_position_embeddings: positions, vocab_size: vocabSize, hidden_act: "silu", rms_norm_eps: 1e-6 },
      ...{ rope_theta: 10_000, rope_parameters: { rope_type: "default", rope_theta: 10_000 } },
      ...{ attention_bias: false, mlp_bias: false, attention_dropout: 0, initializer_range: RANGE },
      ...{ tie_word_embeddings: false, bos_token_id: 0, eos_token_id: 1, pad_token_id: 2 },
    }),
    deviation: () => RANGE,
  },
  t5: {
    special: { tokens: [PAD, STOP], roles: { eos_token: STOP, pad_token: PAD }, before: [], after: [STOP] },
    feedForward: (hiddenSize) => 4 * hiddenSize,
    ...{ sharesKeys: false, limitsPositions: false, rotates: false },
    config: ({ hiddenSize, layers, heads, feedForward, vocabSize }) => ({
      ...{ model_type: "t5", d_model: hiddenSize, d_kv: hiddenSize / heads, d_ff: feedForward, num_layers: layers },
      ...{ num_decoder_layers: layers, num_heads: heads, vocab_size: vocabSize, feed_forward_proj: "relu" },
      ...{ relative_attention_num_buckets: 32, relative_attention_max_distance: 128, layer_norm_epsilon: 1e-6 },
      ...{ dropout_rate: 0.1, is_encoder_decoder: true, tie_word_embeddings: true },
      ...{ pad_token_id: 0, decoder_start_token_id: 0, eos_token_id: 1 },
    }),
    // Attention scores are not divided by √(size of a head), so queries are drawn that much smaller.
    deviation: (name, { hiddenSize, heads, feedForward }) => {
      if (name === "shared.weight") return 1;
      if (name.endsWith(".wo.weight")) return feedForward ** -0.5;
      return (name.endsWith(".q.weight") ? (hiddenSize * hiddenSize) / heads : hiddenSize) ** -0.5;
    },
  },
} as const satisfies Record<string, NewFamily>;

export type NewFamilyName = keyof typeof NEW_FAMILIES;

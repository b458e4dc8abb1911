// Llama (Touvron et al. 2023) and the models that share its design, as implemented in transformers: decoders with RMSNorm,
// rotary positions, grouped queries and a gated feed-forward network. Qwen2 adds biases to queries, keys and values, Qwen3
// a normalization of each query and key, Mistral a window on all layers.

import { type LayerKind, NEURON_KINDS, SELF_KINDS } from "../../kinds.ts";
import type { ConfigReader } from "../config-reader.ts";
import type { Design, Sizes } from "../design.ts";
import { linearWithoutBias } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family, FamilyNames } from "./family.ts";
import { gpt2 } from "./gpt2.ts";
import { rotaryOf } from "./rotary.ts";
import { windowIn, windowsOf } from "./windows.ts";

const LARGEST_HEAD = 65_536;

function designOf(
  read: ConfigReader,
  { hiddenSize, heads }: Sizes,
  biased: readonly LayerKind[],
  usualHeadSize = hiddenSize / heads,
): Partial<Design> {
  const headSize = read.count("head_dim", LARGEST_HEAD, usualHeadSize);
  return {
    stacks: "decoder",
    keyHeads: read.count("num_key_value_heads", heads, heads),
    headSize,
    norm: "rms",
    normalizes: "input",
    isGated: true,
    biased,
    rotary: rotaryOf(read, read.object("rope_parameters"), headSize, { key: "rope_theta", value: 10_000 }),
    isTied: read.flag("tie_word_embeddings", false),
  };
}

const names: FamilyNames = {
  prefix: "model.",
  embeddings: { words: "embed_tokens", positions: null, types: null, norm: null },
  matrices: {
    Q: (layer) => `layers.${layer}.self_attn.q_proj`,
    K: (layer) => `layers.${layer}.self_attn.k_proj`,
    V: (layer) => `layers.${layer}.self_attn.v_proj`,
    AO: (layer) => `layers.${layer}.self_attn.o_proj`,
    G: (layer) => `layers.${layer}.mlp.gate_proj`,
    I: (layer) => `layers.${layer}.mlp.up_proj`,
    O: (layer) => `layers.${layer}.mlp.down_proj`,
  },
  attentionNorm: (layer) => `layers.${layer}.input_layernorm`,
  outputNorm: (layer) => `layers.${layer}.post_attention_layernorm`,
  finalNorm: "norm",
  language: "lm_head",
  sequence: { T: "score" },
  token: "score",
  classifierBias: { sequence: false, token: true },
  outside: ["lm_head"],
};

export const llama: Family = {
  className: "Llama",
  languageClass: "ForCausalLM",
  modelTypes: ["llama"],
  config: {
    keys: {
      ...bert.config.keys,
      hiddenDropout: undefined,
      attentionDropout: "attention_dropout",
      classifierDropout: undefined,
    },
    activation: "silu",
    dropout: 0,
    padId: 0,
    segments: false,
    positionOffset: () => 0,
    epsilon: { key: "rms_norm_eps", value: 1e-6 },
    classifierDropout: 0,
    tokenDropout: gpt2.config.tokenDropout,
    design: (read, sizes) =>
      designOf(read, sizes, [
        ...(read.flag("attention_bias", false) ? SELF_KINDS : []),
        ...(read.flag("mlp_bias", false) ? NEURON_KINDS : []),
      ]),
  },
  names,
  classify: (x, { T }, parameters) => linearWithoutBias(parameters, x, T),
  poolerActivation: "tanh",
  multipleChoice: false,
  prefixSpace: false,
  leftOut: (layers) => Math.floor(layers / 6),
};

const LAST_LAYER = 1_000_000;
const WINDOW = 4096;

/** Qwen's layers have a window from max_window_layers on, unless layer_types says otherwise. */
function qwenWindows(read: ConfigReader, layers: number): (number | null)[] {
  const window = read.flag("use_sliding_window", false) ? windowIn(read, "sliding_window", WINDOW) : null;
  const from = read.count("max_window_layers", LAST_LAYER, 28, 0);
  return windowsOf(read, layers, window, (layer) => layer >= from);
}

export const qwen2: Family = {
  ...llama,
  className: "Qwen2",
  modelTypes: ["qwen2"],
  config: {
    ...llama.config,
    design: (read, sizes) => ({
      ...designOf(read, sizes, ["Q", "K", "V"]),
      windows: qwenWindows(read, sizes.layers),
    }),
  },
};

export const qwen3: Family = {
  ...llama,
  className: "Qwen3",
  modelTypes: ["qwen3"],
  config: {
    ...llama.config,
    design: (read, sizes) => {
      const own = designOf(read, sizes, read.flag("attention_bias", false) ? SELF_KINDS : [], 128);
      return { ...own, windows: qwenWindows(read, sizes.layers) };
    },
  },
  names: {
    ...names,
    headNorms: {
      Q: (layer) => `layers.${layer}.self_attn.q_norm`,
      K: (layer) => `layers.${layer}.self_attn.k_norm`,
    },
  },
};

export const mistral: Family = {
  ...llama,
  className: "Mistral",
  modelTypes: ["mistral"],
  config: {
    ...llama.config,
    design: (read, sizes) => ({
      ...designOf(read, sizes, []),
      windows: new Array<number | null>(sizes.layers).fill(windowIn(read, "sliding_window", WINDOW)),
    }),
  },
};

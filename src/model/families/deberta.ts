// DeBERTa-v2 and v3 (He et al. 2021), as implemented in transformers: BERT without positions in its embeddings, whose tokens
// attend by their distance (see disentangled.ts).

import { InputError } from "../../errors.ts";
import { gelu } from "../../graph/functions.ts";
import { type ConfigReader, OTHER_CONFIG } from "../config-reader.ts";
import type { Disentangled } from "../design.ts";
import { linear } from "../layers.ts";
import { bert } from "./bert.ts";
import type { Family } from "./family.ts";

/** Kinds of attention: "p2c|c2p", or a list. */
function kindsOf(read: ConfigReader): unknown[] {
  const given = read.get("pos_att_type") ?? [];
  const kinds: unknown[] = Array.isArray(given) ? given : String(given).toLowerCase().split("|");
  const known = kinds.map((kind) => (typeof kind === "string" ? kind.trim() : kind));
  if (known.length && known.every((kind) => kind === "c2p" || kind === "p2c")) return known;
  throw new InputError("it must be c2p, p2c or both", { file: read.file, at: "pos_att_type" }, OTHER_CONFIG);
}

function disentangledOf(read: ConfigReader): Disentangled {
  const kinds = kindsOf(read);
  const most = 1_000_000;
  const given = read.count("max_relative_positions", most, -1, -1);
  const farthest = given >= 1 ? given : read.count("max_position_embeddings", most, 512);
  const buckets = read.count("position_buckets", most, -1, -1);
  return {
    ...(buckets > 0 ? { span: buckets, farthest } : { span: farthest }),
    readsDistances: kinds.includes("c2p"),
    readByDistances: kinds.includes("p2c"),
    isNormed: String(read.get("norm_rel_ebd") ?? "none").includes("layer_norm"),
  };
}

export const deberta: Family = {
  ...bert,
  className: "DebertaV2",
  modelTypes: ["deberta-v2"],
  config: {
    ...bert.config,
    keys: { ...bert.config.keys, classifierDropout: "cls_dropout" },
    segments: false,
    epsilon: { key: "layer_norm_eps", value: 1e-7 },
    tokenDropout: (_, hidden) => hidden,
    design: (read, { hiddenSize }) => {
      read.fixed("relative_attention", true, false);
      read.fixed("share_att_key", true, false);
      read.fixed("position_biased_input", false, true);
      read.fixed("type_vocab_size", 0);
      read.fixed("conv_kernel_size", 0);
      read.fixed("pooler_hidden_size", hiddenSize);
      read.fixed("pooler_hidden_act", "gelu");
      read.fixed("pooler_dropout", 0);
      return { disentangled: disentangledOf(read) };
    },
  },
  names: {
    ...bert.names,
    prefix: "deberta.",
    embeddings: { ...bert.names.embeddings, positions: null, types: null },
    distances: { table: "encoder.rel_embeddings", norm: "encoder.LayerNorm" },
    matrices: {
      ...bert.names.matrices,
      Q: (layer) => `encoder.layer.${layer}.attention.self.query_proj`,
      K: (layer) => `encoder.layer.${layer}.attention.self.key_proj`,
      V: (layer) => `encoder.layer.${layer}.attention.self.value_proj`,
    },
    words: undefined, // its pretraining ends with the detection of replaced tokens
    outside: ["pooler"],
  },
  classify: (x, { P, T }, parameters, drop) => linear(parameters, drop(gelu(linear(parameters, x, P!))), T),
  poolerActivation: "gelu",
};

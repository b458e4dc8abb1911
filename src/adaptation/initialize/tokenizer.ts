// The tokenizer of a new model: byte-pair encoding over bytes, trained on the model's texts, as the Hub's files.

import { BYTE_LEVEL, trainBytePairs } from "../../data/tokenizer/train-bytes.ts";

/** The special tokens of a family, whose IDs are the lowest. */
export interface SpecialTokens {
  readonly tokens: readonly string[];
  /** The tokens by role, as in tokenizer_config.json. */
  readonly roles: Readonly<Partial<Record<"bos_token" | "eos_token" | "pad_token", string>>>;
  /** The tokens that the tokenizer adds before each text, and after it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface NewTokenizer {
  readonly vocabSize: number;
  /** The contents of tokenizer.json and tokenizer_config.json. */
  readonly json: object;
  readonly config: object;
}

/** A tokenizer with at most `size` tokens. */
export function newTokenizer(texts: Iterable<string>, size: number, special: SpecialTokens): NewTokenizer {
  const { tokens, merges } = trainBytePairs(texts, size, special.tokens);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const added = special.tokens.map((content, id) => ({
    ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  }));
  const framed = (sequences: readonly object[]) => [
    ...special.before.map((id) => ({ SpecialToken: { id, type_id: 0 } })),
    ...sequences,
    ...special.after.map((id) => ({ SpecialToken: { id, type_id: 0 } })),
  ];
  const sequence = (id: "A" | "B") => ({ Sequence: { id, type_id: 0 } });
  const frame = [...special.before, ...special.after];
  return {
    vocabSize: tokens.length,
    json: {
      ...{ version: "1.0", truncation: null, padding: null, added_tokens: added, normalizer: null },
      pre_tokenizer: BYTE_LEVEL,
      post_processor: {
        type: "TemplateProcessing",
        single: framed([sequence("A")]),
        pair: [...framed([sequence("A")]), ...framed([sequence("B")])],
        special_tokens: Object.fromEntries(frame.map((id) => [id, { id, ids: [idOf.get(id)!], tokens: [id] }])),
      },
      decoder: { ...BYTE_LEVEL, add_prefix_space: true },
      model: {
        ...{ type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "" },
        ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false },
        ...{ vocab: Object.fromEntries(idOf), merges },
      },
    },
    config: { ...special.roles, clean_up_tokenization_spaces: false, tokenizer_class: "PreTrainedTokenizerFast" },
  };
}

// How the tokenizer classes of transformers 5.18 build the parts of a tokenizer.json.

import type { JsonObject } from "../../json.ts";
import type { AddedToken } from "./added-tokens.ts";
import { QWEN_PATTERN, SPACES_PATTERN } from "./known-patterns.ts";
import { MBART_CODES, MBART50_CODES } from "./languages.ts";
import type { ModelName } from "./models.ts";

/** The tokens to which transformers assigns a role, in the order in which it adds them. */
export const ROLES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;
export type Role = (typeof ROLES)[number];

/** What a class needs to build its parts: the folder's files, and the token of each role. */
export interface Given {
  readonly model: JsonObject;
  /** The table of replacements in tokenizer.json, if any. */
  readonly charsmap: unknown;
  /** The post-processor of tokenizer.json; undefined without that file. */
  readonly postProcessor: unknown;
  /** A flag of tokenizer_config.json. */
  readonly flag: (key: string, otherwise: boolean) => boolean;
  /** A flag of tokenizer_config.json that may be null; null if it is missing. */
  readonly choice: (key: string) => boolean | null;
  /** A number of tokenizer_config.json. */
  readonly count: (key: string, otherwise: number) => number;
  /** A text of tokenizer_config.json; undefined if it is missing or null. */
  readonly text: (key: string) => string | undefined;
  /** The token of a role; "" if it has none. */
  readonly token: (role: Role) => string;
}

export interface Recipe {
  readonly model: ModelName;
  /**
   * The default token of each role, used if tokenizer_config.json does not name one. If it names one without flags, those
   * of the default apply.
   */
  readonly roles: Partial<Record<Role, string | AddedToken>>;
  /** The special tokens without a role, used if tokenizer_config.json does not list any. */
  readonly extra?: (given: Pick<Given, "count">) => readonly string[];
  /** Whether special tokens lose their flags: they are matched as they are, without the spaces around them. */
  readonly plain?: boolean;
  parts(given: Given): JsonObject;
  /** The post-processor of texts to generate, if it is not that of other texts. */
  targets?(given: Given): JsonObject;
}

const BERT_ROLES = {
  unk_token: "[UNK]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  cls_token: "[CLS]",
  mask_token: "[MASK]",
};
const BEGIN_END = { bos_token: "[CLS]", eos_token: "[SEP]" };
const ROBERTA_ROLES = {
  bos_token: "<s>",
  eos_token: "</s>",
  unk_token: "<unk>",
  sep_token: "</s>",
  pad_token: "<pad>",
  cls_token: "<s>",
  mask_token: "<mask>",
};
const { bos_token: _bos, eos_token: _eos, ...HERBERT_ROLES } = ROBERTA_ROLES;
const END_OF_TEXT = "<|endoftext|>";

/** A mask token that includes the space before it. */
const MASK: AddedToken = {
  content: "<mask>",
  single_word: false,
  lstrip: true,
  rstrip: false,
  normalized: false,
  special: true,
};

/** A text ("$A", "$B") or a special token, with its segment if that is not 0. */
type Piece = string | readonly [piece: string, segment: number];

/** A template as in tokenizer.json. */
function template(single: readonly Piece[], pair: readonly Piece[]): JsonObject {
  const slot = (piece: Piece) => {
    const [id, type_id] = typeof piece === "string" ? [piece, 0] : piece;
    return id === "$A" || id === "$B" ? { Sequence: { id: id.slice(1), type_id } } : { SpecialToken: { id, type_id } };
  };
  return { type: "TemplateProcessing", single: single.map(slot), pair: pair.map(slot) };
}

/** Texts between [CLS] and [SEP], the second one in segment 1. */
const enclosed = (cls: string, sep: string): JsonObject =>
  template([cls, "$A", sep], [cls, "$A", sep, ["$B", 1], [sep, 1]]);

const afterEach = (end: string): JsonObject => template(["$A", end], ["$A", end, "$B", end]);

/**
 * The post-processor of tokenizer.json. Without that file, the begin token before and the end token after each text, as
 * far as the flags ask for them.
 */
function around({ postProcessor, flag, token }: Given): JsonObject | null {
  if (postProcessor !== undefined) return postProcessor as JsonObject | null;
  const [bos, eos] = (["bos", "eos"] as const).map((name) =>
    flag(`add_${name}_token`, false) && token(`${name}_token`) ? [token(`${name}_token`)] : [],
  ) as [string[], string[]];
  const second = (tokens: readonly string[]) => tokens.map((text): Piece => [text, 1]);
  const single = [...bos, "$A", ...eos];
  return template(single, [...single, ...second(bos), ["$B", 1], ...second(eos)]);
}

const bertNormalizer = (lowercase: boolean, strip_accents: boolean | null, handle_chinese_chars: boolean) => ({
  type: "BertNormalizer",
  clean_text: true,
  handle_chinese_chars,
  strip_accents,
  lowercase,
});

const sequence = (kind: "normalizers" | "pretokenizers" | "decoders", ...parts: readonly object[]): JsonObject => ({
  type: "Sequence",
  [kind]: parts,
});
const replace = (pattern: object, content: string) => ({ type: "Replace", pattern, content });
const precompiled = (charsmap: unknown) =>
  charsmap === undefined ? [] : [{ type: "Precompiled", precompiled_charsmap: charsmap }];

const metaspace = (prepend_scheme: "always" | "first" | "never", split = true) => ({
  ...{ type: "Metaspace", replacement: "▁", prepend_scheme, split },
});
const prefixed = ({ flag }: Given) => metaspace(flag("add_prefix_space", true) ? "always" : "never");
const spaced = (mark: object) => sequence("pretokenizers", { type: "WhitespaceSplit" }, mark);

const unigram = ({ model }: Given, unk_id: number) => ({ type: "Unigram", vocab: model.vocab, unk_id });
const indexOf = ({ model }: Given, matches: (entry: readonly unknown[]) => boolean) =>
  Array.isArray(model.vocab) ? model.vocab.findIndex((entry) => Array.isArray(entry) && matches(entry)) : -1;

/** Byte-pair encoding of bytes. */
const bytePairs = ({ model }: Given, options: object = {}) => ({
  model: { type: "BPE", vocab: model.vocab, merges: model.merges, ...options },
  decoder: { type: "ByteLevel" },
});

/** WordPiece with BERT's words. */
const wordPieces = ({ model, flag, choice, token }: Given) => ({
  normalizer: bertNormalizer(
    flag("do_lower_case", true),
    choice("strip_accents"),
    flag("tokenize_chinese_chars", true),
  ),
  pre_tokenizer: { type: "BertPreTokenizer" },
  model: { type: "WordPiece", unk_token: token("unk_token"), continuing_subword_prefix: "##", vocab: model.vocab },
  decoder: { type: "WordPiece", prefix: "##" },
});

const clsAndSep = (type: "BertProcessing" | "RobertaProcessing", { token }: Given) => ({
  ...{ type, cls: [token("cls_token")], sep: [token("sep_token")] },
});

/**
 * Builds a Unigram tokenizer with sentencepiece's marks for spaces. Texts are enclosed in <s> and </s>, and </s></s>
 * separates two texts.
 */
const sentencePiece = (unknownId: (given: Given) => number) => (given: Given) => ({
  normalizer: precompiled(given.charsmap)[0] ?? null,
  pre_tokenizer: spaced(prefixed(given)),
  model: unigram(given, unknownId(given)),
  post_processor: {
    type: "RobertaProcessing",
    cls: [given.token("bos_token")],
    sep: [given.token("eos_token")],
  },
  decoder: prefixed(given),
});

export const bert: Recipe = {
  model: "WordPiece",
  roles: BERT_ROLES,
  parts: (given) => ({ ...wordPieces(given), post_processor: clsAndSep("BertProcessing", given) }),
};

export const mpnet: Recipe = {
  model: "WordPiece",
  roles: { ...ROBERTA_ROLES, unk_token: "[UNK]", mask_token: MASK },
  parts: (given) => ({ ...wordPieces(given), post_processor: clsAndSep("RobertaProcessing", given) }),
};

/** RoBERTa and BART. */
export const roberta: Recipe = {
  model: "BPE",
  roles: ROBERTA_ROLES,
  parts: (given) => ({
    ...bytePairs(given),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: given.flag("add_prefix_space", false) },
    post_processor: clsAndSep("RobertaProcessing", given),
  }),
};

export const gpt2: Recipe = {
  model: "BPE",
  roles: { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT, unk_token: END_OF_TEXT },
  parts: (given) => ({
    ...bytePairs(given),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: given.flag("add_prefix_space", false) },
    post_processor: around(given),
  }),
};

export const qwen2: Recipe = {
  model: "BPE",
  roles: { eos_token: END_OF_TEXT, unk_token: END_OF_TEXT, pad_token: END_OF_TEXT },
  plain: true,
  parts: (given) => ({
    ...bytePairs(given),
    normalizer: { type: "NFC" },
    pre_tokenizer: sequence(
      "pretokenizers",
      { type: "Split", pattern: { Regex: QWEN_PATTERN }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", add_prefix_space: given.choice("add_prefix_space") ?? false, use_regex: false },
    ),
    post_processor: around(given),
  }),
};

export const llama: Recipe = {
  model: "BPE",
  roles: { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>" },
  parts: (given) => {
    const prefixes = given.choice("add_prefix_space") ?? true;
    const mark = { String: "▁" };
    return {
      ...bytePairs(given, { fuse_unk: true, byte_fallback: true }),
      normalizer: null,
      pre_tokenizer: metaspace(prefixes ? (given.choice("legacy") ? "always" : "first") : "never", false),
      post_processor: around(given),
      decoder: sequence(
        "decoders",
        replace(mark, " "),
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefixes ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ),
    };
  },
};

export const herbert: Recipe = {
  model: "BPE",
  roles: HERBERT_ROLES,
  parts: ({ model, token }) => ({
    normalizer: bertNormalizer(false, false, true),
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: {
      ...{ type: "BPE", unk_token: token("unk_token"), end_of_word_suffix: "</w>" },
      ...{ vocab: model.vocab, merges: model.merges },
    },
    post_processor: { type: "BertProcessing", cls: [token("cls_token"), 0], sep: [token("sep_token"), 2] },
    decoder: { type: "BPEDecoder", suffix: "</w>" },
  }),
};

export const xlmRoberta: Recipe = { model: "Unigram", roles: ROBERTA_ROLES, parts: sentencePiece(() => 3) };

export const camembert: Recipe = {
  model: "Unigram",
  roles: { ...ROBERTA_ROLES, mask_token: MASK },
  extra: () => ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"],
  parts: sentencePiece((given) =>
    Math.max(
      0,
      indexOf(given, ([text]) => text === given.token("unk_token")),
    ),
  ),
};

export const t5: Recipe = {
  model: "Unigram",
  roles: { eos_token: "</s>", unk_token: "<unk>", pad_token: "<pad>" },
  extra: ({ count }) => Array.from({ length: count("extra_ids", 100) }, (_, i) => `<extra_id_${i}>`),
  parts: (given) => ({
    normalizer: precompiled(given.charsmap)[0] ?? null,
    pre_tokenizer: spaced(metaspace("always")),
    model: unigram(given, 2),
    post_processor: afterEach(given.token("eos_token")),
    decoder: metaspace("always"),
  }),
};

/** The language that the file gives for texts to read or, if it gives one, for texts to generate. */
const languageOf = ({ text }: Given, isTarget: boolean) =>
  (isTarget ? text("tgt_lang") : undefined) ?? text("src_lang") ?? "en_XX";

/** mBART ends each text with the code of its language. */
const mbartTemplate = (given: Given, isTarget: boolean) => {
  const after = [given.token("eos_token"), languageOf(given, isTarget)];
  return template(["$A", ...after], ["$A", "$B", ...after]);
};

export const mbart: Recipe = {
  model: "Unigram",
  roles: { ...ROBERTA_ROLES, mask_token: MASK },
  extra: () => MBART_CODES,
  parts: (given) => ({
    normalizer: null,
    pre_tokenizer: spaced(metaspace("always")),
    model: unigram(given, 3),
    post_processor: mbartTemplate(given, false),
    decoder: metaspace("always"),
  }),
  targets: (given) => mbartTemplate(given, true),
};

/** The mBART with 50 languages begins each text with the code of its language. */
const mbart50Template = (given: Given, isTarget: boolean) => {
  const [before, after] = [languageOf(given, isTarget), given.token("eos_token")];
  return template([before, "$A", after], [before, "$A", "$B", after]);
};

const { bos_token: _begin, ...MBART50_ROLES } = ROBERTA_ROLES;

export const mbart50: Recipe = {
  model: "Unigram",
  roles: { ...MBART50_ROLES, mask_token: MASK },
  extra: () => MBART50_CODES,
  parts: (given) => ({
    normalizer: sequence("normalizers", ...precompiled(given.charsmap), replace({ Regex: " {2,}" }, " ")),
    pre_tokenizer: metaspace("always"),
    model: unigram(given, 3),
    post_processor: mbart50Template(given, false),
    decoder: metaspace("always"),
  }),
  targets: (given) => mbart50Template(given, true),
};

export const albert: Recipe = {
  model: "Unigram",
  roles: { ...BEGIN_END, ...BERT_ROLES, unk_token: "<unk>", pad_token: "<pad>" },
  parts: (given) => ({
    normalizer: sequence(
      "normalizers",
      ...["``", "''"].map((quotes) => replace({ String: quotes }, '"')),
      ...(given.flag("keep_accents", false) ? [] : [{ type: "NFKD" }, { type: "StripAccents" }]),
      ...(given.flag("do_lower_case", true) ? [{ type: "Lowercase" }] : []),
      ...precompiled(given.charsmap),
    ),
    pre_tokenizer: spaced(prefixed(given)),
    model: unigram(given, 1),
    post_processor: given.postProcessor || enclosed(given.token("cls_token"), given.token("sep_token")),
    decoder: prefixed(given),
  }),
};

export const debertaV2: Recipe = {
  model: "Unigram",
  roles: { ...BEGIN_END, ...BERT_ROLES },
  parts: (given) => {
    const mark = metaspace(given.flag("add_prefix_space", true) ? "always" : "first");
    const listed = indexOf(given, ([text, score]) => text === given.token("unk_token") && score === 0);
    return {
      normalizer: sequence(
        "normalizers",
        ...(given.flag("do_lower_case", false) ? [{ type: "Lowercase" }] : []),
        replace({ Regex: SPACES_PATTERN }, " "),
        { type: "NFC" },
        { type: "Strip", strip_left: false, strip_right: true },
      ),
      pre_tokenizer: sequence(
        "pretokenizers",
        ...(given.flag("split_by_punct", false) ? [{ type: "Punctuation", behavior: "Isolated" }] : []),
        mark,
      ),
      model: unigram(given, listed < 0 ? given.count("unk_id", 1) : listed),
      post_processor: enclosed(given.token("cls_token"), given.token("sep_token")),
      decoder: mark,
    };
  },
};

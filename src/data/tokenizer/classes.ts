// Lists the tokenizer classes of transformers: the supported ones, with the parts of the tokenizer.json that each
// builds, and the unsupported ones. docs/compatibility.md is generated from these tables.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import type { AddedToken } from "./added-tokens.ts";
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
  readonly flag: (key: string, otherwise: boolean) => boolean;
  readonly stripAccents: boolean | null;
  readonly token: (role: Role) => string;
}

export interface TokenizerClass {
  /** The names of the class; each may have the suffix "Fast". */
  readonly names: readonly string[];
  /** The files to read if there is no tokenizer.json. */
  readonly files: readonly string[];
  /** How the class builds its parts; if undefined, tokenizer.json is used as it is. */
  readonly recipe?: {
    readonly model: ModelName;
    /** The default token of each role, used if tokenizer_config.json does not name one. */
    readonly roles: Partial<Record<Role, string | AddedToken>>;
    readonly extra?: readonly string[];
    parts(given: Given): JsonObject;
  };
  /**
   * Whether the second text of a pair is segment 1. If tokenizer_config.json lists the model's inputs, that list
   * decides instead.
   */
  readonly segments: boolean;
}

const BERT_ROLES = {
  unk_token: "[UNK]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  cls_token: "[CLS]",
  mask_token: "[MASK]",
};
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

const bertNormalizer = (lowercase: boolean, strip_accents: boolean | null, handle_chinese_chars: boolean) => ({
  type: "BertNormalizer",
  clean_text: true,
  handle_chinese_chars,
  strip_accents,
  lowercase,
});

const metaspace = ({ flag }: Given) => ({
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme: flag("add_prefix_space", true) ? "always" : "never",
});

/**
 * Builds a Unigram tokenizer with sentencepiece's marks for spaces. Texts are enclosed in <s> and </s>, and </s></s>
 * separates two texts.
 */
const sentencePiece = (unknownId: (tokens: readonly unknown[], given: Given) => number) => (given: Given) => ({
  normalizer: given.charsmap === undefined ? null : { type: "Precompiled", precompiled_charsmap: given.charsmap },
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace(given)] },
  model: {
    type: "Unigram",
    vocab: given.model.vocab,
    unk_id: unknownId(Array.isArray(given.model.vocab) ? given.model.vocab : [], given),
  },
  post_processor: {
    type: "RobertaProcessing",
    cls: [given.token("bos_token")],
    sep: [given.token("eos_token")],
  },
  decoder: metaspace(given),
});

const MASK: AddedToken = {
  content: "<mask>",
  single_word: false,
  lstrip: true,
  rstrip: false,
  normalized: false,
  special: true,
};

const BERT_RECIPE: TokenizerClass["recipe"] = {
  model: "WordPiece",
  roles: BERT_ROLES,
  parts: ({ model, flag, stripAccents, token }) => ({
    normalizer: bertNormalizer(flag("do_lower_case", true), stripAccents, flag("tokenize_chinese_chars", true)),
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: {
      type: "WordPiece",
      unk_token: token("unk_token"),
      continuing_subword_prefix: "##",
      vocab: model.vocab,
    },
    post_processor: { type: "BertProcessing", cls: [token("cls_token")], sep: [token("sep_token")] },
    decoder: { type: "WordPiece", prefix: "##" },
  }),
};

/** All supported classes. Each uses its files in the same way as transformers 5.18. */
export const TOKENIZER_CLASSES: readonly TokenizerClass[] = [
  {
    names: ["BertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"],
    files: ["vocab.txt"],
    segments: true,
    recipe: BERT_RECIPE,
  },
  { names: ["DistilBertTokenizer"], files: ["vocab.txt"], segments: false, recipe: BERT_RECIPE },
  {
    names: ["RobertaTokenizer", "LongformerTokenizer", "BartTokenizer"],
    files: ["vocab.json", "merges.txt"],
    segments: false,
    recipe: {
      model: "BPE",
      roles: ROBERTA_ROLES,
      parts: ({ model, flag, token }) => ({
        normalizer: null,
        pre_tokenizer: { type: "ByteLevel", add_prefix_space: flag("add_prefix_space", false) },
        model: { type: "BPE", vocab: model.vocab, merges: model.merges },
        post_processor: { type: "RobertaProcessing", cls: [token("cls_token")], sep: [token("sep_token")] },
        decoder: { type: "ByteLevel" },
      }),
    },
  },
  {
    names: ["XLMRobertaTokenizer"],
    files: [],
    segments: false,
    recipe: { model: "Unigram", roles: ROBERTA_ROLES, parts: sentencePiece(() => 3) },
  },
  {
    names: ["CamembertTokenizer"],
    files: [],
    segments: false,
    recipe: {
      model: "Unigram",
      roles: { ...ROBERTA_ROLES, mask_token: MASK },
      extra: ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"],
      parts: sentencePiece((tokens, { token }) =>
        Math.max(
          0,
          tokens.findIndex((entry) => Array.isArray(entry) && entry[0] === token("unk_token")),
        ),
      ),
    },
  },
  {
    names: ["HerbertTokenizer"],
    files: ["vocab.json", "merges.txt"],
    segments: false,
    recipe: {
      model: "BPE",
      roles: HERBERT_ROLES,
      parts: ({ model, token }) => ({
        normalizer: bertNormalizer(false, false, true),
        pre_tokenizer: { type: "BertPreTokenizer" },
        model: {
          type: "BPE",
          unk_token: token("unk_token"),
          end_of_word_suffix: "</w>",
          vocab: model.vocab,
          merges: model.merges,
        },
        post_processor: { type: "BertProcessing", cls: [token("cls_token"), 0], sep: [token("sep_token"), 2] },
        decoder: { type: "BPEDecoder", suffix: "</w>" },
      }),
    },
  },
  { names: ["PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend"], files: [], segments: false },
];

/** The class that transformers uses for each model type if no file names a class. */
export const DEFAULT_CLASSES: Readonly<Record<string, string>> = {
  bert: "BertTokenizer",
  distilbert: "BertTokenizer",
  roberta: "RobertaTokenizer",
  "xlm-roberta": "XLMRobertaTokenizer",
  camembert: "CamembertTokenizer",
};

/** Classes for which transformers itself cannot create a tokenizer.json, each with the reason. */
export const PYTHON_ONLY_CLASSES: Readonly<Record<string, string>> = {
  BertJapaneseTokenizer: "it splits words with MeCab, SudachiPy or Juman++",
  BertTokenizerLegacy: "it exists only in Python",
  BertweetTokenizer: "it uses a fastBPE vocabulary",
  PhobertTokenizer: "it uses a fastBPE vocabulary",
  ByT5Tokenizer: "it exists only in Python",
  CanineTokenizer: "it exists only in Python",
  FlaubertTokenizer: "it exists only in Python",
  XLMTokenizer: "it exists only in Python",
};

const READ = TOKENIZER_CLASSES.map(({ names }) => names[0]).join(", ");

/** The class with this name. Throws an InputError that suggests an alternative if the class is not supported. */
export function classNamed(name: string, place: Place): TokenizerClass {
  const bare = name.replace(/Fast$/, "");
  const found = TOKENIZER_CLASSES.find(({ names }) => names.includes(bare) || names.includes(name));
  if (found) return found;
  throw refusalOf(name, place);
}

/** The error for an unsupported tokenizer class. */
export function refusalOf(name: string, place: Place): InputError {
  const bare = name.replace(/Fast$/, "");
  const why = Object.hasOwn(PYTHON_ONLY_CLASSES, bare) ? PYTHON_ONLY_CLASSES[bare] : undefined;
  if (why)
    return new InputError(
      `the tokenizer class ${name} is not supported (${why})`,
      place,
      `use a model whose tokenizer class is one of ${READ} (transformers cannot create a tokenizer.json for ${bare})`,
    );
  return new InputError(
    `the tokenizer class ${name} is not supported; the supported classes are ${READ}`,
    place,
    'write a tokenizer.json in Python with AutoTokenizer.from_pretrained("FOLDER").backend_tokenizer.save("FOLDER/tokenizer.json"), then set "tokenizer_class": "PreTrainedTokenizerFast" in tokenizer_config.json',
  );
}

/** A flag of tokenizer_config.json. Throws an InputError if it is neither true nor false. */
export function flagOf(config: JsonObject, key: string, otherwise: boolean, file: string): boolean {
  const value = config[key];
  if (value === undefined) return otherwise;
  if (typeof value === "boolean") return value;
  throw new InputError(`${quoted(value)} is neither true nor false`, { file, at: key }, "write true or false");
}

/** The precompiled table of replacements in a normalizer; in a sequence, the first table found. */
export function charsmapIn(normalizer: unknown): unknown {
  if (!isJsonObject(normalizer)) return undefined;
  if (normalizer.type === "Sequence" && Array.isArray(normalizer.normalizers))
    return normalizer.normalizers.map(charsmapIn).find((charsmap) => charsmap !== undefined);
  return normalizer.type === "Precompiled" ? normalizer.precompiled_charsmap : undefined;
}

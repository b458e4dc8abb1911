// Lists the tokenizer classes of transformers: the supported ones, and the unsupported ones. docs/compatibility.md is
// generated from these tables.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import {
  albert,
  bert,
  camembert,
  debertaV2,
  gpt2,
  herbert,
  llama,
  mbart,
  mbart50,
  mpnet,
  qwen2,
  type Recipe,
  roberta,
  t5,
  xlmRoberta,
} from "./recipes.ts";

export interface TokenizerClass {
  /** The names of the class; each may have the suffix "Fast". */
  readonly names: readonly string[];
  /** The files to read if there is no tokenizer.json; none if only that file can be read. */
  readonly files: readonly string[];
  /** How the class builds its parts; if undefined, tokenizer.json is used as it is. */
  readonly recipe?: Recipe;
  /**
   * Whether the second text of a pair is segment 1. If tokenizer_config.json lists the model's inputs, that list
   * decides instead.
   */
  readonly segments: boolean;
}

const MERGES = ["vocab.json", "merges.txt"];

/** All supported classes. Each uses its files in the same way as transformers 5.18. */
export const TOKENIZER_CLASSES: readonly TokenizerClass[] = [
  {
    names: ["BertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"],
    files: ["vocab.txt"],
    segments: true,
    recipe: bert,
  },
  { names: ["DistilBertTokenizer"], files: ["vocab.txt"], segments: false, recipe: bert },
  { names: ["MPNetTokenizer"], files: ["vocab.txt"], segments: false, recipe: mpnet },
  {
    names: ["RobertaTokenizer", "LongformerTokenizer", "BartTokenizer"],
    files: MERGES,
    segments: false,
    recipe: roberta,
  },
  { names: ["GPT2Tokenizer"], files: MERGES, segments: false, recipe: gpt2 },
  { names: ["Qwen2Tokenizer"], files: MERGES, segments: false, recipe: qwen2 },
  { names: ["LlamaTokenizer"], files: [], segments: false, recipe: llama },
  { names: ["HerbertTokenizer"], files: MERGES, segments: false, recipe: herbert },
  { names: ["XLMRobertaTokenizer"], files: [], segments: false, recipe: xlmRoberta },
  { names: ["CamembertTokenizer"], files: [], segments: false, recipe: camembert },
  { names: ["AlbertTokenizer"], files: [], segments: false, recipe: albert },
  { names: ["DebertaV2Tokenizer"], files: [], segments: true, recipe: debertaV2 },
  { names: ["T5Tokenizer"], files: [], segments: false, recipe: t5 },
  { names: ["MBartTokenizer"], files: [], segments: false, recipe: mbart },
  { names: ["MBart50Tokenizer"], files: [], segments: false, recipe: mbart50 },
  { names: ["PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend"], files: [], segments: false },
];

/** The class that transformers uses for each model type if no file names a class. */
export const DEFAULT_CLASSES: Readonly<Record<string, string>> = {
  bert: "BertTokenizer",
  distilbert: "BertTokenizer",
  electra: "BertTokenizer",
  roberta: "RobertaTokenizer",
  "xlm-roberta": "XLMRobertaTokenizer",
  camembert: "CamembertTokenizer",
  mpnet: "MPNetTokenizer",
  albert: "AlbertTokenizer",
  "deberta-v2": "DebertaV2Tokenizer",
  modernbert: "TokenizersBackend",
  gpt2: "GPT2Tokenizer",
  llama: "TokenizersBackend",
  mistral: "TokenizersBackend",
  qwen2: "Qwen2Tokenizer",
  qwen3: "Qwen2Tokenizer",
  t5: "T5Tokenizer",
  bart: "RobertaTokenizer",
  mbart: "MBartTokenizer",
};

/** The model types for which transformers uses the default class even if a file names another one. */
export const FIXED_CLASSES: readonly string[] = ["modernbert", "mistral", "qwen2"];

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

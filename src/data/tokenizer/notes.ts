// Says how the files of a tokenizer contradict each other, and which of them takes precedence.

import type { Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { templateOf } from "./template.ts";

/** Options of Python tokenizers that current versions of transformers ignore. */
const PASSED_OVER: Readonly<Record<string, (value: unknown) => boolean>> = {
  do_basic_tokenize: (value) => value === false,
  never_split: (value) => Array.isArray(value) && value.length > 0,
};

/** The keys of BERT's normalizer and the corresponding options in tokenizer_config.json. */
const BERT_OPTIONS = {
  lowercase: "do_lower_case",
  strip_accents: "strip_accents",
  handle_chinese_chars: "tokenize_chinese_chars",
};

/** A sentence for each conflict between tokenizer_config.json and tokenizer.json, and for each ignored option. */
export function notesOn(
  config: JsonObject,
  whole: JsonObject | undefined,
  json: JsonObject,
  name: string,
  file: string,
): string[] {
  const notes = Object.entries(PASSED_OVER)
    .filter(([key, counts]) => counts(config[key]))
    .map(([key]) => `tokenizer_config.json: ${key} is ignored, as in transformers 5.`);
  if (isJsonObject(config.auto_map) && config.auto_map.AutoTokenizer)
    notes.push(`tokenizer_config.json: the tokenizer's own Python code is not run; ${name} is used.`);
  if (!whole) return notes;
  const [before, after] = [whole.normalizer, json.normalizer];
  const areBert = [before, after].every((part) => isJsonObject(part) && part.type === "BertNormalizer");
  if (areBert) notes.push(...bertNotes(config, before as JsonObject, after as JsonObject, name));
  if (whole === json) return notes;
  if (!areBert && plain(before) !== plain(after)) notes.push(replaced("normalizer", name));
  if (plain(whole.pre_tokenizer) !== plain(json.pre_tokenizer)) notes.push(replaced("pre_tokenizer", name));
  const place = { file, at: "post_processor" };
  if (placesOf(whole.post_processor, place) !== placesOf(json.post_processor, place))
    notes.push(replaced("post_processor", name));
  for (const [key, otherwise] of Object.entries(MODEL_OPTIONS)) {
    const [there, here] = [whole.model, json.model].map((model) => (model as JsonObject)[key] || otherwise);
    if (there !== here)
      notes.push(
        `tokenizer.json sets ${key} to ${quoted(there)}, which ${name} replaces with ${quoted(here)}, as in transformers 5.`,
      );
  }
  return notes;
}

/** Options of a model that affect IDs, with their defaults. */
const MODEL_OPTIONS = {
  byte_fallback: false,
  continuing_subword_prefix: null,
  dropout: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  ignore_merges: false,
  max_input_chars_per_word: 100,
  unk_id: null,
  unk_token: null,
};

/** A sentence for each option of BERT's normalizer on which the two files differ. */
function bertNotes(config: JsonObject, before: JsonObject, after: JsonObject, name: string): string[] {
  return Object.entries(BERT_OPTIONS).flatMap(([key, option]) => {
    const there = quoted(before[key] ?? null);
    const here = quoted(after[key] ?? null);
    const wanted = quoted(config[option] ?? null);
    if (there !== here)
      return `tokenizer.json sets ${key} to ${there}, but ${option in config ? "tokenizer_config.json" : name} sets ${option} to ${here}, which takes precedence, as in transformers.`;
    if (option in config && wanted !== here)
      return `tokenizer_config.json sets ${option} to ${wanted}, but ${name} uses tokenizer.json as it is, and that file sets ${key} to ${here}.`;
    return [];
  });
}

/** The positions of special tokens, as JSON without their IDs. */
function placesOf(postProcessor: unknown, place: Place): string {
  return JSON.stringify(templateOf(postProcessor, place) ?? null, (key, value: unknown) =>
    key === "id" ? undefined : value,
  );
}

function replaced(part: string, name: string): string {
  return `The ${part} of tokenizer.json is replaced by the one that ${name} builds, as in transformers 5.`;
}

/** A part as text for comparisons, without the options that do not affect IDs. */
function plain(part: unknown): string {
  return JSON.stringify(part ?? null, (_, value: unknown) => {
    if (!isJsonObject(value)) return value;
    const { trim_offsets: _t, str_rep: _s, use_regex, split, add_prefix_space, prepend_scheme, ...rest } = value;
    const counts = {
      ...(value.type === "ByteLevel" ? { add_prefix_space, use_regex: use_regex ?? true } : {}),
      ...(value.type === "Metaspace"
        ? { split: split ?? true, scheme: add_prefix_space === false ? "never" : (prepend_scheme ?? "always") }
        : {}),
    };
    return Object.fromEntries(Object.entries({ ...rest, ...counts }).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

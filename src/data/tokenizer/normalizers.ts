// Implements the normalizers of tokenizer.json, which change a text before it is split.

import { InputError, type Place } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { anyOf, type NormalForm, normalForm } from "./characters.ts";
import { charsmapOf } from "./charsmap.ts";
import { flagField, listField, MOST_PARTS, madeByType, refuseMany, textField } from "./fields.ts";
import { type Find, patternOf } from "./patterns.ts";

export type Normalize = (text: string) => string;

const CONTROL = anyOf("control");
const SPACE = anyOf("space");
const NONSPACING = anyOf("nonspacing");
const MARK = anyOf("mark");
/** The CJK blocks that BERT lists; they do not include later CJK extensions. */
const IDEOGRAPH =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const START_SPACE = new RegExp(`^${SPACE.source}+`, "u");
const A_SPACE = new RegExp(`^${SPACE.source}$`, "u");
/**
 * Maximum number of characters in a normalized text. A normalizer can replace one character with a thousand, and many
 * normalizers can be chained.
 */
const LONGEST_RESULT = 20_000_000;

const form =
  (name: NormalForm): ((config: JsonObject) => Normalize) =>
  () =>
  (text) =>
    normalForm(text, name);

const NORMALIZERS: Record<string, (config: JsonObject, place: Place) => Normalize> = {
  BertNormalizer: bert,
  Precompiled: ({ precompiled_charsmap }, place) => charsmapOf(precompiled_charsmap, place),
  Sequence: (config, place) => {
    const parts = listField(config, "normalizers", MOST_PARTS, place).map((part) => partOf(part, place));
    return (text) => parts.reduce((result, part) => part(result), text);
  },
  Lowercase: () => lowercase,
  NFC: form("NFC"),
  NFD: form("NFD"),
  NFKC: form("NFKC"),
  NFKD: form("NFKD"),
  Prepend: (config, place) => {
    const prefix = textField(config, "prepend", undefined, place);
    return (text) => text && prefix + text;
  },
  Replace: (config, place) => {
    const find = patternOf(config.pattern, place);
    const replacement = textField(config, "content", "", place);
    return (text) => replaced(text, find, replacement, "normalizer", place);
  },
  Strip: (config, place) => {
    const [left, right] = ["strip_left", "strip_right"].map((key) => flagField(config, key, false, place));
    return (text) => {
      const rest = left ? text.replace(START_SPACE, "") : text;
      return right ? withoutEnd(rest) : rest;
    };
  },
  StripAccents: () => (text) => text.replace(MARK, ""),
};

/**
 * The normalizer of a tokenizer.json. Throws an InputError if it is malformed, has too many parts, or has a part of an
 * unsupported type.
 */
export function normalizerOf(config: unknown, place: Place): Normalize {
  refuseMany(config, "normalizers", place);
  return partOf(config, place);
}

function partOf(config: unknown, place: Place): Normalize {
  if (config === null || config === undefined) return (text) => text;
  return madeByType(NORMALIZERS, config, "normalizer", place);
}

function bert(config: JsonObject, place: Place): Normalize {
  const lower = flagField(config, "lowercase", false, place);
  const strips = flagField(config, "strip_accents", lower, place);
  const cleans = flagField(config, "clean_text", true, place);
  const spaces = flagField(config, "handle_chinese_chars", true, place);
  return (text) => {
    let result = text;
    if (cleans) result = result.replace(CONTROL, "").replace(SPACE, " ");
    if (spaces) result = result.replace(IDEOGRAPH, " $& ");
    if (strips) result = normalForm(result, "NFD").replace(NONSPACING, "");
    return lower ? lowercase(result) : result;
  };
}

/** The text with each match replaced by a `part` of the tokenizer. Throws an InputError if the result is too long. */
export function replaced(text: string, find: Find, replacement: string, part: string, place: Place): string {
  let [result, done] = ["", 0];
  for (const { start, end } of find(text)) {
    result += text.slice(done, start) + replacement;
    done = end;
    if (result.length > LONGEST_RESULT)
      throw new InputError(
        `the ${part} expands a text of ${text.length} characters to more than ${LONGEST_RESULT}`,
        place,
        "use the tokenizer that belongs to the model, or shorten the text",
      );
  }
  return done ? result + text.slice(done) : text;
}

/**
 * The text without trailing whitespace. A regular expression would retry at every position of every run of whitespace.
 */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && A_SPACE.test(text[end - 1]!)) end--; // no whitespace character takes two code units
  return text.slice(0, end);
}

/** Lowercases each character separately: Σ at the end of a word becomes σ, not ς. */
function lowercase(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}

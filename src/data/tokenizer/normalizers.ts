// What tokenizers do to a text before they split it: the normalizers of tokenizer.json.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { anyOf, type NormalForm, normalForm } from "./characters.ts";
import { charsmapOf } from "./charsmap.ts";
import { patternOf } from "./patterns.ts";

export type Normalize = (text: string) => string;

const CONTROL = anyOf("control");
const SPACE = anyOf("space");
const NONSPACING = anyOf("nonspacing");
const MARK = anyOf("mark");
/** The blocks that BERT lists; later extensions of CJK are not among them. */
const IDEOGRAPH =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const START_SPACE = new RegExp(`^${SPACE.source}+`, "u");
const END_SPACE = new RegExp(`${SPACE.source}+$`, "u");

const form =
  (name: NormalForm): ((config: JsonObject) => Normalize) =>
  () =>
  (text) =>
    normalForm(text, name);

const NORMALIZERS: Record<string, (config: JsonObject, place: Place) => Normalize> = {
  BertNormalizer: bert,
  Precompiled: ({ precompiled_charsmap }, place) => charsmapOf(precompiled_charsmap, place),
  Sequence: ({ normalizers }, place) => {
    const parts = (Array.isArray(normalizers) ? normalizers : []).map((part) => normalizerOf(part, place));
    return (text) => parts.reduce((result, part) => part(result), text);
  },
  Lowercase: () => lowercase,
  NFC: form("NFC"),
  NFD: form("NFD"),
  NFKC: form("NFKC"),
  NFKD: form("NFKD"),
  Prepend: ({ prepend }) => {
    const prefix = String(prepend);
    return (text) => text && prefix + text;
  },
  Replace: ({ pattern, content }, place) => {
    const wanted = patternOf(pattern, place);
    const replacement = String(content ?? "");
    return (text) => text.replace(wanted, () => replacement);
  },
  Strip: ({ strip_left, strip_right }) => {
    return (text) => {
      const left = strip_left ? text.replace(START_SPACE, "") : text;
      return strip_right ? left.replace(END_SPACE, "") : left;
    };
  },
  StripAccents: () => (text) => text.replace(MARK, ""),
};

/** The normalizer of a tokenizer.json. InputError for a type that is not read. */
export function normalizerOf(config: unknown, place: Place): Normalize {
  if (config === null || config === undefined) return (text) => text;
  const type = isJsonObject(config) ? String(config.type) : "";
  const make = Object.hasOwn(NORMALIZERS, type) ? NORMALIZERS[type] : undefined;
  if (make) return make(config as JsonObject, place);
  throw new InputError(
    `the normalizer ${quoted(type)} is not supported`,
    place,
    `use a tokenizer with ${Object.keys(NORMALIZERS).join(", ")}`,
  );
}

function bert({ clean_text, handle_chinese_chars, strip_accents, lowercase: lower }: JsonObject): Normalize {
  const strips = strip_accents ?? lower;
  return (text) => {
    let result = text;
    if (clean_text ?? true) result = result.replace(CONTROL, "").replace(SPACE, " ");
    if (handle_chinese_chars ?? true) result = result.replace(IDEOGRAPH, " $& ");
    if (strips) result = normalForm(result, "NFD").replace(NONSPACING, "");
    return lower ? lowercase(result) : result;
  };
}

/** Each character by itself: Σ at a word's end is σ, not ς. */
function lowercase(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}

// Implements the decoders of tokenizer.json, which turn tokens back into text.

import type { Place } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import {
  countField,
  flagField,
  LONGEST_TOKEN,
  listField,
  MOST_PARTS,
  madeByType,
  refuseMany,
  textField,
} from "./fields.ts";
import { modelNameOf } from "./models.ts";
import { replaced } from "./normalizers.ts";
import { patternOf } from "./patterns.ts";
import { BYTE_CHARACTERS } from "./pre-tokenizers.ts";

/**
 * Turns tokens into text. With `more`, further tokens may follow, and the result is only the start of the text that
 * none of them can change.
 */
export type Decode = (tokens: readonly string[], more: boolean) => string;

/** Tokens on their way to text. */
interface Parts {
  readonly texts: readonly string[];
  /** Whether further tokens may follow. If so, steps leave out what these could change. */
  readonly more: boolean;
  /** Whether further tokens can lengthen the last text. */
  readonly open: boolean;
}

type Step = (parts: Parts) => Parts;

const BYTE = /^<0x([0-9a-f]{2})>$/i;

/** A step that changes each text on its own. A text that may grow waits until it is whole. */
const each =
  (change: (text: string, i: number) => string): Step =>
  ({ texts, more, open }) => ({ texts: (open ? texts.slice(0, -1) : texts).map(change), more, open: false });

const DECODERS: Record<string, (config: JsonObject, place: Place) => Step> = {
  BPEDecoder: (config, place) => {
    const suffix = textField(config, "suffix", "</w>", place);
    return ({ texts, more }) => {
      const last = texts.length - 1;
      const spaced = texts.map((text, i) => (i < last ? text.replaceAll(suffix, " ") : text));
      // The last suffix becomes a space as soon as a token follows.
      if (last >= 0) spaced[last] = more ? texts[last]!.split(suffix)[0]! : texts[last]!.replaceAll(suffix, "");
      return { texts: spaced, more, open: more };
    };
  },
  ByteFallback:
    () =>
    ({ texts, more }) => ({ texts: withBytes(texts, more), more, open: false }),
  ByteLevel: () => {
    return ({ texts, more }) => ({ texts: [utf8(texts.flatMap(bytesOf), more)], more, open: more });
  },
  Fuse:
    () =>
    ({ texts, more }) => ({ texts: [texts.join("")], more, open: more }),
  Metaspace: (config, place) => {
    const mark = textField(config, "replacement", "▁", place);
    const scheme = textField(config, "prepend_scheme", "always", place);
    const drops = scheme !== "never" && flagField(config, "add_prefix_space", true, place);
    return each((text, i) => text.replaceAll(mark, drops && i === 0 ? "" : " "));
  },
  Replace: (config, place) => {
    const find = patternOf(config.pattern, place);
    const replacement = textField(config, "content", "", place);
    return each((text) => replaced(text, find, replacement, "decoder", place));
  },
  Sequence: (config, place) => {
    const steps = listField(config, "decoders", MOST_PARTS, place).map((part) => stepOf(part, place));
    return (parts) => steps.reduce((before, step) => step(before), parts);
  },
  Strip: (config, place) => {
    const character = textField(config, "content", " ", place);
    const [start, stop] = ["start", "stop"].map((key) => countField(config, key, 0, LONGEST_TOKEN, place));
    return ({ texts, more, open }) => {
      const last = texts.length - 1;
      const strip = (text: string, i: number) => stripped(text, character, start!, open && i === last ? 0 : stop!);
      const result = texts.map(strip);
      if (open && stop && result.length) result[last] = withoutEnd(result[last]!, character);
      return { texts: result, more, open };
    };
  },
  WordPiece: (config, place) => {
    const prefix = textField(config, "prefix", "##", place);
    const cleans = flagField(config, "cleanup", true, place);
    return each((text, i) => {
      const spaced = i === 0 ? text : text.startsWith(prefix) ? text.slice(prefix.length) : ` ${text}`;
      return cleans ? cleaned(spaced, WORD_PIECE_SPACES) : spaced;
    });
  },
};

/**
 * The decoder of a tokenizer.json; without one, tokens are joined with spaces. `cleans` is true if the spaces before
 * punctuation and English contractions are then removed from the text. Throws an InputError if the decoder is
 * malformed, has too many parts, or has a part of an unsupported type.
 */
export function decoderOf(config: unknown, cleans: boolean, place: Place): Decode {
  refuseMany(config, "decoders", place);
  const step = config === null || config === undefined ? undefined : stepOf(config, place);
  return (tokens, more) => {
    const text = step ? step({ texts: tokens, more, open: false }).texts.join("") : tokens.join(" ");
    if (!cleans) return text;
    return cleaned(more ? withoutEnd(text, UNSURE) : text, SPACES);
  };
}

/**
 * Whether a tokenizer_config.json asks for spaces before punctuation and English contractions to be removed. Byte-pair
 * encodings keep them unless a second option insists, as in transformers 5.
 */
export function cleansSpaces(config: JsonObject, model: unknown, file: string): boolean {
  const isSet = (key: string) => flagField(config, key, false, { file });
  if (!isSet("clean_up_tokenization_spaces")) return false;
  const insists = isSet("clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output");
  return insists || modelNameOf(model, { file }) !== "BPE";
}

const stepOf = (config: unknown, place: Place): Step => madeByType(DECODERS, config, "decoder", place);

/** What `clean_up_tokenization` of transformers replaces, in its order. */
const SPACES: readonly (readonly [string, string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];
/** The WordPiece decoder has one more, before the last three. */
const WORD_PIECE_SPACES = SPACES.toSpliced(7, 0, [" do not", " don't"]);
/** The characters of these that others can follow. At the end of a text, they may still change. */
const UNSURE = " 'nvr";

function cleaned(text: string, spaces: typeof SPACES): string {
  return spaces.reduce((result, [before, after]) => result.replaceAll(before, after), text);
}

const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));
const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes that a byte-level token stands for; a token with other characters stands for itself. */
function bytesOf(token: string): readonly number[] {
  const bytes = Array.from(token, (character) => BYTES.get(character));
  return bytes.every((byte) => byte !== undefined) ? bytes : [...encoder.encode(token)];
}

/** Decodes UTF-8 with U+FFFD for what is malformed; with `more`, without a last character that lacks bytes. */
function utf8(bytes: readonly number[], more: boolean): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes), { stream: more });
}

/** Joins adjacent tokens such as <0xE2> into text: each byte is U+FFFD if they are not UTF-8 together. */
function withBytes(texts: readonly string[], more: boolean): string[] {
  const result: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    try {
      result.push(strict.decode(Uint8Array.from(bytes)));
    } catch {
      result.push("\uFFFD".repeat(bytes.length));
    }
    bytes = [];
  };
  for (const text of texts) {
    const byte = BYTE.exec(text);
    if (byte) bytes.push(Number.parseInt(byte[1]!, 16));
    else {
      if (bytes.length) flush();
      result.push(text);
    }
  }
  if (bytes.length && !more) flush(); // another byte could change how all bytes before it are read
  return result;
}

/** Removes up to `start` and `stop` occurrences of a character from the ends of a text. */
function stripped(text: string, character: string, start: number, stop: number): string {
  let [from, to] = [0, text.length];
  for (let i = 0; i < start && text.startsWith(character, from); i++) from += character.length;
  for (let i = 0; i < stop && to > from && text.endsWith(character, to); i++) to -= character.length;
  return text.slice(from, Math.max(from, to));
}

/** The text without any of these characters at its end. */
function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

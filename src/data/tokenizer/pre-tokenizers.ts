// Implements the pre-tokenizers of tokenizer.json, which split a normalized text into words.

import { InputError, type Place } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { anyOf, members } from "./characters.ts";
import { flagField, listField, MOST_PARTS, madeByType, refuseMany, textField } from "./fields.ts";
import { GPT2_WORDS } from "./known-patterns.ts";
import { type Find, patternOf, toFind } from "./patterns.ts";

/** A part of a text; `first` is true if the part is at the start of the text. */
export interface Part {
  readonly text: string;
  readonly first: boolean;
}

export type PreTokenize = (part: Part) => Part[];

const [S, P, W] = (["space", "punctuation", "word"] as const).map(members);
const BERT_WORDS = new RegExp(`[^${S}${P}]+|[${P}]`, "gu");
const SPACED_WORDS = new RegExp(`[^${S}]+`, "gu");
const WORDS = new RegExp(`[${W}]+|[^${W}${S}]+`, "gu");

const matching =
  (words: RegExp): (() => PreTokenize) =>
  () =>
  ({ text, first }) => {
    const parts: Part[] = [];
    // Visit the matches one at a time: a list of all matches would take a hundred times as much memory as the text.
    for (const { 0: word, index } of text.matchAll(words)) parts.push({ text: word, first: first && index === 0 });
    return parts;
  };

const PRE_TOKENIZERS: Record<string, (config: JsonObject, place: Place) => PreTokenize> = {
  BertPreTokenizer: matching(BERT_WORDS),
  ByteLevel: (config, place) => {
    const prefixes = flagField(config, "add_prefix_space", false, place);
    const splits = flagField(config, "use_regex", true, place);
    const words = matching(GPT2_WORDS)();
    return (part) => {
      const { text, first } = prefixes && !part.text.startsWith(" ") ? prefixed(part, " ") : part;
      return (splits ? words({ text, first }) : [{ text, first }]).map((word) => ({
        ...word,
        text: asBytes(word.text),
      }));
    };
  },
  Digits: (config, place) =>
    splitting(
      toFind(anyOf("numeric")),
      flagField(config, "individual_digits", false, place) ? "Isolated" : "Contiguous",
    ),
  Metaspace: metaspace,
  Punctuation: ({ behavior }, place) =>
    splitting(toFind(anyOf("punctuation")), behaviorOf(behavior ?? "Isolated", place)),
  Sequence: (config, place) => {
    const parts = listField(config, "pretokenizers", MOST_PARTS, place).map((part) => partOf(part, place));
    return (part) => parts.reduce((words, split) => words.flatMap(split), [part]);
  },
  Split: (config, place) => {
    if (flagField(config, "invert", false, place))
      throw new InputError(
        "inverted patterns are not supported",
        place,
        "use a tokenizer whose patterns are not inverted",
      );
    return splitting(patternOf(config.pattern, place), behaviorOf(config.behavior, place));
  },
  Whitespace: matching(WORDS),
  WhitespaceSplit: matching(SPACED_WORDS),
};

/**
 * The pre-tokenizer of a tokenizer.json. Throws an InputError if it is malformed, has too many parts, or has a part of
 * an unsupported type.
 */
export function preTokenizerOf(config: unknown, place: Place): PreTokenize {
  refuseMany(config, "pretokenizers", place);
  return partOf(config, place);
}

function partOf(config: unknown, place: Place): PreTokenize {
  if (config === null || config === undefined) return (part) => [part];
  return madeByType(PRE_TOKENIZERS, config, "pre-tokenizer", place);
}

const SCHEMES = ["always", "first", "never"];

function metaspace(config: JsonObject, place: Place): PreTokenize {
  const mark = textField(config, "replacement", "▁", place);
  const named = textField(config, "prepend_scheme", "always", place);
  const splits = flagField(config, "split", true, place);
  const scheme = flagField(config, "add_prefix_space", true, place) ? named : "never";
  if ([...mark].length !== 1)
    throw new InputError(
      `the replacement ${quoted(mark)} is not a single character`,
      place,
      'use a single character, such as "▁"',
    );
  if (!SCHEMES.includes(named))
    throw new InputError(`the prepend_scheme ${quoted(named)} is unknown`, place, `use one of ${SCHEMES.join(", ")}`);
  return (part) => {
    const text = part.text.replaceAll(" ", mark);
    const prepends = !text.startsWith(mark) && (scheme === "always" || (scheme === "first" && part.first));
    const whole = prepends ? mark + text : text;
    if (!splits) return [{ text: whole, first: part.first }];
    const [start, ...rest] = whole.split(mark);
    const words = rest.map((word) => ({ text: mark + word, first: false }));
    if (start) return [{ text: start, first: part.first }, ...words];
    return words.map((word, i) => (i ? word : { ...word, first: part.first }));
  };
}

const BEHAVIORS = ["Removed", "Isolated", "Contiguous", "MergedWithPrevious", "MergedWithNext"] as const;
type Behavior = (typeof BEHAVIORS)[number];

function behaviorOf(value: unknown, place: Place): Behavior {
  const given = typeof value === "string" ? value.replaceAll("_", "").toLowerCase() : undefined;
  const behavior = BEHAVIORS.find((name) => name.toLowerCase() === given);
  if (behavior) return behavior;
  throw new InputError(`the behavior ${quoted(value)} is unknown`, place, `use one of ${BEHAVIORS.join(", ")}`);
}

/**
 * Splits texts at the matches of `find`. Depending on `behavior`, matches are removed, kept as separate parts, joined
 * with adjacent matches, or joined with the previous or next part.
 */
function splitting(find: Find, behavior: Behavior): PreTokenize {
  return ({ text, first }) => {
    const pieces: { start: number; end: number; matched: boolean }[] = [];
    let end = 0;
    const add = (to: number, matched: boolean) => {
      if (to > end) pieces.push({ start: end, end: to, matched });
      end = to;
    };
    for (const match of find(text)) {
      add(match.start, false);
      add(match.end, true);
    }
    add(text.length, false);
    return joined(pieces, behavior).map((piece) => ({
      text: text.slice(piece.start, piece.end),
      first: first && piece.start === 0,
    }));
  };
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly matched: boolean;
}

function joined(pieces: readonly Piece[], behavior: Behavior): readonly Piece[] {
  if (behavior === "Removed") return pieces.filter(({ matched }) => !matched);
  if (behavior === "Isolated") return pieces;
  const result: Piece[] = [];
  for (const piece of pieces) {
    const before = result.at(-1);
    const joins =
      before &&
      (behavior === "Contiguous"
        ? before.matched === piece.matched
        : behavior === "MergedWithPrevious"
          ? piece.matched && !before.matched
          : before.matched && !piece.matched);
    if (!joins) result.push(piece);
    // A merged pair takes `matched` from its second part, so that the pair does not merge with another match.
    else result.splice(-1, 1, { ...piece, start: before.start });
  }
  return result;
}

function prefixed({ text, first }: Part, prefix: string): Part {
  return { text: prefix + text, first };
}

/**
 * The characters with which GPT-2 represents bytes: printable Latin-1 characters stand for themselves, and other bytes
 * become characters from U+0100 on.
 */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  const prints = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : next++));
})();

const encoder = new TextEncoder();

function asBytes(text: string): string {
  let result = "";
  for (const byte of encoder.encode(text)) result += BYTE_CHARACTERS[byte];
  return result;
}

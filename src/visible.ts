// Makes text from files safe to show: characters that hide, reorder or control text are escaped, and the length is
// bounded.

import { onDemand } from "./on-demand.ts";

/** The default limit of `visible`, in UTF-16 units, for a name, a value or a sentence. */
const MOST = 1000;
/** The limit for the name of a task, label, model or tensor. */
export const NAME_LENGTH = 120;
/** The limit of `quoted`. */
const QUOTED = 80;
/** The maximum number of entries of a list or object that `quoted` shows, and the maximum depth. */
const ENTRIES = 8;
const DEPTH = 3;

// Scripts in which the two zero-width joiners never change how letters look, so they could only hide something.
const UNJOINED = "\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Script=Han}\\p{Script=Hangul}";
const PICTURE = "\\p{Extended_Pictographic}";

/**
 * Invisible characters that are kept: ZWJ and ZWNJ between letters of scripts that join, ZWJ inside a sequence of
 * emoji, a text or emoji variation selector after an emoji or in a keycap, and one variation selector after an
 * ideograph.
 */
const KEPT = [
  `(?<=[\\p{L}\\p{M}])(?<![${UNJOINED}])[\\u200c\\u200d](?=[\\p{L}\\p{M}])(?![${UNJOINED}])`,
  `(?<=${PICTURE}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d(?=${PICTURE})`,
  `(?<=${PICTURE})[\\ufe0e\\ufe0f]`,
  `(?<=[0-9#*])\\ufe0f(?=\\u20e3)`,
  `(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]`,
].join("|");

/**
 * Characters that are escaped: control characters (C0, DEL, C1), lone surrogates, line and paragraph separators,
 * everything that Unicode calls default-ignorable (direction marks, overrides and isolates, zero-width characters, soft
 * hyphens, tags, fillers), interlinear marks, and combining marks after eight in a row, which would overlap other
 * lines.
 */
const HIDDEN = "[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]|(?<=\\p{M}{8})\\p{M}";

const SPECIAL = onDemand(() => new RegExp(`(?<kept>${KEPT})|${HIDDEN}`, "gu"));
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  return SHORT[character] ?? (code <= 0xff ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`);
}

const replaced = (text: string, by: (character: string) => string): string =>
  text.replace(SPECIAL(), (...match) => {
    const { kept } = match.at(-1) as { kept?: string };
    return kept ?? by(match[0] as string);
  });

/** `text` of at most `most` characters, the last one "…" if it was longer. An emoji counts as one. */
export function shortened(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)]; // a character has at most two UTF-16 units
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

/**
 * `text` on one line and as plain text: characters that hide text or control a terminal are escaped (`\x1b`,
 * `\u{202e}`, `\n`). A text of more than `most` UTF-16 units is shortened in the middle with "… (N characters) …",
 * where N is its length; the result is never longer than `most`. Visible text is unchanged.
 */
export function visible(text: string, most = MOST): string {
  if (text.length <= most) {
    const shown = replaced(text, escapeOf);
    if (shown.length <= most) return shown;
  }
  const note = `… (${text.length} characters) …`;
  const room = Math.max(0, most - note.length);
  const end = Math.floor(room / 3);
  return `${fitting(text.slice(0, most), room - end)}${note}${fitting(text.slice(-most), end, true)}`;
}

/** As much of the start (or end) of `text` as fits into `room` when escaped; no escape is split. */
function fitting(text: string, room: number, fromEnd = false): string {
  // Slightly longer than `room`, so that a surrogate pair split by this slice is never shown.
  const near = fromEnd ? text.slice(-room - 2) : text.slice(0, room + 2);
  const parts = replaced(near, (character) => `\0${escapeOf(character)}\0`).split("\0");
  const pieces = parts.flatMap((part, i) => (i % 2 ? [part] : [...part]));
  if (fromEnd) pieces.reverse();
  const taken: string[] = [];
  for (let left = room; pieces.length; ) {
    const piece = pieces.shift()!;
    left -= piece.length;
    if (left < 0) break;
    taken.push(piece);
  }
  return (fromEnd ? taken.reverse() : taken).join("");
}

/** Like `visible`, but for text of several lines: keeps line feeds and tabs, and shortens nothing. */
export function visibleLines(text: string): string {
  return replaced(text, (character) => (character === "\n" || character === "\t" ? character : escapeOf(character)));
}

/**
 * A value from a file, as quoted in errors: text in double quotes, everything else as JSON, both visible and of bounded
 * length and depth. Never throws, whatever the value.
 */
export function quoted(value: unknown, most = QUOTED): string {
  const text = spelled(value, most, DEPTH);
  return typeof value === "string" ? text : visible(text, most);
}

function spelled(value: unknown, most: number, depth: number): string {
  if (typeof value === "string") {
    // A long text is shortened before it is escaped, so that the stated length is the length of the original text.
    const isLong = value.length > most;
    return isLong
      ? `"${visible(value, most - 2).replaceAll('"', '\\"')}"`
      : `"${visible(value.replace(/["\\]/g, "\\$&"), most)}"`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : `"${value.toISOString()}"`;
  if (depth === 0) return Array.isArray(value) ? "[…]" : "{…}";
  const inner = (one: unknown) => spelled(one, most, depth - 1);
  if (Array.isArray(value)) return `[${listed(value.slice(0, ENTRIES).map(inner), value.length)}]`;
  const keys = Object.keys(value);
  const entries = keys
    .slice(0, ENTRIES)
    .map((key) => `${inner(key)}:${inner((value as Record<string, unknown>)[key])}`);
  return `{${listed(entries, keys.length)}}`;
}

const listed = (entries: readonly string[], count: number): string =>
  [...entries, ...(count > entries.length ? ["…"] : [])].join(",");

/**
 * JSON in which all characters that `visible` would escape become JSON escapes (\u202e): it parses to the same value,
 * and cannot control a terminal when printed. `json` must come from `JSON.stringify` without indentation.
 */
export function escapedJson(json: string): string {
  return replaced(json, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

// Text from files as people may safely see it: whatever would hide, reorder or steer is shown as an escape, and length is bounded.

/** The default limit of `visible`, in UTF-16 units: a name, a value or a sentence. */
const MOST = 1000;
/** The limit of a name: of a task, a label, a model, a tensor. */
export const NAME_LENGTH = 120;
/** The limit of `quoted`. */
const QUOTED = 80;
/** Entries of a list or object that `quoted` spells out, and how deep it looks. */
const ENTRIES = 8;
const DEPTH = 3;

// Letters of scripts in which the two joiners change no shape: there they only hide.
const UNJOINED = "\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Script=Han}\\p{Script=Hangul}";
const PICTURE = "\\p{Extended_Pictographic}";

/**
 * What is kept although it draws nothing by itself: ZWJ and ZWNJ between letters of scripts that join, ZWJ within a sequence of
 * emoji, the choice between text and picture behind an emoji or a keycap, and one variant of an ideograph.
 */
const KEPT = [
  `(?<=[\\p{L}\\p{M}])(?<![${UNJOINED}])[\\u200c\\u200d](?=[\\p{L}\\p{M}])(?![${UNJOINED}])`,
  `(?<=${PICTURE}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d(?=${PICTURE})`,
  `(?<=${PICTURE})[\\ufe0e\\ufe0f]`,
  `(?<=[0-9#*])\\ufe0f(?=\\u20e3)`,
  `(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]`,
].join("|");

/**
 * What is shown as an escape: control characters (C0, DEL, C1), lone surrogates, separators of lines and paragraphs, all that
 * Unicode calls default-ignorable (direction marks, overrides and isolates, zero-width characters, soft hyphens, tags,
 * fillers), interlinear marks, and combining marks from the ninth in a row, which would paint over other lines.
 */
const HIDDEN = "[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]|(?<=\\p{M}{8})\\p{M}";

const SPECIAL = new RegExp(`(?<kept>${KEPT})|${HIDDEN}`, "gu");
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  return SHORT[character] ?? (code <= 0xff ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`);
}

const replaced = (text: string, by: (character: string) => string): string =>
  text.replace(SPECIAL, (...match) => {
    const { kept } = match.at(-1) as { kept?: string };
    return kept ?? by(match[0] as string);
  });

/**
 * `text` on one line and as plain text: characters that hide text or steer a terminal are escapes (`\x1b`, `\u{202e}`, `\n`).
 * Over `most` UTF-16 units it is cut in the middle with "… (N characters) …", N being its own length; the result is no longer
 * than `most`. What is visible already stays as it is.
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

/** As much of the beginning (or end) of `text` as has `room` when it is shown; no escape is cut in two. */
function fitting(text: string, room: number, fromEnd = false): string {
  // One character more than there is room for: half a surrogate pair at the cut is not shown as one.
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

/** The same for text of several lines: line feeds and tabs stay, and nothing is cut. */
export function visibleLines(text: string): string {
  return replaced(text, (character) => (character === "\n" || character === "\t" ? character : escapeOf(character)));
}

/**
 * A value from a file as an error quotes it: text in double quotes, everything else as JSON has it, both visible and of
 * bounded length and depth. Never throws, whatever it is given.
 */
export function quoted(value: unknown, most = QUOTED): string {
  const text = spelled(value, most, DEPTH);
  return typeof value === "string" ? text : visible(text, most);
}

function spelled(value: unknown, most: number, depth: number): string {
  if (typeof value === "string") {
    // What is long is cut as it is, so that the number in it is its own.
    const isLong = value.length > most;
    return isLong
      ? `"${visible(value, most - 2).replaceAll('"', '\\"')}"`
      : `"${visible(value.replace(/["\\]/g, "\\$&"), most)}"`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "no date" : `"${value.toISOString()}"`;
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
 * JSON in which whatever `visible` would show as an escape is one of JSON's own (\u202e): it parses to the same value, and a
 * terminal that prints it is not steered. `json` must be one that `JSON.stringify` made without indentation.
 */
export function escapedJson(json: string): string {
  return replaced(json, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

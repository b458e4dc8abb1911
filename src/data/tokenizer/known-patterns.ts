// The regular expressions with which byte-level tokenizers split texts. patterns.ts matches simple patterns without an
// engine; these are known by their source, and each has an expression of our own, so no pattern from a file is ever run.
// None tries a text in more ways than its length.

import { members } from "./characters.ts";

const [S, L, N] = (["space", "letter", "number"] as const).map(members);

/** English contractions in both cases; ſ folds to s. */
const CONTRACTIONS = "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
const WRITTEN_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const SPACES = `[${S}]+(?![^${S}])|[${S}]+`;

/** GPT-2's words: contractions, and runs of letters, digits or other characters, each with the space before it. */
export const GPT2_WORDS = new RegExp(`'s|'t|'re|'ve|'m|'ll|'d| ?[${L}]+| ?[${N}]+| ?[^${S}${L}${N}]+|${SPACES}`, "gu");

/** Words with the character before them, groups of digits, and line breaks apart from other whitespace. */
const words = (digits: string): RegExp =>
  new RegExp(
    `${CONTRACTIONS}|[^\\r\\n${L}${N}]?[${L}]+|${digits}| ?[^${S}${L}${N}]+[\\r\\n]*|[${S}]*[\\r\\n]+|${SPACES}`,
    "gu",
  );
const writtenWords = (digits: string): string =>
  String.raw`${WRITTEN_CONTRACTIONS}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** Qwen's pattern. */
export const QWEN_PATTERN = writtenWords(String.raw`\p{N}`);
/** DeBERTa's pattern for whitespace that becomes one space. */
export const SPACES_PATTERN = String.raw`\s{2,}|[\n\r\t]`;

/** Our expression for each known source. */
export const KNOWN_PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  [String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, GPT2_WORDS],
  [QWEN_PATTERN, words(`[${N}]`)],
  [writtenWords(String.raw`\p{N}{1,3}`), words(`[${N}]{1,3}`)],
  [SPACES_PATTERN, new RegExp(`[${S}]{2,}|[\\n\\r\\t]`, "gu")],
]);

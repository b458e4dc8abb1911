// Data files as bytes and as text: limits, encodings, byte-order marks, and invalid text.

import { isUtf8 } from "node:buffer";
import { InputError } from "../errors.ts";
import { readFileLimited } from "../files.ts";

export const ENCODINGS = ["utf-8", "utf-16", "latin1"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Encodings that can be detected. */
export type FoundEncoding = "utf-8" | "utf-16le" | "utf-16be" | "latin1";

/** Node's limit for reading a file into a single buffer. */
const LONGEST_FILE = 2 ** 31 - 1;
/** V8's longest string has 2²⁹ − 24 characters. */
export const LONGEST_TEXT = 500_000_000;
/** The size of the first part of a file in which zero bytes are counted. */
const HEAD = 64 << 10;

const BOM = "\uFEFF";
const SAVE = "save it as UTF-8";

/** Reads a whole file. Throws an InputError with `remedy` if it cannot be read, is empty, or is 2 GiB or larger. */
export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  const bytes = await readFileLimited(file, LONGEST_FILE, remedy);
  if (bytes.length === 0) throw new InputError("the file is empty", { file }, remedy);
  return bytes;
}

/** The text of `bytes`, decoded by `decodeBytes`. */
export function decodeText(bytes: Buffer, file: string, encoding: Encoding = "utf-8"): string {
  return decodeBytes(bytes, file, encoding).bytes.toString("utf8");
}

/**
 * `bytes` as UTF-8 without a byte-order mark, and their encoding, which is detected from a byte-order mark or from the
 * zero bytes of UTF-16; otherwise it is `encoding`. Each encoding is strict: throws an InputError with the line and
 * offset of the first invalid byte. Latin-1 is ISO 8859-1: each byte is one character.
 */
export function decodeBytes(bytes: Buffer, file: string, encoding: Encoding): { bytes: Buffer; found: FoundEncoding } {
  if (bytes.length > LONGEST_TEXT)
    throw new InputError(
      `the file is ${bytes.length} B, larger than the limit of 500 MB for text`,
      { file },
      "train on fewer examples, or convert the file to Parquet",
    );
  const found = encodingOf(bytes, file, encoding);
  if (found === "latin1") return { bytes: Buffer.from(bytes.toString("latin1"), "utf8"), found };
  if (found !== "utf-8") return { bytes: Buffer.from(decodeUtf16(bytes, found, file), "utf8"), found };
  if (!isUtf8(bytes)) {
    const offset = firstInvalidByte(bytes);
    const line = bytes.toString("utf8", 0, offset).split(/\r\n|\n|\r/).length;
    throw new InputError(
      `byte ${offset} of the file (0x${bytes[offset]!.toString(16)}) is not UTF-8`,
      { file, at: `line ${line}` },
      'save the file as UTF-8, or set "encoding": "latin1"',
    );
  }
  return { bytes: bytes.subarray(bytes.indexOf(BOM) === 0 ? 3 : 0), found };
}

/** The encoding detected from the bytes; otherwise `encoding`. Throws an InputError for UTF-32. */
export function encodingOf(bytes: Buffer, file: string, encoding: Encoding): FoundEncoding {
  const [a = -1, b = -1, c = -1, d = -1] = bytes;
  const zeros = zerosOf(bytes);
  const utf32 = (a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff);
  // In UTF-32 nearly three quarters of the bytes are zero; in UTF-16 with Latin text, half are.
  if (utf32 || zeros.share > 0.6) throw new InputError("the file is UTF-32", { file }, SAVE);
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0xef && b === 0xbb && c === 0xbf && isUtf8(bytes)) return "utf-8";
  if (encoding === "utf-16") return zeros.order ?? "utf-16le";
  // UTF-8 and Latin-1 text has no zero bytes: if their positions match UTF-16, the file is UTF-16.
  if (zeros.order && (zeros.share > 0.25 || !isUtf8(bytes))) return zeros.order;
  return encoding;
}

/**
 * The share of zero bytes in the head, and the byte order for which more UTF-16 units are ASCII (line ends,
 * separators).
 */
function zerosOf(bytes: Buffer): { share: number; order: "utf-16le" | "utf-16be" | undefined } {
  const head = bytes.subarray(0, Math.min(HEAD, bytes.length - (bytes.length % 2)));
  if (!head.includes(0)) return { share: 0, order: undefined };
  let [zeros, little, big] = [0, 0, 0];
  const isText = (byte: number) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127);
  for (let i = 0; i < head.length; i += 2) {
    const [first, second] = [head[i]!, head[i + 1]!];
    if (first === 0) zeros++;
    if (second === 0) zeros++;
    if (second === 0 && isText(first)) little++;
    if (first === 0 && isText(second)) big++;
  }
  // Line ends and separators are ASCII in any script.
  const order = little === big ? undefined : little > big ? "utf-16le" : "utf-16be";
  // Stray zero bytes can be anywhere; those of UTF-16 are mostly on one side.
  const clear = Math.min(little, big) <= Math.max(little, big) / 4;
  return { share: zeros / head.length, order: clear ? order : undefined };
}

/** Decodes UTF-16 without its byte-order mark; invalid code units are kept. */
export function utf16Text(bytes: Buffer, found: "utf-16le" | "utf-16be"): string {
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
  const text = (found === "utf-16be" ? Buffer.from(even).swap16() : even).toString("utf16le");
  return text.startsWith(BOM) ? text.slice(1) : text;
}

function decodeUtf16(bytes: Buffer, found: "utf-16le" | "utf-16be", file: string): string {
  if (bytes.length % 2)
    throw new InputError("the file is UTF-16 and ends in the middle of a character", { file }, SAVE);
  const text = utf16Text(bytes, found);
  const lone = /\p{Surrogate}/u.exec(text)?.index;
  if (lone === undefined) return text;
  const offset = 2 * lone + (bytes.length - 2 * text.length);
  throw new InputError(
    `bytes ${offset} and ${offset + 1} of the file are not UTF-16`,
    { file, at: `line ${text.slice(0, lone).split(/\r\n|\n|\r/).length}` },
    SAVE,
  );
}

/** The index of the first byte that is not UTF-8; at least one must be invalid. */
export function firstInvalidByte(bytes: Buffer): number {
  // Finds the first U+FFFD in the decoded text that is not itself in the bytes.
  const text = bytes.toString("utf8");
  let offset = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf("\uFFFD", from);
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes.readUintBE(offset, Math.min(3, bytes.length - offset)) !== 0xefbfbd) return offset;
    offset += 3;
    from = at + 1;
  }
}

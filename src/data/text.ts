// Reads data files as bytes and decodes them to text: limits, encodings, byte-order marks, and invalid text.

import { isUtf8 } from "node:buffer";
import { InputError } from "../errors.ts";
import { readFileLimited } from "../files.ts";

export const ENCODINGS = ["utf-8", "utf-16", "latin1"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Encodings that can be detected. */
export type FoundEncoding = "utf-8" | "utf-16le" | "utf-16be" | "latin1";

/** Node's limit on the size of a file that is read into a single buffer, in bytes. */
const LONGEST_FILE = 2 ** 31 - 1;
/** Below V8's maximum string length of 2²⁹ − 24 characters. */
export const LONGEST_TEXT = 500_000_000;
/** Zero bytes are counted only in this many bytes at the start of a file. */
const HEAD = 64 << 10;

const BOM = "\uFEFF";
const SAVE = "save it as UTF-8";

/** Reads a whole file. Throws an InputError with `remedy` if it cannot be read, is empty, or is 2 GiB or larger. */
export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  const bytes = await readFileLimited(file, LONGEST_FILE, remedy);
  if (bytes.length === 0) throw new InputError("the file is empty", { file }, remedy);
  return bytes;
}

/** Decodes `bytes` to text with `decodeBytes`. */
export function decodeText(bytes: Buffer, file: string, encoding: Encoding = "utf-8"): string {
  return decodeBytes(bytes, file, encoding).bytes.toString("utf8");
}

/**
 * Converts `bytes` to UTF-8 without a byte-order mark, and returns their original encoding as `found`. The encoding is
 * detected from a byte-order mark or from the zero bytes of UTF-16; if neither is present, it is `encoding`. Throws an
 * InputError with the line and offset of the first invalid byte. Latin-1 is ISO 8859-1: each byte is one character.
 */
export function decodeBytes(bytes: Buffer, file: string, encoding: Encoding): { bytes: Buffer; found: FoundEncoding } {
  if (bytes.length > LONGEST_TEXT)
    throw new InputError(
      `the file is ${bytes.length} B, larger than the limit of 500 MB for text files`,
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
      `byte ${offset} of the file (0x${bytes[offset]!.toString(16)}) is not valid UTF-8`,
      { file, at: `line ${line}` },
      'save the file as UTF-8, or set "encoding": "latin1"',
    );
  }
  return { bytes: bytes.subarray(bytes.indexOf(BOM) === 0 ? 3 : 0), found };
}

/** The encoding detected from the bytes, or `encoding` if none is detected. Throws an InputError for UTF-32. */
export function encodingOf(bytes: Buffer, file: string, encoding: Encoding): FoundEncoding {
  const [a = -1, b = -1, c = -1, d = -1] = bytes;
  const zeros = zerosOf(bytes);
  const utf32 = (a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff);
  // In UTF-32, nearly three quarters of the bytes are zero; in Latin text in UTF-16, half of the bytes are zero.
  if (utf32 || zeros.share > 0.6) throw new InputError("the file is UTF-32", { file }, SAVE);
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0xef && b === 0xbb && c === 0xbf && isUtf8(bytes)) return "utf-8";
  if (encoding === "utf-16") return zeros.order ?? "utf-16le";
  // UTF-8 and Latin-1 texts have no zero bytes. A file with zero bytes where UTF-16 has them is therefore UTF-16.
  if (zeros.order && (zeros.share > 0.25 || !isUtf8(bytes))) return zeros.order;
  return encoding;
}

/**
 * The fraction of zero bytes at the start of the file, and the byte order in which more UTF-16 code units are ASCII
 * characters, such as line ends and separators. The order is undefined if the difference is not clear.
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
  // Texts in any script have ASCII line ends and separators.
  const order = little === big ? undefined : little > big ? "utf-16le" : "utf-16be";
  // Stray zero bytes can occur anywhere; in UTF-16, nearly all of them are at even offsets, or nearly all at odd ones.
  const clear = Math.min(little, big) <= Math.max(little, big) / 4;
  return { share: zeros / head.length, order: clear ? order : undefined };
}

/** Decodes UTF-16 and removes the byte-order mark; keeps invalid code units. */
export function utf16Text(bytes: Buffer, found: "utf-16le" | "utf-16be"): string {
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
  const text = (found === "utf-16be" ? Buffer.from(even).swap16() : even).toString("utf16le");
  return text.startsWith(BOM) ? text.slice(1) : text;
}

function decodeUtf16(bytes: Buffer, found: "utf-16le" | "utf-16be", file: string): string {
  if (bytes.length % 2)
    throw new InputError("the file is UTF-16 but ends in the middle of a character", { file }, SAVE);
  const text = utf16Text(bytes, found);
  const lone = /\p{Surrogate}/u.exec(text)?.index;
  if (lone === undefined) return text;
  const offset = 2 * lone + (bytes.length - 2 * text.length);
  throw new InputError(
    `bytes ${offset} and ${offset + 1} of the file are not valid UTF-16`,
    { file, at: `line ${text.slice(0, lone).split(/\r\n|\n|\r/).length}` },
    SAVE,
  );
}

/** The index of the first byte that is not valid UTF-8. `bytes` must contain such a byte. */
export function firstInvalidByte(bytes: Buffer): number {
  // Finds the first U+FFFD that decoding inserted, as opposed to one that the bytes themselves encode.
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

// Data files as bytes and as text: limits, encodings, byte order marks, and where text is not what it claims to be.

import { isUtf8 } from "node:buffer";
import { InputError } from "../errors.ts";
import { readFileLimited } from "../files.ts";

export const ENCODINGS = ["utf-8", "latin1"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Node reads no more into one buffer. */
const LONGEST_FILE = 2 ** 31 - 1;
/** V8's longest string has 2²⁹ − 24 characters. */
const LONGEST_TEXT = 500_000_000;

/** A whole file. InputError with `remedy` where it cannot be read, is empty, or has 2 GiB or more. */
export async function readBytes(file: string, remedy: string): Promise<Buffer> {
  const bytes = await readFileLimited(file, LONGEST_FILE, remedy);
  if (bytes.length === 0) throw new InputError("the file is empty", { file }, remedy);
  return bytes;
}

/**
 * The text of `bytes` without a byte order mark. UTF-8 must be valid: InputError with the line and the offset of the first
 * byte that is not. Latin-1 is ISO 8859-1, each byte one character.
 */
export function decodeText(bytes: Buffer, file: string, encoding: Encoding = "utf-8"): string {
  if (bytes.length > LONGEST_TEXT)
    throw new InputError(
      `the file has ${bytes.length} bytes, over the limit of 500 MB of text`,
      { file },
      "train on fewer rows, or give them as Parquet",
    );
  if (encoding === "latin1") return bytes.toString("latin1");
  if (bytes.length > 1 && (bytes.readUint16BE(0) === 0xfffe || bytes.readUint16BE(0) === 0xfeff))
    throw new InputError("the file is UTF-16", { file }, "save it as UTF-8");
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) {
    const offset = firstInvalidByte(bytes, text);
    const line = text.slice(0, bytes.toString("utf8", 0, offset).length).split("\n").length;
    throw new InputError(
      `byte ${offset} of the file (0x${bytes[offset]!.toString(16)}) is not UTF-8`,
      { file, at: `line ${line}` },
      'save the file as UTF-8, or say "encoding": "latin1"',
    );
  }
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** `text` is `bytes` with U+FFFD for what is invalid: the first U+FFFD that does not stand in the bytes themselves. */
function firstInvalidByte(bytes: Buffer, text: string): number {
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

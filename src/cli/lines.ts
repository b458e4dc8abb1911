// Reads lines from standard input, split like data files: only at line feeds, strictly UTF-8, the same on every Node version.

import { isUtf8 } from "node:buffer";
import { firstInvalidByte } from "../data/text.ts";
import { InputError } from "../errors.ts";
import { bytes as sizeText } from "../numbers.ts";

/** Longer than any text for a model. Without a limit, input without line feeds would exhaust memory. */
const LONGEST_LINE = 16_000_000;
const LF = 10;
const CR = 13;
const FILE = "standard input";

/**
 * The lines of `input`, without the line feed and a carriage return before it; other line separators stay in the text.
 * A byte-order mark at the start is removed; the last line needs no line feed. Throws an InputError, with line and
 * byte, for invalid UTF-8 and for a line of more than 16 MB.
 */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let [length, number, offset] = [0, 0, 0];
  const line = (): string => {
    const bytes = Buffer.concat(parts);
    number++;
    const text = decoded(bytes, number, offset);
    offset += bytes.length + 1;
    [parts, length] = [[], 0];
    return text;
  };
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      parts.push(chunk.subarray(from, end));
      yield line();
      from = end + 1;
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LONGEST_LINE)
      throw new InputError(
        `the line is longer than ${sizeText(LONGEST_LINE)}`,
        { file: FILE, at: `line ${number + 1}` },
        "write one text per line, each ended by a line feed",
      );
  }
  if (parts.length) yield line();
}

function decoded(bytes: Buffer, number: number, offset: number): string {
  if (!isUtf8(bytes)) {
    const at = firstInvalidByte(bytes);
    throw new InputError(
      `byte ${offset + at} of the input (0x${bytes[at]!.toString(16).padStart(2, "0")}) is not UTF-8`,
      { file: FILE, at: `line ${number}` },
      "encode the texts as UTF-8",
    );
  }
  const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  const text = bytes.toString("utf8", 0, end);
  return number === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
}

// Edits of text tables: separators, quotes, line ends, encodings, columns, compression; for JSON lines also their
// trees.

import { gzipSync } from "node:zlib";
import { mutateBytes } from "./bytes.ts";
import { type Draw, HOSTILE_STRINGS } from "./draw.ts";
import { mutateJson } from "./json.ts";

const MARKS = [
  '"',
  '""',
  ",",
  ";",
  "\t",
  "|",
  "\n",
  "\r",
  "\r\n",
  "\0",
  "\uFEFF",
  "'",
  "#",
  " ",
  "\u2028",
  "\\",
  "sep=;\n",
  "😀",
  "\u0085",
];

/** A table after one to four edits. */
export function mutateTable(draw: Draw, bytes: Uint8Array): Uint8Array {
  if (draw.chance(0.2)) return dressed(draw, mutateBytes(draw, bytes));
  let text = Buffer.from(bytes).toString("utf8");
  for (let edits = 1 + draw.below(4); edits > 0; edits--) text = edit(draw, text);
  return dressed(draw, Buffer.from(text));
}

function edit(draw: Draw, text: string): string {
  const at = draw.below(text.length + 1);
  const lines = text.split("\n");
  const line = draw.below(lines.length);
  return draw.one(
    () => text.slice(0, at) + draw.pick(MARKS) + text.slice(at),
    () => text.slice(0, at) + draw.pick(HOSTILE_STRINGS) + text.slice(at),
    () => text.replaceAll(draw.pick(MARKS.slice(0, 9)), draw.pick(MARKS)).slice(0, 100_000),
    () => text.slice(0, at) + draw.pick(MARKS).repeat(draw.pick([10, 1000, 20_000])) + text.slice(at),
    () => lines.toSpliced(line, 1).join("\n"),
    () => lines.toSpliced(line, 0, lines[draw.below(lines.length)]!).join("\n"),
    () => lines.with(line, draw.pick(HOSTILE_STRINGS)).join("\n"),
    () =>
      lines
        .with(
          line,
          lines[line]!.split(/[\t, ]/)
            .toReversed()
            .join(draw.pick([",", "\t", " "])),
        )
        .join("\n"),
    () => lines.with(line, `${lines[line]}${",x".repeat(draw.pick([1, 10, 3000]))}`).join("\n"),
    () => text.slice(0, at),
    () => lines.slice(1).join("\n"),
  );
}

/** JSON lines after edits of some lines. */
export function mutateJsonLines(draw: Draw, bytes: Uint8Array, known: readonly string[] = []): Uint8Array {
  if (draw.chance(0.25)) return mutateTable(draw, bytes);
  const lines = Buffer.from(bytes).toString("utf8").trimEnd().split("\n");
  for (let edits = 1 + draw.below(3); edits > 0; edits--) {
    const line = draw.below(lines.length);
    lines[line] = Buffer.from(mutateJson(draw, Buffer.from(lines[line]!), known)).toString("utf8");
  }
  return dressed(draw, Buffer.from(`${lines.join("\n")}\n`));
}

/** Sometimes changes the encoding, or compresses once or twice, complete or truncated. */
export function dressed(draw: Draw, bytes: Uint8Array): Uint8Array {
  if (draw.chance(0.85)) return bytes;
  const text = Buffer.from(bytes).toString("utf8");
  return draw.one(
    () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
    () => Buffer.from(text, "utf16le"),
    () => Buffer.from(text, "latin1"),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
    () => gzipSync(bytes),
    () => mutateBytes(draw, gzipSync(bytes)),
    () => gzipSync(gzipSync(bytes)),
    () =>
      gzipSync(Buffer.alloc(draw.pick([1000, 1_000_000, 20_000_000]), draw.pick(["a", "\n", "\0", "a,", "[", '"']))),
  );
}

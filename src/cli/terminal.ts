// What a command sees of the terminal: two streams to write to and one to read from. Tests give their own. Commands write
// through `print` and `printJson` alone, so that no text out of a file can steer the terminal.

import { escapedJson, NAME_LENGTH, visible, visibleLines } from "../visible.ts";

/** A stream of a terminal; `columns` is its width where it is one. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  /** Results. */
  readonly out: Stream;
  /** Progress and errors. */
  readonly err: Stream;
  readonly input: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
}

/** Writes lines of text; a control character that is left in them, beside line feeds and tabs, is written as an escape. */
export function print(stream: Stream, text: string): void {
  stream.write(visibleLines(text));
}

/** Writes a value as one line of JSON: the one document of a command, or a line of several. */
export function printJson({ out }: Pick<Terminal, "out">, value: unknown): void {
  out.write(`${escapedJson(JSON.stringify(value))}\n`);
}

/** A name out of a file (of a task, a label, a model, a file) on one line and at bounded length. */
export function named(name: unknown): string {
  return visible(String(name), NAME_LENGTH);
}

/** Breaks a text at spaces into lines of at most `width` characters; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (!line) lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

// The terminal of a command: two streams to write to and one to read from; tests pass their own. Commands write only
// through `print` and `printJson`, so that text from a file cannot control the terminal.

import { escapedJson, NAME_LENGTH, visible, visibleLines } from "../visible.ts";

/** An output stream; `columns` is its width if it is a terminal. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  /** The stream for results. */
  readonly out: Stream;
  /** The stream for progress and errors. */
  readonly err: Stream;
  readonly input: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean; destroy?(): unknown };
}

/** Writes lines of text; control characters other than line feeds and tabs are escaped. */
export function print(stream: Stream, text: string): void {
  stream.write(visibleLines(text));
}

/** Writes a value as one line of JSON. */
export function printJson({ out }: Pick<Terminal, "out">, value: unknown): void {
  out.write(`${escapedJson(JSON.stringify(value))}\n`);
}

/** A name from a file (such as the name of a task, label or model) on one line and of limited length. */
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

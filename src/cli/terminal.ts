// What a command sees of the terminal: two streams to write to and one to read from. Tests give their own.

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

/** Writes a value as the one JSON document of a command. */
export function printJson({ out }: Terminal, value: unknown): void {
  out.write(`${JSON.stringify(value)}\n`);
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

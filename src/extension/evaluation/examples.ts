// The examples of an evaluation, in the file that the compute process wrote: read line by line, only where they are shown.

import { type FileHandle, open } from "node:fs/promises";
import type { ExampleLine } from "../../adaptation/example-lines.ts";
import type { ExampleNumbers } from "../../adaptation/examples-file.ts";

/** The number of lines that are read and searched at a time, so that the extension host answers in between. */
const AT_ONCE = 200;

export class Examples {
  readonly #file: string;
  /** For each adaptation, where its lines begin. */
  readonly #lines: readonly Float64Array[];

  constructor(file: string, numbers: readonly ExampleNumbers[]) {
    this.#file = file;
    this.#lines = numbers.map(({ lines }) => lines);
  }

  /** The lines of these examples as evaluated with an adaptation; none for those that do not exist. */
  async lines(adaptation: number, examples: readonly number[]): Promise<ExampleLine[]> {
    const begins = this.#lines[adaptation];
    if (!begins) return [];
    return this.#reading(async (handle) => {
      const lines: ExampleLine[] = [];
      for (const example of examples)
        if (example < begins.length - 1) lines.push(...(await linesIn(handle, begins, example, example + 1)));
      return lines;
    });
  }

  /** The examples with a text that contains `text`, whatever the case; stops early if the signal fires. */
  async search(adaptation: number, text: string, signal: AbortSignal): Promise<Uint32Array> {
    const begins = this.#lines[adaptation];
    if (!begins) return new Uint32Array();
    const wanted = text.toLowerCase();
    return this.#reading(async (handle) => {
      const found: number[] = [];
      for (let from = 0; from < begins.length - 1 && !signal.aborted; from += AT_ONCE)
        for (const line of await linesIn(handle, begins, from, Math.min(begins.length - 1, from + AT_ONCE)))
          if (textsOf(line).some((own) => own.toLowerCase().includes(wanted))) found.push(line.example);
      return Uint32Array.from(found);
    });
  }

  async #reading<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const handle = await open(this.#file);
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  }
}

/** The lines from `from` up to, but not including, `to`. */
async function linesIn(handle: FileHandle, begins: Float64Array, from: number, to: number): Promise<ExampleLine[]> {
  const bytes = Buffer.alloc(begins[to]! - begins[from]!);
  await handle.read(bytes, 0, bytes.length, begins[from]!);
  return bytes
    .toString("utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ExampleLine);
}

/** All texts of an example; words are searched together. */
function textsOf(line: ExampleLine): string[] {
  const { text, textPair, choices, words, sentences } = line as unknown as Record<string, string & string[]>;
  return [text, textPair, choices, words?.join(" "), sentences].flat().filter((one) => typeof one === "string");
}

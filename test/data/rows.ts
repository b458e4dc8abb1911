// The rows, cells, places and notes that a file's content is read as.

import type { Format } from "../../src/data/formats.ts";
import { readTable } from "../../src/data/readers.ts";
import { Faults } from "../../src/data/row-error.ts";
import type { Encoding } from "../../src/data/text.ts";

interface Settings {
  readonly header: boolean;
  readonly encoding: Encoding;
  readonly separator: string | undefined;
  readonly faults: Faults;
}

export async function read(
  format: Format,
  content: string | Buffer,
  { header = true, encoding = "utf-8", separator, faults = new Faults(false) }: Partial<Settings> = {},
) {
  const bytes = Buffer.from(content as string);
  return readTable({ file: `rows.${format}`, bytes, encoding, header, separator, format, faults });
}
export const cellsOf = async (...given: Parameters<typeof read>) =>
  (await read(...given)).rows.map(({ cells }) => cells);
export const places = async (...given: Parameters<typeof read>) => {
  const { rows, unit } = await read(...given);
  return rows.map(({ number }) => `${unit} ${number}`);
};

export const notesOf = async (...given: Parameters<typeof read>) => (await read(...given)).notes;

/** A small table, and the rows that it has. */
export const TABLE = "text,label\na,x\nb,y\n";
export const ROWS = [
  { text: "a", label: "x" },
  { text: "b", label: "y" },
];

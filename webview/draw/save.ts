// Sends pictures and tables to the editor for saving, each with its provenance.

import type { Estimate } from "../../src/mask/metadata.ts";
import { visible } from "../../src/visible.ts";
import { post } from "../ui/host.ts";
import { paintedOf, pictureOf, pngOf } from "./picture.ts";

/** A table row by column name; missing columns stay empty. */
export type Row = Readonly<Record<string, string | number | null | undefined>>;

/** A row of numbers, intervals (KEY, KEYLow, KEYHigh) and booleans (1, 0). */
export function rowOf(values: Readonly<Record<string, Row[string] | boolean | Estimate>>): Row {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): [string, Row[string]][] => {
      if (typeof value === "boolean") return [[key, Number(value)]];
      if (typeof value !== "object" || !value) return [[key, value]];
      return [
        [key, value.value],
        [`${key}Low`, value.low],
        [`${key}High`, value.high],
      ];
    }),
  );
}

/** What a spreadsheet would treat as the start of a formula. Tested only for strings, so numbers keep their sign. */
const FORMULA = /^\s*[=+\-@]/;

const csvCell = (value: Row[string]): string => {
  const plain = typeof value === "string" ? visible(value) : Number.isNaN(value) ? "" : String(value ?? "");
  const text = typeof value === "string" && FORMULA.test(plain) ? `'${plain}` : plain;
  return /["#,;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/**
 * Asks the host to save rows as CSV: one table with every column that any row has, preceded by `provenance` as comment lines.
 * Hidden characters are escaped, and an apostrophe before anything that looks like a formula stops spreadsheets from running it.
 */
export function saveCsv(name: string, provenance: readonly string[], rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  const lines = [...provenance.map((line) => `# ${line}`), ...cells.map((row) => row.map(csvCell).join(","))];
  post({ type: "save", name, data: new TextEncoder().encode(`${lines.join("\n")}\n`) });
}

/** Asks the host to save figures as one picture, a PNG or an SVG depending on the file extension. */
export async function savePicture(
  name: string,
  provenance: readonly string[],
  figures: readonly HTMLElement[],
): Promise<void> {
  const picture = pictureOf(provenance, figures);
  if (name.endsWith(".svg")) post({ type: "save", name, data: new TextEncoder().encode(picture.svg) });
  else post({ type: "save", name, data: await pngOf(await paintedOf(picture), provenance) });
}

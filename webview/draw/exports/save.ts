// Sends pictures and tables to the editor for saving, each with its provenance.

import type { Estimate } from "../../../src/mask/metadata.ts";
import type { FigureColours } from "../../../src/messages.ts";
import { visible } from "../../../src/visible.ts";
import { post } from "../../ui/host.ts";
import { guarded } from "../../ui/plain-values.ts";
import type { Caption } from "./caption.ts";
import { inColours } from "./figure-colours.ts";
import { paintedOf, pictureOf, pngOf } from "./picture.ts";

/** The cells of a table row by column name; missing cells are left empty. */
export type Row = Readonly<Record<string, string | number | null | undefined>>;

/** A table row from `values`: an estimate fills the columns KEY, KEYLow and KEYHigh, and a boolean becomes 1 or 0. */
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

const csvCell = (value: Row[string]): string => {
  if (typeof value !== "string") return Number.isNaN(value) ? "" : String(value ?? "");
  const text = guarded(visible(value));
  return /["#,;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/**
 * Rows as CSV: a header with every column that any row has, then one line per row. Hidden characters are escaped, and an
 * apostrophe before anything that looks like a formula stops spreadsheets from running it.
 */
export function csvOf(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return `${cells.map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
}

/** Asks the host to save rows as NAME.csv, and `metadata` as NAME-metadata.json in the same folder. */
export function saveTable(name: string, metadata: Readonly<Record<string, unknown>>, rows: readonly Row[]): void {
  const data = new TextEncoder().encode(csvOf(rows));
  post({ type: "save", name: `${name}.csv`, data, metadata: JSON.stringify(metadata) });
}

export interface Captioned {
  readonly caption: Caption;
  /** Lines for the picture's description. */
  readonly provenance: readonly string[];
}

/** Asks the host to save figures as one picture, a PNG or an SVG depending on the file extension. */
export async function savePicture(
  name: string,
  colours: FigureColours,
  { caption, provenance }: Captioned,
  figures: readonly HTMLElement[],
): Promise<void> {
  const picture = await inColours(colours, () => pictureOf(caption, provenance, figures));
  if (name.endsWith(".svg")) post({ type: "save", name, data: new TextEncoder().encode(picture.svg) });
  else post({ type: "save", name, data: await pngOf(await paintedOf(picture), provenance) });
}

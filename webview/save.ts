// Pictures and tables for papers, handed to the editor to be saved: each says where its numbers come from.

import { post } from "./host.ts";
import { type Panel, paintedOf, panelsOf, pictureOf, pngOf } from "./picture.ts";

const csvCell = (value: string | number): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

/** Asks the host to save rows as CSV, `provenance` in comment lines before them. */
export function saveCsv(
  name: string,
  provenance: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const lines = [...provenance.map((line) => `# ${line}`), ...rows.map((row) => row.map(csvCell).join(","))];
  post({ type: "save", name, data: new TextEncoder().encode(`${lines.join("\n")}\n`) });
}

/** Asks the host to save canvases as one PNG, with their provenance as the picture's description. */
export async function savePanels(name: string, provenance: readonly string[], panels: readonly Panel[]): Promise<void> {
  post({ type: "save", name, data: await pngOf(panelsOf(panels), provenance) });
}

/** Asks the host to save figures as one picture, a PNG or an SVG by the name's ending. */
export async function savePicture(
  name: string,
  provenance: readonly string[],
  figures: readonly HTMLElement[],
): Promise<void> {
  const picture = pictureOf(provenance, figures);
  if (name.endsWith(".svg")) post({ type: "save", name, data: new TextEncoder().encode(picture.svg) });
  else post({ type: "save", name, data: await pngOf(await paintedOf(picture), provenance) });
}

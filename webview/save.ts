// Pictures and tables for papers: each says where its numbers come from.

import { post } from "./host.ts";

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

/** Asks the host to save a canvas as PNG. */
export function savePng(name: string, canvas: HTMLCanvasElement): void {
  canvas.toBlob(async (blob) => {
    if (blob) post({ type: "save", name, data: new Uint8Array(await blob.arrayBuffer()) });
  });
}

interface Drawn {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly ink: string;
  readonly text: string;
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** Asks the host to save tables of coloured cells as one SVG, read off the page, with its provenance as description. */
export function saveSvg(name: string, provenance: readonly string[], tables: readonly HTMLElement[]): void {
  const drawn: Drawn[] = [];
  const bounds = tables.map((table) => table.getBoundingClientRect());
  const left = Math.min(...bounds.map((box) => box.left));
  const top = Math.min(...bounds.map((box) => box.top));
  for (const table of tables)
    for (const cell of table.querySelectorAll("th, td")) {
      const box = cell.getBoundingClientRect();
      const { backgroundColor, color } = getComputedStyle(cell);
      const isCell = cell.classList.contains("cell");
      drawn.push({
        ...{ x: box.left - left, y: box.top - top, width: box.width, height: box.height },
        ...{ fill: isCell ? backgroundColor : "none", ink: isCell ? color : "#444", text: cell.textContent ?? "" },
      });
    }
  const width = Math.max(...bounds.map((box) => box.right)) - left;
  const height = Math.max(...bounds.map((box) => box.bottom)) - top;
  const shapes = drawn.map(
    ({ x, y, width, height, fill, ink, text }) =>
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>` +
      `<text x="${x + width / 2}" y="${y + height / 2}" fill="${ink}" text-anchor="middle" dominant-baseline="central">${escaped(text)}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11"><desc>${escaped(provenance.join("\n"))}</desc>${shapes.join("")}</svg>`;
  post({ type: "save", name, data: new TextEncoder().encode(svg) });
}

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

/** Asks the host to save a canvas as PNG, with its provenance as the picture's description. */
export function savePng(name: string, provenance: readonly string[], canvas: HTMLCanvasElement): void {
  canvas.toBlob(async (blob) => {
    if (blob) post({ type: "save", name, data: described(new Uint8Array(await blob.arrayBuffer()), provenance) });
  });
}

/** Asks the host to save tables of coloured cells as PNG, twice as fine as on the page. */
export async function savePngOf(
  name: string,
  provenance: readonly string[],
  tables: readonly HTMLElement[],
): Promise<void> {
  const { svg, width, height } = svgOf(provenance, tables);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  savePng(name, provenance, canvas);
}

/** The signature and the header chunk of a PNG come first: 8 and 25 bytes. */
const AFTER_HEADER = 33;

/** A PNG with an iTXt chunk "Description" (UTF-8) behind its header. */
function described(png: Uint8Array, provenance: readonly string[]): Uint8Array {
  const body = new TextEncoder().encode(`iTXtDescription\0\0\0\0\0${provenance.join("\n")}`);
  const chunk = new Uint8Array(body.length + 8);
  const numbers = new DataView(chunk.buffer);
  numbers.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  numbers.setUint32(body.length + 4, crc32(body));
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, AFTER_HEADER));
  whole.set(chunk, AFTER_HEADER);
  whole.set(png.subarray(AFTER_HEADER), AFTER_HEADER + chunk.length);
  return whole;
}

/** The check sum of PNG's chunks: CRC-32 of ISO 3309. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
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
  post({ type: "save", name, data: new TextEncoder().encode(svgOf(provenance, tables).svg) });
}

function svgOf(
  provenance: readonly string[],
  tables: readonly HTMLElement[],
): { svg: string; width: number; height: number } {
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
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11"><desc>${escaped(provenance.join("\n"))}</desc>${shapes.join("")}</svg>`;
  return { svg, width, height };
}

/** What a drawing's look follows from, which a file of its own must carry itself. */
const STYLES = ["fill", "stroke", "stroke-width", "stroke-opacity", "font-size"] as const;

/** Asks the host to save drawings one below the other as one SVG, with the colours that they have on the page. */
export function saveCharts(name: string, provenance: readonly string[], charts: readonly SVGSVGElement[]): void {
  let top = 0;
  const parts = charts.map((chart) => {
    const { width, height } = chart.viewBox.baseVal;
    const copy = chart.cloneNode(true) as SVGSVGElement;
    const copies = copy.querySelectorAll("*");
    for (const [i, original] of chart.querySelectorAll("*").entries())
      for (const style of STYLES) copies[i]!.setAttribute(style, getComputedStyle(original).getPropertyValue(style));
    const title = document.getElementById(`${chart.id}-title`)?.textContent ?? "";
    const at = top;
    top += height + 40;
    const ink = getComputedStyle(chart).color;
    return {
      width,
      text: `<g transform="translate(0 ${at + 28})"><text x="4" y="-8" font-size="13" fill="${ink}">${escaped(title)}</text>${new XMLSerializer().serializeToString(copy).replace(/^<svg[^>]*>|<\/svg>$/g, "")}</g>`,
    };
  });
  const width = Math.max(...parts.map((part) => part.width));
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--vscode-editor-background");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" font-family="sans-serif"><desc>${escaped(provenance.join("\n"))}</desc><rect width="100%" height="100%" fill="${paper}"/>${parts.map(({ text }) => text).join("")}</svg>`;
  post({ type: "save", name, data: new TextEncoder().encode(svg) });
}

// A picture of figures as they appear on the page: one self-contained SVG, or a PNG of it.

import * as l10n from "../../ui/l10n.ts";
import { type Caption, escaped, notesBlock, titleBlock } from "./caption.ts";
import { drawings } from "./drawings.ts";

const MARGIN = 12;
/** The minimum width: in a narrower picture, the title and notes would be broken into many lines. */
const LEAST_WIDTH = 420;
/** The minimum number of PNG pixels per CSS pixel. */
const FINENESS = 2;
/** Computed styles that a standalone file must include. */
const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "font-size"];
/** Elements whose text is not copied: they are left out, or drawn as SVG. */
const LEFT_OUT = "svg, vscode-button, vscode-dropdown, .read-out, .every, [aria-pressed='false']";

interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** A picture of figures, with the title above and the notes below; `provenance` becomes the picture's description. */
export function pictureOf(caption: Caption, provenance: readonly string[], figures: readonly HTMLElement[]): Picture {
  const bounds = figures.flatMap((figure) =>
    [figure, ...figure.querySelectorAll("table, svg")].map((element) => element.getBoundingClientRect()),
  );
  const left = Math.floor(Math.min(...bounds.map((box) => box.left))) - MARGIN;
  const right = Math.ceil(Math.max(...bounds.map((box) => box.right))) + MARGIN;
  const width = Math.max(LEAST_WIDTH, right - left);
  const upper = Math.floor(Math.min(...bounds.map((box) => box.top)));
  const lower = Math.ceil(Math.max(...bounds.map((box) => box.bottom)));
  const title = titleBlock(caption, width - 2 * MARGIN, colourOf("foreground", "#000000"));
  const notes = notesBlock(caption, width - 2 * MARGIN, colourOf("descriptionForeground", "#000000"));
  const top = Math.floor(upper - title.height) - MARGIN;
  const height = Math.ceil(lower + notes.height) + MARGIN - top;
  const drawn = figures.flatMap((figure) => [
    ...[...figure.querySelectorAll(".cell, .swatch:not([aria-pressed='false'] > *)")].map((cell) =>
      rectangle(cell.getBoundingClientRect(), getComputedStyle(cell).backgroundColor),
    ),
    ...[...figure.querySelectorAll<HTMLCanvasElement>("canvas.bar")].flatMap(barOf),
    ...[...figure.querySelectorAll<HTMLCanvasElement>("canvas.view")].map(imageOf),
    ...[...figure.querySelectorAll("canvas")].flatMap(plotOf),
    ...[...figure.querySelectorAll("svg")].map(drawingOf),
    ...linesOf(figure),
  ]);
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" font-family="sans-serif">`,
    `<desc>${escaped(provenance.join("\n"))}</desc>`,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${colourOf("editor-background", "#ffffff")}"/>`,
    ...title.at(left + MARGIN, top + MARGIN),
    ...drawn,
    ...notes.at(left + MARGIN, lower),
    "</svg>",
  ].join("");
  return { svg, width, height };
}

/** Paints the picture on a canvas. */
export async function paintedOf({ svg, width, height }: Picture): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  // A whole number of PNG pixels per screen pixel, so that matrices stay sharp.
  const ratio = Math.max(1, window.devicePixelRatio);
  const fineness = ratio * Math.ceil(FINENESS / ratio);
  canvas.width = fineness * width;
  canvas.height = fineness * height;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return canvas;
}

function rectangle({ x, y, width, height }: Pick<DOMRect, "x" | "y" | "width" | "height">, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
}

/** The colours of a legend's scale, as adjacent rectangles. */
function barOf(bar: HTMLCanvasElement): string[] {
  const { x, y, width, height } = bar.getBoundingClientRect();
  const { data } = bar.getContext("2d")!.getImageData(0, 0, bar.width, 1);
  const step = width / bar.width;
  return Array.from({ length: bar.width }, (_, i) =>
    // Each overlaps the next by half a pixel, so that no gap is visible between them.
    rectangle({ x: x + i * step, y, width: step + 0.5, height }, `rgb(${data.slice(4 * i, 4 * i + 3).join(",")})`),
  );
}

/** A matrix as painted, aligned to whole pixels so that none are blended; the part on the left hidden by a swipe is left out. */
function imageOf(canvas: HTMLCanvasElement): string {
  const { clipPath, visibility } = getComputedStyle(canvas.parentElement!);
  if (visibility === "hidden") return "";
  const { x, y, width, height } = canvas.getBoundingClientRect();
  const hidden = (width * Number(/([\d.]+)%\)$/.exec(clipPath)?.[1] ?? 0)) / 100;
  const shown = width - hidden;
  return [
    `<svg x="${Math.round(x) + hidden}" y="${Math.round(y)}" width="${shown}" height="${height}" viewBox="${hidden} 0 ${shown} ${height}">`,
    `<image width="${width}" height="${height}" image-rendering="pixelated" href="${canvas.toDataURL()}"/></svg>`,
  ].join("");
}

/** A chart on a canvas, drawn again as SVG. */
function plotOf(canvas: HTMLCanvasElement): string[] {
  const draw = drawings.get(canvas);
  if (!draw) return [];
  const { x, y, width, height } = canvas.getBoundingClientRect();
  return [
    `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${draw()}</svg>`,
  ];
}

/** A chart with the colours that it has on the page. */
function drawingOf(drawing: SVGSVGElement): string {
  const { x, y, width, height } = drawing.getBoundingClientRect();
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll("*");
  for (const [i, original] of drawing.querySelectorAll("*").entries()) {
    const look = getComputedStyle(original);
    for (const style of STYLES) copies[i]!.setAttribute(style, look.getPropertyValue(style));
  }
  const inside = new XMLSerializer().serializeToString(copy).replace(/^<svg[^>]*>|<\/svg>$/g, "");
  const { x: left, y: top, width: w, height: h } = drawing.viewBox.baseVal;
  return `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${left} ${top} ${w} ${h}">${inside}</svg>`;
}

const ANCHORS: Readonly<Record<string, "start" | "middle" | "end">> = { center: "middle", right: "end", end: "end" };

/** The lines of text in an element, as SVG at the same positions. */
function linesOf(element: Element): string[] {
  const found: string[] = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const { data, parentElement } = node as Text;
    if (!parentElement || parentElement.closest(LEFT_OUT)) continue;
    const { color, fontSize, fontWeight, textAlign, visibility } = getComputedStyle(parentElement);
    if (visibility === "hidden") continue;
    const anchor = ANCHORS[textAlign] ?? "start";
    let line: { text: string; left: number; right: number; top: number; bottom: number } | undefined;
    const end = () => {
      if (!line) return;
      const { left, right, top, bottom } = line;
      const x = { start: left, middle: (left + right) / 2, end: right }[anchor];
      found.push(
        `<text x="${x}" y="${(top + bottom) / 2}" fill="${color}" font-size="${fontSize}" font-weight="${fontWeight}" text-anchor="${anchor}" dominant-baseline="central">${escaped(line.text)}</text>`,
      );
    };
    for (const { 0: word, index } of data.matchAll(/\S+/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      if (line && Math.abs(line.top - top) < 2) line = { ...line, text: `${line.text} ${word}`, right };
      else {
        end();
        line = { text: word, left, right, top, bottom };
      }
    }
    end();
  }
  return found;
}

const colourOf = (name: string, otherwise: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--vscode-${name}`) || otherwise;

/** The position after a PNG's signature (8 bytes) and header chunk (25 bytes). */
const AFTER_HEADER = 33;

/** A canvas as PNG, with its provenance in an iTXt chunk "Description" (UTF-8) after the header. */
export async function pngOf(canvas: HTMLCanvasElement, provenance: readonly string[]): Promise<Uint8Array> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (!blob) throw new Error(l10n.t("The picture is too large for a PNG; save it as SVG."));
  const png = new Uint8Array(await blob.arrayBuffer());
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

/** The checksum of PNG chunks: CRC-32 as in ISO 3309. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

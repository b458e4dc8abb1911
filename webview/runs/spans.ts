// Draws many curves into pixels. In each column of pixels a curve covers one span; its ends are partly transparent, so that
// edges are smooth. For fifty noisy curves this takes a fraction of the time of stroking their paths.

import type { Path } from "./decimate.ts";

/** Pixels of a picture, as in ImageData: red, green, blue and opacity in one little-endian word. */
export interface Pixels {
  readonly words: Uint32Array;
  readonly width: number;
  readonly height: number;
}

export interface Pen {
  readonly rgb: readonly [number, number, number];
  /** In pixels, vertically. */
  readonly thickness: number;
  /** Lengths of dashes and gaps along the x axis; empty: a solid line. */
  readonly dash: readonly number[];
}

/** Draws the line that connects the positions of a path, within the columns from `left` to `right`. */
export function paintSpans(pixels: Pixels, path: Path, pen: Pen, left: number, right: number): void {
  const { rgb, thickness, dash } = pen;
  const opaque = 0xff000000 | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0];
  const isDrawn = dashing(dash);
  const [first, last] = [Math.max(0, Math.floor(left)), Math.min(pixels.width - 1, Math.ceil(right))];
  let column = Number.NaN;
  let [low, high] = [0, 0];
  const flush = () => {
    if (column >= first && column <= last && isDrawn(column))
      fillSpan(pixels, column, low - thickness / 2, high + thickness / 2, opaque, rgb);
  };
  const add = (at: number, a: number, b: number) => {
    const [top, bottom] = a < b ? [a, b] : [b, a];
    if (at === column) {
      if (top < low) low = top;
      if (bottom > high) high = bottom;
      return;
    }
    flush();
    [column, low, high] = [at, top, bottom];
  };
  for (let i = 2; i < path.length; i += 2) {
    const [x0, y0, x1, y1] = [path[i - 2]!, path[i - 1]!, path[i]!, path[i + 1]!];
    const [from, to] = [Math.floor(x0), Math.floor(x1)];
    if (from === to) {
      add(from, y0, y1);
      continue;
    }
    const slope = (y1 - y0) / (x1 - x0);
    let y = y0;
    for (let at = Math.max(from, first - 1); at <= Math.min(to, last + 1); at++) {
      if (at > from) y = y0 + slope * (at - x0);
      add(at, y, at < to ? y0 + slope * (at + 1 - x0) : y1);
    }
  }
  flush();
}

/** Whether a column is part of a dash. */
function dashing(dash: readonly number[]): (column: number) => boolean {
  const period = dash.reduce((sum, length) => sum + length, 0);
  if (!period) return () => true;
  const pattern = dash.flatMap((length, i) => Array<boolean>(Math.round(length)).fill(i % 2 === 0));
  return (column) => pattern[column % pattern.length]!;
}

/** Fills a column from `top` to `bottom`; pixels that are partly covered are mixed with what is there. */
function fillSpan(
  { words, width, height }: Pixels,
  column: number,
  top: number,
  bottom: number,
  opaque: number,
  rgb: Pen["rgb"],
): void {
  if (!(bottom > 0 && top < height)) return;
  const [start, end] = [Math.max(0, Math.floor(top)), Math.min(height - 1, Math.floor(bottom))];
  for (let y = start, i = start * width + column; y <= end; y++, i += width) {
    const covered = Math.min(bottom, y + 1) - Math.max(top, y);
    if (covered >= 1) words[i] = opaque;
    else words[i] = mixed(words[i]!, rgb, covered);
  }
}

/** A colour of some opacity on top of a pixel. */
function mixed(under: number, [red, green, blue]: Pen["rgb"], opacity: number): number {
  const below = ((under >>> 24) / 255) * (1 - opacity);
  const whole = opacity + below;
  if (whole <= 0) return 0;
  const share = opacity / whole;
  const of = (colour: number, at: number) => Math.round(colour * share + ((under >>> at) & 255) * (1 - share));
  return ((Math.round(255 * whole) << 24) | (of(blue, 16) << 16) | (of(green, 8) << 8) | of(red, 0)) >>> 0;
}

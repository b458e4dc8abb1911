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

/** The span that a curve covers in each column; reused from curve to curve. */
let lows = new Float32Array(0);
let highs = new Float32Array(0);

/** Draws the line that connects the positions of a path, within the columns from `left` to `right`. */
export function paintSpans(
  pixels: Pixels,
  path: Path,
  { rgb, thickness, dash }: Pen,
  left: number,
  right: number,
): void {
  const first = Math.max(0, Math.floor(left));
  const last = Math.min(pixels.width - 1, Math.ceil(right));
  measureSpans(path, first, last);
  const opaque = 0xff000000 | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0];
  const isDrawn = dash.length ? dashing(dash) : undefined;
  for (let column = first; column <= last; column++) {
    const low = lows[column - first]!;
    const high = highs[column - first]!;
    if (low <= high && (!isDrawn || isDrawn(column)))
      fillSpan(pixels, column, low - thickness / 2, high + thickness / 2, opaque, rgb);
  }
}

/** The least and greatest y of a path in each column from `first` to `last`. These loops run for every point of every frame. */
function measureSpans(path: Path, first: number, last: number): void {
  const count = last - first + 1;
  if (lows.length < count) [lows, highs] = [new Float32Array(count), new Float32Array(count)];
  lows.fill(Number.POSITIVE_INFINITY, 0, count);
  highs.fill(Number.NEGATIVE_INFINITY, 0, count);
  for (let i = 2; i < path.length; i += 2) {
    const x0 = path[i - 2]!;
    const y0 = path[i - 1]!;
    const x1 = path[i]!;
    const y1 = path[i + 1]!;
    const from = Math.floor(x0);
    const to = Math.floor(x1);
    const slope = to > from ? (y1 - y0) / (x1 - x0) : 0;
    const end = Math.min(to, last);
    for (let column = Math.max(from, first); column <= end; column++) {
      const a = column > from ? y0 + slope * (column - x0) : y0;
      const b = column < to ? y0 + slope * (column + 1 - x0) : y1;
      const at = column - first;
      if (a < lows[at]!) lows[at] = a;
      if (b < lows[at]!) lows[at] = b;
      if (a > highs[at]!) highs[at] = a;
      if (b > highs[at]!) highs[at] = b;
    }
  }
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
  const start = Math.max(0, Math.floor(top));
  const end = Math.min(height - 1, Math.floor(bottom));
  for (let y = start, i = start * width + column; y <= end; y++, i += width) {
    const covered = Math.min(bottom, y + 1) - Math.max(top, y);
    words[i] = covered >= 1 ? opaque : mixed(words[i]!, rgb, covered);
  }
}

/** A colour of some opacity on top of a pixel. */
function mixed(under: number, rgb: Pen["rgb"], opacity: number): number {
  const whole = opacity + ((under >>> 24) / 255) * (1 - opacity);
  if (whole <= 0) return 0;
  const share = opacity / whole;
  const rest = 1 - share;
  const red = (rgb[0] * share + (under & 255) * rest + 0.5) | 0;
  const green = (rgb[1] * share + ((under >>> 8) & 255) * rest + 0.5) | 0;
  const blue = (rgb[2] * share + ((under >>> 16) & 255) * rest + 0.5) | 0;
  return (Math.round(255 * whole) << 24) | (blue << 16) | (green << 8) | red;
}

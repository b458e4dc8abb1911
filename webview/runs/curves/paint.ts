// Draws a chart of the overlay, on a canvas or as SVG: axes, bands, faint raw lines, lines. Everything that takes long depends on the
// width of the canvas, not on the number of points.

import { ticks, timeTicks } from "../../draw/axes.ts";
import { extentOf, lowerBound, type Path, pathOf, type Scale } from "./decimate.ts";
import type { Drawn, Line, Quantity } from "./lines.ts";
import type { Range } from "./range.ts";
import { type Pixels, paintSpans } from "./spans.ts";

/** How a quantity is shown. */
export interface Measure {
  readonly quantity: Quantity;
  /** The factor for labels: 100 for %. */
  readonly scale: number;
  readonly isLog: boolean;
}

/** Where the plot is in the canvas, and how values are placed in it. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: (value: number) => number;
}

export interface Colours {
  readonly text: string;
  readonly grid: string;
  readonly font: string;
}

/** The x axis: its ticks' texts, and whether they are times. */
export interface XAxis {
  readonly label: (x: number) => string;
  readonly isTime: boolean;
}

/** What a chart is drawn with. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | (
      | "save"
      | "restore"
      | "beginPath"
      | "moveTo"
      | "lineTo"
      | "rect"
      | "arc"
      | "clip"
      | "stroke"
      | "fill"
      | "setLineDash"
    )
  | ("fillText" | "measureText" | "font" | "textAlign" | "textBaseline")
  | ("fillStyle" | "strokeStyle" | "lineWidth" | "lineJoin" | "globalAlpha")
>;

const MARGIN = { top: 8, right: 12, bottom: 22, gap: 7 };
const LEAST_LABELS = 34;
/** With more lines than this, all of them are thin, and values before smoothing are not drawn. */
export const MANY = 12;
/** With more points than this, evaluations have no dots of their own. */
const MOST_DOTS = 400;
const FAINT = 0.28;
const BAND = 0.16;

/** The y axis fits what is visible. */
function extentIn(
  lines: readonly Line[],
  { quantity, isLog }: Measure,
  { from, to }: Range,
): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { of } of lines) {
    const drawn = of[quantity];
    if (!drawn) continue;
    for (const ys of [drawn.y, lines.length > MANY ? undefined : drawn.raw, drawn.low, drawn.high]) {
      const found = ys && extentOf(drawn.x, ys, from, to);
      if (!found) continue;
      least = Math.min(least, isLog && found[0] <= 0 ? leastPositive(ys, least) : found[0]);
      most = Math.max(most, found[1]);
    }
  }
  if (least > most) return isLog ? [0.1, 1] : [0, 1];
  if (isLog) return least === most ? [least / 2, most * 2] : [least, most];
  const margin = most > least ? (most - least) * 0.04 : Math.max(Math.abs(most) * 0.1, 1e-6);
  return [least - margin, most + margin];
}

function leastPositive(ys: ArrayLike<number>, before: number): number {
  let least = before;
  for (let i = 0; i < ys.length; i++) if (ys[i]! > 0 && ys[i]! < least) least = ys[i]!;
  return least;
}

interface Tick {
  readonly value: number;
  readonly label: string;
}

function yTicks([low, high]: readonly [number, number], { scale, isLog }: Measure): Tick[] {
  const values = isLog ? logTicks(low, high) : ticks(low, high, 5).filter((value) => value >= low && value <= high);
  const apart = scale * ((values[1] ?? 1) - (values[0] ?? 0));
  const digits = Math.min(12, Math.max(0, -Math.floor(Math.log10(apart) + 1e-9)));
  return values.map((value) => ({
    value,
    label: isLog ? String(Number((scale * value).toPrecision(2))) : (scale * value).toFixed(digits).replace("-", "−"),
  }));
}

/** 1, 2 and 5 times powers of ten, or only the powers of ten if there are many. */
function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const factors = last - first > 3 ? [1] : [1, 2, 5];
  const all = Array.from({ length: Math.min(60, last - first + 1) }, (_, i) => 10 ** (first + i));
  return all
    .flatMap((power) => factors.map((factor) => factor * power))
    .filter((value) => value >= low && value <= high);
}

/** Where everything is for this size and range. */
function frameOf(
  context: Pen,
  size: { readonly width: number; readonly height: number },
  lines: readonly Line[],
  measure: Measure,
  range: Range,
): Frame & { readonly yTicks: readonly Tick[] } {
  const extent = extentIn(lines, measure, range);
  const found = yTicks(extent, measure);
  const labels = Math.max(LEAST_LABELS, ...found.map(({ label }) => context.measureText(label).width));
  const [left, right] = [Math.ceil(labels) + MARGIN.gap, size.width - MARGIN.right];
  const [top, bottom] = [MARGIN.top, size.height - MARGIN.bottom];
  const scale = (right - left) / (range.to - range.from || 1);
  const place = measure.isLog ? Math.log : (value: number) => value;
  const [low, high] = [place(extent[0]), place(extent[1])];
  const factor = (bottom - top) / (high - low || 1);
  const least = measure.isLog ? extent[0] / 1e3 : Number.NEGATIVE_INFINITY; // a line to 0 or below leaves the plot
  return {
    ...{ left, right, top, bottom, yTicks: found, x: { offset: left - scale * range.from, scale } },
    y: (value) => bottom - (place(value < least ? least : value) - low) * factor,
  };
}

/**
 * Draws a chart and returns where everything is. Many lines are drawn pixel
 * by pixel on a canvas, which takes less time.
 */
export function paint(
  context: Pen,
  size: { readonly width: number; readonly height: number },
  lines: readonly Line[],
  measure: Measure,
  range: Range,
  colours: Colours,
  axis: XAxis,
): Frame {
  context.font = colours.font;
  const frame = frameOf(context, size, lines, measure, range);
  paintAxes(context, frame, range, colours, axis);
  context.save();
  context.beginPath();
  context.rect(frame.left, 0, frame.right - frame.left, frame.bottom);
  context.clip();
  context.lineJoin = "bevel";
  const all = lines.flatMap(({ look, of }) => {
    const drawn = of[measure.quantity];
    return drawn ? [{ look, drawn }] : [];
  });
  if (context instanceof CanvasRenderingContext2D && all.length > MANY && !all.some(({ drawn }) => drawn.n)) {
    paintMany(context, size, frame, all);
    context.restore();
    return frame;
  }
  const width = all.length > MANY ? 1 : 1.6;
  for (const { look, drawn } of all)
    if (drawn.n) paintBand(context, frame, drawn, look.colour);
    else if (drawn.raw && all.length <= MANY) strokeOf(context, frame, drawn.x, drawn.raw, look.colour, 1, FAINT);
  for (const { look, drawn } of all) {
    context.setLineDash(look.dash as number[]);
    strokeOf(context, frame, drawn.x, drawn.y, look.colour, width, 1);
    context.setLineDash([]);
    if (!drawn.n && measure.quantity !== "loss" && measure.quantity !== "sparsity")
      paintPoints(context, frame, drawn, look.colour, all.length);
  }
  context.restore();
  return frame;
}

function paintAxes(
  context: Pen,
  { left, right, bottom, x, y, yTicks }: ReturnType<typeof frameOf>,
  { from, to }: Range,
  { text, grid }: Colours,
  { label: labelOf, isTime }: XAxis,
): void {
  context.lineWidth = 1;
  context.strokeStyle = grid;
  context.fillStyle = text;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.beginPath();
  for (const { value, label } of yTicks) {
    const at = Math.round(y(value)) + 0.5;
    context.moveTo(left, at);
    context.lineTo(right, at);
    context.fillText(label, left - MARGIN.gap, at);
  }
  context.stroke();
  context.textAlign = "center";
  for (const tick of (isTime ? timeTicks : ticks)(from, to, Math.max(2, Math.floor((right - left) / 90)))) {
    if (tick < from || tick > to) continue;
    const label = labelOf(tick);
    const half = context.measureText(label).width / 2;
    const at = x.offset + x.scale * tick;
    context.fillText(label, Math.min(Math.max(at, left + half - MARGIN.gap), right + MARGIN.right - half), bottom + 13);
  }
}

function strokeOf(
  context: Pen,
  { x, y, left, right }: Frame,
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  colour: string,
  width: number,
  alpha: number,
): void {
  const path = pathOf(xs, ys, x, y, left, right);
  if (path.length === 2) {
    paintDot(context, path[0]!, path[1]!, colour, 2.5);
    return;
  }
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  trace(context, path, false);
  context.stroke();
  context.globalAlpha = 1;
}

/** One picture for all charts, drawn over the axes of each. */
let sheet: OffscreenCanvas | undefined;

function paintMany(
  context: CanvasRenderingContext2D,
  { width, height }: { readonly width: number; readonly height: number },
  { x, y, left, right }: Frame,
  all: readonly { readonly look: Line["look"]; readonly drawn: Drawn }[],
): void {
  const density = context.getTransform().a;
  const picture = new ImageData(Math.round(width * density), Math.round(height * density));
  const pixels: Pixels = { words: new Uint32Array(picture.data.buffer), width: picture.width, height: picture.height };
  const scale = { offset: x.offset * density, scale: x.scale * density };
  for (const { look, drawn } of all) {
    const path = pathOf(drawn.x, drawn.y, scale, (value) => density * y(value), left * density, right * density);
    const pen = {
      rgb: rgbOf(look.colour),
      thickness: 1.3 * density,
      dash: look.dash.map((length) => length * density),
    };
    paintSpans(pixels, path, pen, left * density, right * density);
  }
  if (sheet?.width !== picture.width || sheet.height !== picture.height)
    sheet = new OffscreenCanvas(picture.width, picture.height);
  sheet.getContext("2d")!.putImageData(picture, 0, 0);
  context.drawImage(sheet, 0, 0, width, height);
}

const rgbOf = (hex: string) =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as readonly [number, number, number];

function trace(context: Pen, path: Path, isContinued: boolean): void {
  for (let i = 0; i < path.length; i += 2) {
    if (i || isContinued) context.lineTo(path[i]!, path[i + 1]!);
    else context.moveTo(path[i]!, path[i + 1]!);
  }
}

function paintBand(context: Pen, { x, y, left, right }: Frame, drawn: Drawn, colour: string): void {
  const high = pathOf(drawn.x, drawn.high!, x, y, left, right);
  const low = pathOf(drawn.x, drawn.low!, x, y, left, right);
  const back = new Float32Array(low.length);
  for (let i = 0; i < low.length; i += 2) {
    back[i] = low[low.length - 2 - i]!;
    back[i + 1] = low[low.length - 1 - i]!;
  }
  context.globalAlpha = BAND;
  context.fillStyle = colour;
  context.beginPath();
  trace(context, high, false);
  trace(context, back, true);
  context.fill();
  context.globalAlpha = 1;
}

/** Dots at evaluations, with their intervals if there are only a few lines. */
function paintPoints(
  context: Pen,
  { x, y, left, right }: Frame,
  { x: xs, y: ys, low, high }: Drawn,
  colour: string,
  lines: number,
): void {
  const first = Math.max(0, lowerBound(xs, (left - x.offset) / x.scale));
  const last = Math.min(xs.length - 1, lowerBound(xs, (right - x.offset) / x.scale));
  if ((last - first + 1) * lines > MOST_DOTS) return;
  for (let i = first; i <= last; i++) {
    if (!Number.isFinite(ys[i])) continue;
    const at = x.offset + x.scale * xs[i]!;
    if (low && high && lines <= 3) {
      context.globalAlpha = 0.5;
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(at, y(low[i]!));
      context.lineTo(at, y(high[i]!));
      context.stroke();
      context.globalAlpha = 1;
    }
    paintDot(context, at, y(ys[i]!), colour, 2.2);
  }
}

function paintDot(context: Pen, x: number, y: number, colour: string, radius: number): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

// Paints a matrix on a canvas: each pixel is the exact mean of its weights. Strips beside it show z per row and column.

import type { BitMatrix } from "../../src/mask/bits.ts";
import { type SummedAreas, summedAreas, type Window } from "../../src/mask/grid.ts";
import { brightness, css, ground, mix, type Rgb, zColour } from "./colours.ts";
import { type Order, orderOf, reordered } from "./order.ts";
import { colourBoxes } from "./pixels.ts";

/** A set of weights and its colour. */
export interface Overlay {
  readonly bits: BitMatrix;
  readonly colour: Rgb;
}

/** The content of a matrix's picture. */
export interface MatrixData {
  readonly rows: number;
  readonly columns: number;
  /** Disjoint sets; weights in none of them get the editor's background. */
  readonly overlays: readonly Overlay[];
  /** z of each line; null: no strip. */
  readonly rowZ: ArrayLike<number> | null;
  readonly columnZ: ArrayLike<number> | null;
  /** Rows or columns per attention head, for the dividers between heads; 0: no dividers. */
  readonly rowBand: number;
  readonly columnBand: number;
}

export interface Orders {
  readonly rows: Order;
  readonly columns: Order;
}

export interface Weight {
  readonly row: number;
  readonly column: number;
}

/** The visible part of a matrix as displayed, and the pinned weight as its row and column in the unsorted matrix. */
export interface Place {
  readonly window: Window;
  readonly chosen: Weight | undefined;
}

/** A matrix with its rows and columns in a given order, ready to be painted at any position. */
export interface Arrangement {
  readonly data: MatrixData;
  readonly orders: Orders;
  /** The row and column of the unsorted matrix at each displayed position. */
  readonly rowOrder: Uint32Array;
  readonly columnOrder: Uint32Array;
  readonly areas: readonly { readonly areas: SummedAreas; readonly colour: Rgb }[];
}

/** The shape of a matrix: with square weights, or stretched to the available width. */
export type Shape = "square" | "fill";

/** The position of the weights in the canvas, in CSS pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const STRIP = 14;
export const GAP = 4;
/** Space beside rows and above columns for the names of heads, in pixels. */
const NAMES = { beside: 46, above: 16 };
/** The minimum size of a matrix with square weights, in pixels; a very tall or wide matrix would be too thin otherwise. */
const LEAST = { width: 240, height: 80 };
/** Space for the detail line below a matrix, in pixels. */
const BELOW = 90;
/** Grid lines are drawn between weights that are at least this large, in pixels. */
const GRID_FROM = 6;

export function arranged(data: MatrixData, orders: Orders): Arrangement {
  const { rows, columns, rowZ, columnZ, overlays, rowBand, columnBand } = data;
  const rowOrder = orderOf(rowZ, rows, orders.rows, rowBand);
  const columnOrder = orderOf(columnZ, columns, orders.columns, columnBand);
  const isPlain = orders.rows === "own" && orders.columns === "own";
  const areas = overlays.map(({ bits, colour }) => ({
    areas: summedAreas(isPlain ? bits : reordered(bits, rowOrder, columnOrder)),
    colour,
  }));
  return { data, orders, rowOrder, columnOrder, areas };
}

/** The displayed position of a weight. */
export const shownAt = ({ rowOrder, columnOrder }: Arrangement, { row, column }: Weight): Weight => ({
  row: rowOrder.indexOf(row),
  column: columnOrder.indexOf(column),
});

/** The weight at a displayed position, as its row and column in the unsorted matrix. */
export const weightAt = ({ rowOrder, columnOrder }: Arrangement, { row, column }: Weight): Weight => ({
  row: rowOrder[row]!,
  column: columnOrder[column]!,
});

export class MatrixPainter {
  /** The position of the weights in the canvas when last painted. */
  frame: Frame = { left: 0, top: 0, width: 1, height: 1 };
  /** The pixels of the weights, reused as long as the picture's size stays the same. */
  #image: ImageData | undefined;

  /** Paints the matrix at most `room` CSS pixels wide; `named`: whether to leave space for the names of its heads. */
  paint(
    canvas: HTMLCanvasElement,
    room: number,
    arrangement: Arrangement,
    place: Place,
    shape: Shape,
    named: boolean,
  ): void {
    const { data, orders } = arrangement;
    const { rowZ, columnZ, rowBand, columnBand } = data;
    const ratio = Math.max(1, globalThis.devicePixelRatio);
    const frame = layOut(canvas, room, data, shape, named);
    this.frame = frame;
    const outer = { width: frame.left + frame.width + (rowZ ? STRIP + GAP : 0), height: frame.top + frame.height };
    const [deviceWidth, deviceHeight] = [Math.round(outer.width * ratio), Math.round(outer.height * ratio)];
    if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) {
      canvas.width = deviceWidth;
      canvas.height = deviceHeight;
      canvas.style.width = `${outer.width}px`;
      canvas.style.height = `${outer.height}px`;
    }
    const context = canvas.getContext("2d")!;
    context.clearRect(0, 0, deviceWidth, deviceHeight);
    const { window } = place;
    const { top, left, bottom, right } = window;

    // 1. The weights: each pixel is the mean colour of its box.
    const width = Math.round(frame.width * ratio);
    const height = Math.round(frame.height * ratio);
    if (this.#image?.width !== width || this.#image.height !== height)
      this.#image = context.createImageData(width, height);
    const image = this.#image;
    const background = ground();
    colourBoxes(new Uint32Array(image.data.buffer), arrangement.areas, background, window, height, width);
    context.putImageData(image, Math.round(frame.left * ratio), Math.round(frame.top * ratio));

    // 2. Lines between weights if the weights are large enough, and between attention heads unless sorted by z.
    context.save();
    context.scale(ratio, ratio);
    context.translate(frame.left, frame.top);
    const [cellWidth, cellHeight] = [frame.width / (right - left), frame.height / (bottom - top)];
    const line = css(mix(background, brightness() === "dark" ? [255, 255, 255] : [0, 0, 0], 0.35));
    context.strokeStyle = line;
    const lines = (every: number, from: number, to: number, size: number, vertical: boolean) => {
      context.beginPath();
      for (let at = Math.ceil(from / every) * every; at <= to; at += every) {
        const place = Math.round((at - from) * size) + 0.5;
        context.moveTo(vertical ? place : 0, vertical ? 0 : place);
        context.lineTo(vertical ? place : frame.width, vertical ? frame.height : place);
      }
      context.stroke();
    };
    context.lineWidth = 0.5;
    if (cellWidth >= GRID_FROM && cellHeight >= GRID_FROM) {
      lines(1, left, right, cellWidth, true);
      lines(1, top, bottom, cellHeight, false);
    }
    context.lineWidth = 1;
    if (rowBand && orders.rows !== "z") lines(rowBand, top, bottom, cellHeight, false);
    if (columnBand && orders.columns !== "z") lines(columnBand, left, right, cellWidth, true);

    // 3. Strips of z: each pixel is the mean of its rows or columns.
    const { rowOrder, columnOrder } = arrangement;
    if (columnZ) strip(context, columnZ, columnOrder, left, right, frame.width, (at) => [at, -STRIP - GAP, 1, STRIP]);
    if (rowZ) strip(context, rowZ, rowOrder, top, bottom, frame.height, (at) => [frame.width + GAP, at, STRIP, 1]);
    context.restore();
    this.paintPinned(canvas, arrangement, place);
  }

  /** Paints a frame around the pinned weight, so that it is visible at any zoom. */
  paintPinned(canvas: HTMLCanvasElement, arrangement: Arrangement, { window, chosen }: Place): void {
    if (!chosen) return;
    const context = canvas.getContext("2d")!;
    const ratio = Math.max(1, globalThis.devicePixelRatio);
    const { left, top, width, height } = this.frame;
    const [cellWidth, cellHeight] = [width / (window.right - window.left), height / (window.bottom - window.top)];
    const { row, column } = shownAt(arrangement, chosen);
    const [x, y] = [left + (column - window.left) * cellWidth, top + (row - window.top) * cellHeight];
    context.save();
    context.scale(ratio, ratio);
    context.lineWidth = 2;
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--vscode-foreground");
    context.strokeRect(x - 3, y - 3, cellWidth + 6, cellHeight + 6);
    context.restore();
  }
}

function layOut(
  canvas: HTMLCanvasElement,
  room: number,
  { rows, columns, rowZ, columnZ, rowBand, columnBand }: MatrixData,
  shape: Shape,
  named: boolean,
): Frame {
  const left = named && rowBand ? NAMES.beside : 0;
  const top = (columnZ ? STRIP + GAP : 0) + (named && columnBand ? NAMES.above : 0);
  const most = Math.max(80, room - left - (rowZ ? STRIP + GAP : 0));
  const under = canvas.getBoundingClientRect().top + window.scrollY + BELOW;
  const tallest = Math.max(240, window.innerHeight - under);
  const frame = (width: number, height: number) => ({
    left,
    top,
    width: Math.floor(width),
    height: Math.floor(height),
  });
  // Tall enough for square weights or one pixel per row, but no taller than the window allows.
  if (shape === "fill") return frame(most, Math.min(Math.max(160, rows, (most * rows) / columns), tallest));
  const width = Math.min(most, Math.max(LEAST.width, (tallest * columns) / rows));
  return frame(width, Math.max(LEAST.height, (width * rows) / columns));
}

function strip(
  context: CanvasRenderingContext2D,
  z: ArrayLike<number>,
  order: Uint32Array,
  from: number,
  to: number,
  pixels: number,
  place: (at: number) => [number, number, number, number],
): void {
  const mode = brightness();
  for (let at = 0; at < pixels; at++) {
    const first = Math.floor(from + ((to - from) * at) / pixels);
    const last = Math.max(first + 1, Math.floor(from + ((to - from) * (at + 1)) / pixels));
    let [sum, count] = [0, 0];
    for (let i = first; i < last && i < order.length; i++) {
      const value = z[order[i]!]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    context.fillStyle = css(zColour(count ? sum / count : 0, mode));
    context.fillRect(...place(at));
  }
}

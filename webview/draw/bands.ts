// The attention heads of a matrix: draws their names beside their rows or columns, and dims all but the highlighted one.

import type { Window } from "../../src/mask/grid.ts";
import { css, ground } from "./colours.ts";
import { headName } from "./layers.ts";
import { type Arrangement, type Frame, GAP, STRIP } from "./matrix-painter.ts";

export interface Bands {
  readonly layer: number;
  /** The highlighted head; null: none. */
  readonly head: number | null;
}

/** The opacity of the cover over other heads. */
const DIMMED = 0.78;
/** The minimum distance between names, in pixels; if heads are closer, only some names are shown. */
const APART = 12;

/** The lines (rows or columns) along one side of a matrix, as displayed. */
interface Side {
  /** Lines per head; 0: this side is not divided into heads. */
  readonly band: number;
  readonly order: Uint32Array;
  /** Whether the lines of each head are adjacent. */
  readonly together: boolean;
  /** The first visible line, and the one after the last; a fraction means that part of a line is visible. */
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
}

/** Whether any of the head's lines is visible. */
export const isHeadShown = (arrangement: Arrangement, window: Window, head: number): boolean =>
  sidesOf(arrangement, window, { width: 1, height: 1 }).some(
    ({ band, order, from, to }) =>
      band > 0 && order.subarray(Math.floor(from), Math.ceil(to)).some((line) => Math.floor(line / band) === head),
  );

/** Paints the heads' names over a matrix that has just been painted, and dims all heads but the highlighted one. */
export function paintBands(
  canvas: HTMLCanvasElement,
  frame: Frame,
  arrangement: Arrangement,
  window: Window,
  { layer, head }: Bands,
): void {
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  const [strong, faint] = ["--vscode-foreground", "--vscode-descriptionForeground"].map((name) =>
    style.getPropertyValue(name),
  );
  const ratio = Math.max(1, globalThis.devicePixelRatio);
  context.save();
  context.scale(ratio, ratio);
  context.translate(frame.left, frame.top);
  const [rows, columns] = sidesOf(arrangement, window, frame);
  for (const side of [rows, columns]) {
    if (!side.band) continue;
    const isRows = side === rows;
    /** Fills a box: `size` pixels along the side and `depth` across, `start` pixels from the matrix's edge. */
    const box = (at: number, size: number, start: number, depth: number) =>
      isRows ? context.fillRect(start, at, depth, size) : context.fillRect(at, start, size, depth);
    if (head !== null) {
      const edge = isRows ? -GAP : -GAP / 2 - (arrangement.data.columnZ ? STRIP + GAP : 0);
      for (let at = 0; at < side.pixels; at++) {
        const share = shareOf(side, head, at);
        context.fillStyle = css(ground());
        context.globalAlpha = DIMMED * (1 - share);
        box(at, 1, 0, isRows ? frame.width : frame.height);
        context.fillStyle = strong!;
        context.globalAlpha = share;
        box(at, 1, edge, 2);
      }
      context.globalAlpha = 1;
    }
    context.textBaseline = isRows ? "middle" : "alphabetic";
    context.textAlign = isRows ? "right" : "center";
    for (const { at, of } of namesOf(side, head, isRows ? APART : 3 * APART)) {
      context.fillStyle = of === head ? strong! : faint!;
      context.font = `${of === head ? "bold " : ""}11px ${style.fontFamily}`;
      const up = arrangement.data.columnZ ? STRIP + GAP : 0;
      context.fillText(headName({ layer, head: of }), isRows ? -7 : at, isRows ? at : -up - 5);
    }
  }
  context.restore();
}

function sidesOf(
  { data, orders, rowOrder, columnOrder }: Arrangement,
  { top, left, bottom, right }: Window,
  { width, height }: Pick<Frame, "width" | "height">,
): [rows: Side, columns: Side] {
  return [
    { band: data.rowBand, order: rowOrder, together: orders.rows !== "z", from: top, to: bottom, pixels: height },
    {
      band: data.columnBand,
      order: columnOrder,
      together: orders.columns !== "z",
      from: left,
      to: right,
      pixels: width,
    },
  ];
}

/** The fraction of the lines under a pixel that belong to a head. */
function shareOf({ band, order, from, to, pixels }: Side, head: number, at: number): number {
  const perPixel = (to - from) / pixels;
  if (perPixel < 1) return Math.floor(order[Math.floor(from + perPixel * (at + 0.5))]! / band) === head ? 1 : 0;
  const first = Math.floor(from + perPixel * at);
  const last = Math.max(first + 1, Math.floor(from + perPixel * (at + 1)));
  const lines = order.subarray(first, last);
  return lines.length ? lines.filter((line) => Math.floor(line / band) === head).length / lines.length : 0;
}

/** The names to paint if each head's lines are adjacent; some are left out to avoid overlaps. */
function namesOf({ band, order, together, from, to, pixels }: Side, head: number | null, apart: number) {
  if (!together) return [];
  const size = pixels / (to - from);
  const every = Math.max(1, Math.ceil(apart / (band * size)));
  return Array.from({ length: Math.floor(order.length / band) }, (_, i) => {
    const [start, end] = [Math.max(from, i * band), Math.min(to, (i + 1) * band)];
    return { i, of: Math.floor(order[i * band]! / band), at: ((start + end) / 2 - from) * size, room: end - start };
  }).filter(({ i, of, room }, _, all) => {
    if (room * size < Math.min(6, band * size)) return false;
    if (of === head) return true;
    const chosen = all.find((one) => one.of === head)?.i ?? -every;
    return i % every === 0 && Math.abs(chosen - i) >= every;
  });
}

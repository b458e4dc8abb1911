// Enlarges individual weights where many share a pixel, so that each is visible.

import { useLayoutEffect, useState } from "preact/hooks";
import { type BitMatrix, bitAt, emptyBits } from "../../src/mask/bits.ts";
import type { Window } from "../../src/mask/grid.ts";
import type { Orders } from "../draw/matrix-painter.ts";
import { orderOf, reordered } from "../draw/order.ts";
import { usePart } from "../ui/host.ts";

/** How far an enlarged weight extends to each side, in weights. */
export interface Reach {
  readonly down: number;
  readonly across: number;
}

/** With at most this many weights per pixel along an axis, every weight covers at least one whole pixel. */
const MANY = 0.5;

/** Far enough to cover every pixel that contains the weight, and at least three pixels. */
const reachOf = (perPixel: number): number => (perPixel > MANY ? Math.ceil(1.5 * perPixel) : 0);

/**
 * How far weights of the matrix `name`, which `element` contains, must extend to be visible at its zoom; 0 if they already
 * are. `view` changes whenever the element gets a different canvas.
 */
export function useReach(
  element: { readonly current: HTMLElement | null },
  name: string,
  view: string,
  bits: BitMatrix,
): Reach {
  const whole: Window = { top: 0, left: 0, bottom: bits.rows, right: bits.columns };
  const [{ window }] = usePart<{ readonly window: Window }>(`place ${name}`, { window: whole }); // shared with the matrix
  const [size, resize] = useState({ width: bits.columns, height: bits.rows });
  useLayoutEffect(() => {
    const canvas = element.current?.querySelector("canvas.view");
    if (!canvas) return;
    const measure = () => resize({ width: canvas.clientWidth, height: canvas.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(canvas);
    return () => observer.disconnect();
  }, [name, view]);
  return {
    down: reachOf((window.bottom - window.top) / Math.max(1, size.height)),
    across: reachOf((window.right - window.left) / Math.max(1, size.width)),
  };
}

interface Sorted {
  readonly orders: Orders;
  readonly rowZ: ArrayLike<number> | null;
  readonly columnZ: ArrayLike<number> | null;
  readonly rowBand: number;
  readonly columnBand: number;
}

/** All weights within reach of any of `bits`, measured in the displayed order of rows and columns. */
export function enlarged(
  bits: BitMatrix,
  reach: Reach,
  { orders, rowZ, columnZ, rowBand, columnBand }: Sorted,
): BitMatrix {
  if (!reach.down && !reach.across) return bits;
  if (orders.rows === "own" && orders.columns === "own") return grown(bits, reach);
  const rows = orderOf(rowZ, bits.rows, orders.rows, rowBand);
  const columns = orderOf(columnZ, bits.columns, orders.columns, columnBand);
  return reordered(grown(reordered(bits, rows, columns), reach), inverse(rows), inverse(columns));
}

function inverse(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (const [place, line] of order.entries()) places[line] = place;
  return places;
}

/** Extends the bits along the rows, then along the columns. */
export function grown(bits: BitMatrix, { down, across }: Reach): BitMatrix {
  const { rows, columns, stride } = bits;
  const wide = emptyBits(rows, columns);
  for (let row = 0; row < rows; row++) {
    let end = 0; // where the bits already set in this row end
    for (let column = 0; column < columns; column++) {
      if (!bitAt(bits, row, column)) continue;
      const from = Math.max(end, column - across);
      end = Math.min(columns, column + across + 1);
      for (let c = from; c < end; c++) wide.bytes[row * stride + (c >> 3)]! |= 1 << (c & 7);
    }
  }
  const tall = emptyBits(rows, columns);
  for (let row = 0; row < rows; row++)
    for (let from = Math.max(0, row - down); from <= Math.min(rows - 1, row + down); from++)
      for (let byte = 0; byte < stride; byte++) tall.bytes[row * stride + byte]! |= wide.bytes[from * stride + byte]!;
  return tall;
}

// Zooms and pans the visible part of a matrix, within its edges.

import type { Window } from "../../src/mask/grid.ts";

/** The window scaled by `factor` around `at` (in fractions of its size); within the matrix, at least 8 × 8 weights. */
export function zoomed(
  window: Window,
  factor: number,
  at: { x: number; y: number },
  rows: number,
  columns: number,
): Window {
  const height = Math.min(rows, Math.max(8, (window.bottom - window.top) * factor));
  const width = Math.min(columns, Math.max(8, (window.right - window.left) * factor));
  const y = window.top + (window.bottom - window.top) * at.y - height * at.y;
  const x = window.left + (window.right - window.left) * at.x - width * at.x;
  return moved({ top: y, left: x, bottom: y + height, right: x + width }, 0, 0, rows, columns);
}

/** The window moved down and right by these numbers of weights, stopping at the matrix's edges. */
export function moved(window: Window, down: number, right: number, rows: number, columns: number): Window {
  const height = window.bottom - window.top;
  const width = window.right - window.left;
  const top = Math.min(rows - height, Math.max(0, window.top + down));
  const left = Math.min(columns - width, Math.max(0, window.left + right));
  return { top, left, bottom: top + height, right: left + width };
}

// What a curve looks like in pixels: of the points in one column of pixels, only the first, the lowest, the highest and
// the last are drawn, so that a curve of any length takes as long to draw as the picture is wide. Pure.

/** Maps a value to a position in pixels, linearly: position = offset + scale · value. */
export interface Scale {
  readonly offset: number;
  readonly scale: number;
}

/** Positions to connect, as x, y, x, y … */
export type Path = Float32Array;

/**
 * The path of a curve between `left` and `right` (in pixels), and to one point beyond each. Points without a finite y
 * are skipped. `y` maps values to positions.
 */
export function pathOf(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  { offset, scale }: Scale,
  y: (value: number) => number,
  left: number,
  right: number,
): Path {
  const first = Math.max(0, lowerBound(xs, (left - offset) / scale) - 1);
  const last = Math.min(xs.length - 1, lowerBound(xs, (right - offset) / scale));
  const path = new Float32Array(2 * Math.min(last - first + 1, 4 * (Math.ceil(right - left) + 3)));
  let size = 0;
  const add = (index: number) => {
    path[size++] = offset + scale * xs[index]!;
    path[size++] = y(ys[index]!);
  };
  if (last - first + 1 <= 2 * (right - left)) {
    for (let i = first; i <= last; i++) if (Number.isFinite(ys[i])) add(i);
    return path.subarray(0, size);
  }
  let column = Number.NaN;
  let [start, low, high, end] = [-1, -1, -1, -1];
  const flush = () => {
    if (start < 0) return;
    // In the order of the points, each once.
    const [a, b] = low < high ? [low, high] : [high, low];
    add(start);
    if (a !== start) add(a);
    if (b !== a && b !== start) add(b);
    if (end !== b && end !== a && end !== start) add(end);
  };
  for (let i = first; i <= last; i++) {
    const value = ys[i]!;
    if (!Number.isFinite(value)) continue;
    // The points beyond the edges have columns of their own.
    const at = Math.max(left - 1, Math.min(right + 1, Math.floor(offset + scale * xs[i]!)));
    if (at !== column) {
      flush();
      column = at;
      start = low = high = i;
    }
    if (value < ys[low]!) low = i;
    if (value > ys[high]!) high = i;
    end = i;
  }
  flush();
  return path.subarray(0, size);
}

/** The index of the first x that is at least `x`; the length if there is none. */
export function lowerBound(xs: ArrayLike<number>, x: number): number {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The least and greatest finite values with x in [from, to], and one point beyond each end; undefined if there are none. */
export function extentOf(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  from: number,
  to: number,
): readonly [number, number] | undefined {
  const first = Math.max(0, lowerBound(xs, from) - 1);
  const last = Math.min(xs.length - 1, lowerBound(xs, to));
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = first; i <= last; i++) {
    const value = ys[i]!;
    if (value < low) low = value;
    if (value > high && value < Number.POSITIVE_INFINITY) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

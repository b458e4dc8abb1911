// The visible part of the x axis of the overlay: zooming and panning, within the data. Pure.

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The smallest visible share of the axis. */
const LEAST = 1 / 2000;

/** Scaled by `factor` around `at`; within `whole`. */
export function zoomed({ from, to }: Range, factor: number, at: number, whole: Range): Range {
  const most = whole.to - whole.from;
  const width = Math.min(most, Math.max(most * LEAST, (to - from) * factor));
  const share = to > from ? (at - from) / (to - from) : 0.5;
  return panned({ from: at - share * width, to: at + (1 - share) * width }, 0, whole);
}

/** Moved by `by`, stopping at the ends of `whole`. */
export function panned({ from, to }: Range, by: number, whole: Range): Range {
  const width = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(whole.to - width, Math.max(whole.from, from + by));
  return { from: start, to: start + width };
}

/** A range that was kept, as far as it is within `whole`; `whole` if it is not. */
export function within(range: Range | null, whole: Range): Range {
  if (!range || !(range.to > range.from) || range.from >= whole.to || range.to <= whole.from) return whole;
  return panned(range, 0, whole);
}

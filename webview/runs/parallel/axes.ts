// The axes of parallel coordinates: where the values of a column are on an axis from 0 (bottom) to 1 (top). Pure.

import { compared, type Value } from "../filter.ts";

export interface Axis {
  readonly kind: "number" | "log" | "values";
  /** The position of a value; undefined if the axis has no place for it. */
  readonly placeOf: (value: Value) => number | undefined;
  /** Labelled values, from the bottom to the top. */
  readonly ticks: readonly { readonly value: Value; readonly place: number }[];
}

/** A part of an axis, by the positions of its ends. */
export interface Brush {
  readonly low: number;
  readonly high: number;
}

/** With a ratio of at least this between the greatest and the least value, an axis of positive numbers is logarithmic. */
const LOG_RATIO = 50;
/** With more different values than this, not all of them are labelled. */
const MOST_TICKS = 8;

/** The axis of these values. Numbers are placed by value, anything else in order with equal distances. */
export function axisOf(values: readonly Value[]): Axis {
  const known = [...new Set(values)].filter((value) => value !== null).sort((a, b) => compared(a, b, true));
  const areNumbers = known.length > 1 && known.every((value): value is number => Number.isFinite(value));
  if (!areNumbers) {
    const places = new Map<Value, number>(
      known.map((value, i) => [value, known.length > 1 ? i / (known.length - 1) : 0.5]),
    );
    return {
      kind: "values",
      placeOf: (value) => places.get(value),
      ticks: thinned(known, (value) => places.get(value)!),
    };
  }
  const numbers = known as number[];
  const [low, high] = [numbers[0]!, numbers.at(-1)!];
  const isLog = low > 0 && high / low >= LOG_RATIO;
  const at = isLog ? Math.log : (value: number) => value;
  const placeOf = (value: number) => (at(value) - at(low)) / (at(high) - at(low));
  return {
    kind: isLog ? "log" : "number",
    placeOf: (value) => (typeof value === "number" && Number.isFinite(value) ? placeOf(value) : undefined),
    ticks: thinned(numbers, placeOf),
  };
}

/** All values, or the lowest, the highest and some between, at least an eighth of the axis apart. */
function thinned<V extends Value>(values: readonly V[], placeOf: (value: V) => number): Axis["ticks"] {
  const all = values.map((value) => ({ value, place: placeOf(value) }));
  const last = all.at(-1);
  let before = Number.NEGATIVE_INFINITY;
  return all.filter((tick) => {
    const fits = tick.place - before >= 1 / MOST_TICKS && (tick === last || last!.place - tick.place >= 1 / MOST_TICKS);
    if (!fits && tick !== last) return false;
    before = tick.place;
    return true;
  });
}

/** Whether a position is within a brush. */
export const isWithin = (place: number | undefined, brush: Brush | undefined): boolean =>
  !brush || (place !== undefined && place >= brush.low - 1e-9 && place <= brush.high + 1e-9);

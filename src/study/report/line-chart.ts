// Curves in a report's figure: one or more series of points over a common axis.

import { markOf } from "./marks.ts";
import { at, LETTER, svg, text } from "./svg.ts";

export interface Series {
  readonly name: string;
  /** In the order in which they are connected. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly deviation: number | null }[];
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  /** The text of a value of x. */
  tick(x: number): string;
}

const PLOT = { width: 420, height: 220, left: 56, top: 12 };
const LINE = 18;

/** Values over x, in percent or another unit of `axes.y`, with bars of one standard deviation to both sides. */
export function lineChart(series: readonly Series[], axes: Axes, alt: string): string {
  const points = series.flatMap((one) => one.points);
  const { width, height, left, top } = PLOT;
  const scaleX = scaled(
    points.map(({ x }) => x),
    left + 10,
    left + width - 10,
  );
  const reach = points.flatMap(({ y, deviation }) => [y - (deviation ?? 0), y + (deviation ?? 0)]);
  const scaleY = scaled(reach, top + height - 10, top + 10);
  const bottom = top + height;
  const body = series.flatMap(({ name, points: own }, i) => {
    const { look, steps, colour } = markOf(i);
    const mark = (x: number, y: number) => `<path d="M${at(x)} ${at(y)}${steps}" ${look}/>`;
    const path = own.map(({ x, y }, j) => `${j ? "L" : "M"}${at(scaleX(x))} ${at(scaleY(y))}`).join("");
    const legend = bottom + 46 + i * LINE;
    return [
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
      ...own.flatMap(({ x, y, deviation }) => [
        ...(deviation
          ? [
              `<path d="M${at(scaleX(x))} ${at(scaleY(y - deviation))}V${at(scaleY(y + deviation))}" stroke="${colour}"/>`,
            ]
          : []),
        mark(scaleX(x), scaleY(y)),
      ]),
      mark(left + 6, legend - 4),
      text(left + 16, legend, name),
    ];
  });
  const ticks = spaced(
    [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b),
    scaleX,
    axes.tick,
  );
  const [low, high] = [Math.min(...reach), Math.max(...reach)];
  const frame = [
    `<line x1="${left}" x2="${left + width}" y1="${bottom}" y2="${bottom}"/>`,
    `<line x1="${left}" x2="${left}" y1="${top}" y2="${bottom}"/>`,
    ...ticks.map((x) => text(scaleX(x), bottom + 15, axes.tick(x), "middle")),
    text(left + width / 2, bottom + 30, axes.x, "middle"),
    ...(high > low ? [text(left - 4, scaleY(high) + 4, at(high), "end")] : []),
    text(left - 4, scaleY(low) + 4, at(low), "end"),
    text(0, 0, axes.y, "middle", ` transform="translate(12,${at(top + height / 2)}) rotate(-90)"`),
  ];
  const longest = Math.max(...series.map(({ name }) => name.length)) * LETTER + left + 24;
  return svg(Math.max(left + width + 12, longest), bottom + 46 + series.length * LINE, alt, [...frame, ...body]);
}

/** Maps values linearly from their range to `from` … `to`; to the middle if they are all the same. */
function scaled(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value) => (high > low ? from + ((value - low) / (high - low)) * (to - from) : (from + to) / 2);
}

/** Those ticks whose texts do not touch. */
function spaced(values: readonly number[], scale: (x: number) => number, textOf: (x: number) => string): number[] {
  let free = Number.NEGATIVE_INFINITY;
  return values.filter((x) => {
    const half = textOf(x).length * 3.5 + 2;
    if (scale(x) - half < free) return false;
    free = scale(x) + half;
    return true;
  });
}

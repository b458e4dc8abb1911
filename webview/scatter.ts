// Points of two numbers on one scale for both axes, with the diagonal.

import { svg, ticks } from "./chart.ts";

const SIZE = 320;
const EDGE = 34;

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** `onPoint` gets a point's text when the pointer is over it. */
export function scatter(
  points: readonly Point[],
  xTitle: string,
  yTitle: string,
  onPoint: (text: string) => void,
): Element {
  const values = points.flatMap(({ x, y }) => [x, y]);
  const end = Math.max(1, ...values.map(Math.abs)) * 1.08;
  const inner = SIZE - 2 * EDGE;
  const x = (value: number) => EDGE + ((value + end) / (2 * end)) * inner;
  const y = (value: number) => SIZE - x(value);
  const picture = svg("svg", {
    ...{ class: "chart scatter", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": `${xTitle}, ${yTitle}` },
  });
  for (const value of ticks(-end, end, 4).filter((tick) => Math.abs(tick) <= end)) {
    picture.append(
      svg("line", { class: "axis", x1: x(value), x2: x(value), y1: EDGE, y2: SIZE - EDGE }),
      svg("line", { class: "axis", x1: EDGE, x2: SIZE - EDGE, y1: y(value), y2: y(value) }),
      svg("text", { x: x(value), y: SIZE - EDGE + 14, "text-anchor": "middle" }, String(value)),
      svg("text", { x: EDGE - 5, y: y(value) + 4, "text-anchor": "end" }, String(value)),
    );
  }
  picture.append(
    svg("line", { class: "axis diagonal", x1: x(-end), y1: y(-end), x2: x(end), y2: y(end) }),
    svg("text", { x: SIZE / 2, y: SIZE - 4, "text-anchor": "middle" }, xTitle),
    svg("text", { x: 10, y: SIZE / 2, "text-anchor": "middle", transform: `rotate(-90 10 ${SIZE / 2})` }, yTitle),
  );
  for (const point of points) {
    const dot = svg("circle", { class: "dot", cx: x(point.x), cy: y(point.y), r: 3.5 });
    dot.addEventListener("pointerenter", () => onPoint(point.text));
    picture.append(dot);
  }
  return picture;
}

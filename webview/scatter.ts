// Points of two numbers on one scale for both axes, with the diagonal.

import { ticks } from "./chart.ts";

const SVG = "http://www.w3.org/2000/svg";
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
  const make = (tag: string, attributes: Readonly<Record<string, string | number>>, text = "") => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.textContent = text;
    return element;
  };
  const svg = make("svg", {
    ...{ class: "chart scatter", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": `${xTitle}, ${yTitle}` },
  });
  for (const value of ticks(-end, end, 4).filter((tick) => Math.abs(tick) <= end)) {
    svg.append(
      make("line", { class: "axis", x1: x(value), x2: x(value), y1: EDGE, y2: SIZE - EDGE }),
      make("line", { class: "axis", x1: EDGE, x2: SIZE - EDGE, y1: y(value), y2: y(value) }),
      make("text", { x: x(value), y: SIZE - EDGE + 14, "text-anchor": "middle" }, String(value)),
      make("text", { x: EDGE - 5, y: y(value) + 4, "text-anchor": "end" }, String(value)),
    );
  }
  svg.append(
    make("line", { class: "axis diagonal", x1: x(-end), y1: y(-end), x2: x(end), y2: y(end) }),
    make("text", { x: SIZE / 2, y: SIZE - 4, "text-anchor": "middle" }, xTitle),
    make("text", { x: 10, y: SIZE / 2, "text-anchor": "middle", transform: `rotate(-90 10 ${SIZE / 2})` }, yTitle),
  );
  for (const point of points) {
    const dot = make("circle", { class: "dot", cx: x(point.x), cy: y(point.y), r: 3.5 });
    dot.addEventListener("pointerenter", () => onPoint(point.text));
    svg.append(dot);
  }
  return svg;
}

// A scatter plot with the same scale on both axes and the diagonal; the pointer or arrow keys move between points.

import { fixed } from "../ui/numbers.ts";
import { svg, ticks } from "./chart.ts";
import type { Detail } from "./detail.ts";
import { pointAt } from "./point.ts";

const SIZE = 340;
const EDGE = { low: 48, high: 12 };
/** Distance within which the pointer selects a point, in the picture's own units. */
const NEAR = 14;

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Its detail text. */
  readonly text: string;
  /** Highlights all elements with this name. */
  readonly name: string;
}

export interface ScatterOptions {
  readonly label: string;
  readonly points: readonly Point[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly detail: Detail;
}

/** Left and right move by x, down and up by y; Home and End go to the ends by x, Escape clears the selection. */
export function scatter({ label, points, xTitle, yTitle, detail }: ScatterOptions): SVGSVGElement {
  const end = Math.max(1, ...points.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)])) * 1.08;
  const inner = SIZE - EDGE.low - EDGE.high;
  const x = (value: number) => EDGE.low + ((value + end) / (2 * end)) * inner;
  const y = (value: number) => SIZE - x(value);
  const picture = svg("svg", {
    ...{ class: "chart scatter", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", tabindex: 0, "aria-label": label },
  });
  const [near, far] = [EDGE.low, SIZE - EDGE.high];
  for (const value of ticks(-end, end, 4).filter((tick) => Math.abs(tick) <= end))
    picture.append(
      svg("line", { class: "axis", x1: x(value), x2: x(value), y1: EDGE.high, y2: SIZE - EDGE.low }),
      svg("line", { class: "axis", x1: near, x2: far, y1: y(value), y2: y(value) }),
      svg("text", { x: x(value), y: SIZE - EDGE.low + 15, "text-anchor": "middle" }, fixed(value, 0)),
      svg("text", { x: near - 6, y: y(value) + 4, "text-anchor": "end" }, fixed(value, 0)),
    );
  const middle = (near + far) / 2;
  picture.append(
    svg("line", { class: "axis diagonal", x1: x(-end), y1: y(-end), x2: x(end), y2: y(end) }),
    svg("text", { x: middle, y: SIZE - 12, "text-anchor": "middle" }, xTitle),
    svg(
      "text",
      { x: 12, y: SIZE - middle, "text-anchor": "middle", transform: `rotate(-90 12 ${SIZE - middle})` },
      yTitle,
    ),
    ...points.map(({ name, ...point }) =>
      svg("circle", { class: "dot", cx: x(point.x), cy: y(point.y), r: 3.5, "data-name": name }),
    ),
  );

  const ring = svg("circle", { class: "ring", r: 7, visibility: "hidden" });
  picture.append(ring);
  let at: Point | undefined;
  const go = (point: Point | undefined) => {
    at = point;
    pointAt(point?.name);
    ring.setAttribute("visibility", point ? "visible" : "hidden");
    if (!point) return;
    ring.setAttribute("cx", String(x(point.x)));
    ring.setAttribute("cy", String(y(point.y)));
    detail.say(point.text);
  };
  const byX = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const byY = [...points].sort((a, b) => a.y - b.y || a.x - b.x);
  const beside = (order: readonly Point[], step: number) => {
    const place = at ? order.indexOf(at) + step : 0;
    return order[Math.min(order.length - 1, Math.max(0, place))];
  };
  picture.addEventListener("keydown", (event) => {
    const moves: Readonly<Record<string, () => Point | undefined>> = {
      ArrowLeft: () => beside(byX, -1),
      ArrowRight: () => beside(byX, 1),
      ArrowDown: () => beside(byY, -1),
      ArrowUp: () => beside(byY, 1),
      Home: () => byX[0],
      End: () => byX.at(-1),
      Escape: () => undefined,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    go(move());
  });
  picture.addEventListener("pointermove", ({ clientX, clientY }) => {
    const box = picture.getBoundingClientRect();
    const [px, py] = [((clientX - box.left) / box.width) * SIZE, ((clientY - box.top) / box.height) * SIZE];
    const distance = (point: Point) => Math.hypot(x(point.x) - px, y(point.y) - py);
    const nearest = points.reduce<Point | undefined>(
      (best, point) => (distance(point) < (best ? distance(best) : NEAR) ? point : best),
      undefined,
    );
    if (nearest && nearest !== at) go(nearest);
  });
  return picture;
}

// A scatter plot with the same scale on both axes and the diagonal; the pointer or arrow keys move between points.

import { Fragment } from "preact";
import { useMemo, useState } from "preact/hooks";
import { fixed } from "../ui/numbers.ts";
import { ticks } from "./axes.ts";
import { type DetailStore, type Item, useItem } from "./detail.tsx";
import { pointAt, usePointed } from "./point.tsx";
import { EDGE, SIZE, Square } from "./square.tsx";

/** The distance within which the pointer selects a point, in SVG units. */
const NEAR = 14;

interface Point {
  readonly x: number;
  readonly y: number;
  /** The text for the detail line. */
  readonly text: string;
  /** Unique; selecting the point highlights all elements with this name. */
  readonly name: string;
}

interface ScatterProps {
  readonly label: string;
  readonly points: readonly Point[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly detail: DetailStore;
}

/** Left and right select the next point by x, down and up by y, Home and End the first and last by x; Escape none. */
export function Scatter({ label, points, xTitle, yTitle, detail }: ScatterProps) {
  const [name, select] = useState<string | undefined>(undefined);
  const at = points.find((point) => point.name === name);
  const scale = useMemo(() => scaleOf(points), [points]);
  // The selection moves more often than the points change, so the rest of the drawing is memoized.
  const drawing = useMemo(
    () => <Drawing points={points} scale={scale} xTitle={xTitle} yTitle={yTitle} detail={detail} />,
    [points, xTitle, yTitle, detail],
  );

  const go = (point: Point | undefined) => {
    select(point?.name);
    pointAt(point?.name);
    if (point) detail.say(itemOf(point));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const byX = points.toSorted((a, b) => a.x - b.x || a.y - b.y);
    const byY = points.toSorted((a, b) => a.y - b.y || a.x - b.x);
    const beside = (order: readonly Point[], step: number) => {
      const place = at ? order.indexOf(at) + step : 0;
      return order[Math.min(order.length - 1, Math.max(0, place))];
    };
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
  };
  const onPoint = (px: number, py: number) => {
    const distance = (point: Point) => Math.hypot(scale.x(point.x) - px, scale.y(point.y) - py);
    const nearest = points.reduce<Point | undefined>(
      (best, point) => (distance(point) < (best ? distance(best) : NEAR) ? point : best),
      undefined,
    );
    if (nearest && nearest !== at) go(nearest);
  };
  const ring = at && { x: scale.x(at.x), y: scale.y(at.y) };
  return (
    <Square label={label} ring={ring} onKeyDown={onKeyDown} onPoint={onPoint}>
      {drawing}
    </Square>
  );
}

const itemOf = ({ name, text }: Point): Item => ({ key: `point ${name}`, text });

interface Scale {
  /** Both axes range from −end to end. */
  readonly end: number;
  /** The position of a value in the picture. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function scaleOf(points: readonly Point[]): Scale {
  const end = Math.max(1, ...points.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)])) * 1.08;
  const inner = SIZE - EDGE.low - EDGE.high;
  const x = (value: number) => EDGE.low + ((value + end) / (2 * end)) * inner;
  return { end, x, y: (value) => SIZE - x(value) };
}

type DrawingProps = Pick<ScatterProps, "points" | "xTitle" | "yTitle" | "detail"> & { readonly scale: Scale };

/** Everything except the selection. */
function Drawing({ points, scale: { end, x, y }, xTitle, yTitle, detail }: DrawingProps) {
  const [near, far] = [EDGE.low, SIZE - EDGE.high];
  const middle = (near + far) / 2;
  return (
    <>
      {ticks(-end, end, 4)
        .filter((tick) => Math.abs(tick) <= end)
        .map((tick) => (
          <Fragment key={tick}>
            <line class="axis" x1={x(tick)} x2={x(tick)} y1={EDGE.high} y2={SIZE - EDGE.low} />
            <line class="axis" x1={near} x2={far} y1={y(tick)} y2={y(tick)} />
            <text x={x(tick)} y={SIZE - EDGE.low + 15} text-anchor="middle">
              {fixed(tick, 0)}
            </text>
            <text x={near - 6} y={y(tick) + 4} text-anchor="end">
              {fixed(tick, 0)}
            </text>
          </Fragment>
        ))}
      <line class="axis diagonal" x1={x(-end)} y1={y(-end)} x2={x(end)} y2={y(end)} />
      <text x={middle} y={SIZE - 12} text-anchor="middle">
        {xTitle}
      </text>
      <text x={12} y={SIZE - middle} text-anchor="middle" transform={`rotate(-90 12 ${SIZE - middle})`}>
        {yTitle}
      </text>
      {points.map((point) => (
        <Dot key={point.name} point={point} scale={{ end, x, y }} detail={detail} />
      ))}
    </>
  );
}

interface DotProps {
  readonly point: Point;
  readonly scale: Scale;
  readonly detail: DetailStore;
}

function Dot({ point, scale, detail }: DotProps) {
  const { name, x, y } = point;
  const isPointed = usePointed(name);
  useItem(detail, itemOf(point));
  return <circle class={isPointed ? "dot pointed" : "dot"} cx={scale.x(x)} cy={scale.y(y)} r={3.5} data-name={name} />;
}

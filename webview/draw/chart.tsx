// Line charts in SVG: axes with round numbers, and a cursor line (pointer or arrow keys) with a read-out of the values there.

import { Fragment } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { Toggles, useHidden } from "../ui/toggles.tsx";
import { spread, ticks } from "./axes.ts";
import { useWidth } from "./width.ts";

interface Point {
  readonly x: number;
  readonly y: number;
  /** The ends of the interval around y. */
  readonly low?: number;
  readonly high?: number;
  /** Whether this is the best point, which is drawn with a ring. */
  readonly best?: boolean;
}

export interface Series {
  readonly name: string;
  /** A CSS colour. */
  readonly colour: string;
  readonly points: readonly Point[];
  /** thin: in the background; marked: a dot at each point; banded: the intervals as an area behind the line. */
  readonly style?: "thin" | "marked" | "banded";
  /** A label at the end of the line. */
  readonly ending?: string;
}

export interface ChartData {
  readonly id: string;
  readonly title: string;
  readonly aside: string;
  readonly xTitle: string;
  readonly series: readonly Series[];
  /** The label of the legend, whose buttons show and hide the lines; undefined: no legend. */
  readonly legend?: string;
  /** The x axis extends at least this far, even if no point does yet. */
  readonly xEnd: number;
  readonly fromZero?: boolean;
  /** Factor for y in axis labels: 100 for %. */
  readonly scale: number;
  /** The text of the read-out for one of the data's x values. */
  readonly readOut: (x: number) => string;
}

const HEIGHT = 220;
const LEAST_WIDTH = 240;
const MARGIN = { top: 10, right: 14, bottom: 24 };
/** Between the labels of the y axis and the plot. */
const GAP = 7;
/** Space for the labels of the y axis: at least this, and more where they have more digits, each at most of this width. */
const LABELS = 39;
const DIGIT = 7;
/** Space for the labels at the ends of lines. */
const ENDING = 44;
const LINE_HEIGHT = 12;

interface ChartProps {
  readonly data: ChartData;
  /** The cursor's x: the nearest values are read out. undefined: no cursor, and the last values are read out. */
  readonly at: number | undefined;
  /** Called with the x value that the user moves the cursor to, or undefined when the cursor disappears. */
  readonly onRead: (x: number | undefined) => void;
}

/** A chart as wide as its container. */
export function Chart({ data: whole, at: asked, onRead }: ChartProps) {
  const { id, title, aside, legend, readOut } = whole;
  const [hidden, hide] = useHidden(id);
  const data = useMemo(() => without(hidden, whole), [hidden, whole]);
  const { series } = data;
  const picture = useRef<SVGSVGElement>(null);
  const width = useWidth(picture);
  const scales = useMemo(() => scalesOf(data, Math.max(LEAST_WIDTH, width)), [data, width]);
  // The cursor moves more often than the data change, so the rest of the drawing is memoized.
  const drawing = useMemo(() => width > 0 && <Drawing data={data} scales={scales} />, [data, scales]);
  const { xs } = scales;
  const at = asked === undefined ? undefined : nearest(xs, asked);
  const shown = at ?? xs.at(-1);

  const onPointerMove = ({ clientX, currentTarget }: PointerEvent & { readonly currentTarget: SVGSVGElement }) => {
    const box = currentTarget.getBoundingClientRect();
    onRead(nearest(xs, scales.xAt(((clientX - box.left) / box.width) * scales.width)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = xs.length - 1;
    const now = at === undefined ? last + 1 : xs.indexOf(at);
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onRead(xs[Math.min(last, Math.max(0, to))]);
  };
  return (
    <section class="chart figure">
      <h2 id={`${id}-title`}>
        {title} <span class="aside">{aside}</span>
      </h2>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the heading and the read-out are its title */}
      <svg
        ref={picture}
        id={id}
        class="chart"
        role="img"
        tabindex={0} // lower case: SVG attributes are case-sensitive
        aria-labelledby={`${id}-title ${id}-out`}
        viewBox={`0 0 ${scales.width} ${HEIGHT}`}
        height={HEIGHT}
        onPointerMove={onPointerMove}
        onPointerLeave={() => onRead(undefined)}
        onBlur={() => onRead(undefined)}
        onKeyDown={onKeyDown}
      >
        {drawing}
        <g class="cursor">{at !== undefined && <Cursor at={at} series={series} scales={scales} />}</g>
      </svg>
      {legend && <Toggles label={legend} entries={whole.series} hidden={hidden} onHide={hide} />}
      <div id={`${id}-out`} class="read-out" aria-live="polite">
        {shown === undefined ? "" : readOut(shown)}
      </div>
    </section>
  );
}

const without = (hidden: readonly string[], data: ChartData): ChartData =>
  hidden.length ? { ...data, series: data.series.filter(({ name }) => !hidden.includes(name)) } : data;

interface Scales {
  readonly width: number;
  /** Where the plot begins on the left, and where it ends on the right and at the bottom. */
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  /** The position of a value in the picture, and the value at a position. */
  readonly x: (x: number) => number;
  readonly y: (y: number) => number;
  readonly xAt: (place: number) => number;
  /** All x values of the data, in ascending order. */
  readonly xs: readonly number[];
  readonly xTicks: readonly number[];
  readonly yTicks: readonly { readonly value: number; readonly label: string }[];
}

/** The y axis ends at round numbers; the x axis goes from 0 to the last step. */
function scalesOf({ series, xEnd, fromZero, scale }: ChartData, width: number): Scales {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const end = Math.max(1, xEnd, xs.at(-1) ?? 0);
  const halfLabel = (DIGIT * String(end).length) / 2; // the last label of the x axis is centred below the end of the plot
  const right = width - Math.max(MARGIN.right, halfLabel) - (series.some(({ ending }) => ending) ? ENDING : 0);
  const bottom = HEIGHT - MARGIN.bottom;
  const values = series.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]));
  const least = values.length ? values.reduce((a, b) => Math.min(a, b)) : 0;
  const most = values.length ? values.reduce((a, b) => Math.max(a, b)) : 1;
  const margin = most > least ? 0 : Math.max(Math.abs(most) * 0.1, 1e-6);
  const yTicks = labelled(ticks(fromZero ? Math.min(0, least) : least - margin, most + margin, 4), scale);
  const left = GAP + Math.max(LABELS, ...yTicks.map(({ label }) => DIGIT * label.length));
  const [w, h] = [right - left, bottom - MARGIN.top];
  const xTicks = ticks(0, end, Math.max(2, Math.floor(w / 80))).filter((x) => x <= end && Number.isInteger(x));
  const [low, high] = [yTicks[0]!.value, yTicks.at(-1)!.value];
  return {
    ...{ width, left, right, bottom, xs, xTicks, yTicks },
    x: (x) => left + (x / end) * w,
    y: (y) => bottom - ((y - low) / (high - low || 1)) * h,
    xAt: (place) => ((place - left) / w) * end,
  };
}

/** The labels of a y axis have enough digits to distinguish adjacent ones. */
function labelled(values: readonly number[], scale: number): Scales["yTicks"] {
  const apart = scale * ((values[1] ?? 1) - values[0]!);
  const digits = Math.max(0, -Math.floor(Math.log10(apart) + 1e-9));
  return values.map((value) => ({ value, label: (scale * value).toFixed(digits) }));
}

const nearest = (xs: readonly number[], x: number): number | undefined =>
  xs.reduce<number | undefined>(
    (best, candidate) => (best === undefined || Math.abs(candidate - x) < Math.abs(best - x) ? candidate : best),
    undefined,
  );

interface DrawnProps {
  readonly series: readonly Series[];
  readonly scales: Scales;
}

/** Everything except the cursor. */
const Drawing = ({ data, scales }: { readonly data: ChartData; readonly scales: Scales }) => (
  <>
    <Axes data={data} scales={scales} />
    {data.series.map((one) => (
      <Line key={one.name} series={one} scales={scales} />
    ))}
    <Endings series={data.series} scales={scales} />
  </>
);

function Axes({ data, scales }: { readonly data: ChartData; readonly scales: Scales }) {
  const { x, y, left, right, bottom, xTicks, yTicks } = scales;
  return (
    <>
      {yTicks.map(({ value, label }) => (
        <Fragment key={value}>
          <line class="axis" x1={left} x2={right} y1={y(value)} y2={y(value)} />
          <text x={left - GAP} y={y(value) + 4} text-anchor="end">
            {label}
          </text>
        </Fragment>
      ))}
      {xTicks.map((tick) => (
        <text key={tick} x={x(tick)} y={bottom + 16} text-anchor="middle">
          {tick}
        </text>
      ))}
      <text x={left - 12} y={bottom + 16} text-anchor="end">
        {data.xTitle}
      </text>
    </>
  );
}

/** A line with its intervals and dots. */
function Line({ series, scales: { x, y } }: { readonly series: Series; readonly scales: Scales }) {
  const { points, colour, style } = series;
  const d = points.map((point, i) => `${i ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join("");
  const isMarked = style === "marked" || points.length <= 1; // a line with one point would be invisible
  const around = (at: number, y: number) => `${x(at).toFixed(1)} ${y.toFixed(1)}`;
  return (
    <>
      {style === "banded" && (
        <path
          class="band"
          fill={colour}
          d={`M${[
            ...points.map((point) => around(point.x, y(point.high ?? point.y))),
            ...points.toReversed().map((point) => around(point.x, y(point.low ?? point.y))),
          ].join("L")}Z`}
        />
      )}
      <path class={style === "thin" ? "line thin" : "line"} d={d} stroke={colour} />
      {isMarked &&
        points.map(({ low, high, best, ...point }) => (
          <Fragment key={point.x}>
            {low !== undefined && high !== undefined && (
              <line class="interval" stroke={colour} x1={x(point.x)} x2={x(point.x)} y1={y(low)} y2={y(high)} />
            )}
            <circle key="dot" cx={x(point.x)} cy={y(point.y)} r={3} fill={colour} />
            {best && <circle key="ring" cx={x(point.x)} cy={y(point.y)} r={6} fill="none" stroke={colour} />}
          </Fragment>
        ))}
    </>
  );
}

/** Labels at the ends of lines, moved apart so that they do not overlap. */
function Endings({ series, scales: { x, y, bottom } }: DrawnProps) {
  const named = series.filter(({ ending, points }) => ending && points.length);
  const ends = named.map(({ points }) => points.at(-1)!);
  const places = spread(
    ends.map((end) => y(end.y)),
    LINE_HEIGHT,
    bottom,
  );
  return named.map(({ name, ending, colour }, i) => {
    const [left, place] = [x(ends[i]!.x), places[i]!];
    return (
      <g key={name}>
        <line stroke={colour} x1={left + 4} x2={left + 10} y1={y(ends[i]!.y)} y2={place} />
        <text x={left + 13} y={place + 4}>
          {ending}
        </text>
      </g>
    );
  });
}

function Cursor({ at, series, scales: { x, y, bottom } }: DrawnProps & { readonly at: number }) {
  return (
    <>
      <line x1={x(at)} x2={x(at)} y1={MARGIN.top} y2={bottom} />
      {series.map(({ name, points, colour, style }) => {
        const point = style === "thin" ? undefined : points.find((candidate) => candidate.x === at);
        return point && <circle key={name} class="dot" cx={x(at)} cy={y(point.y)} r={4} fill={colour} />;
      })}
    </>
  );
}

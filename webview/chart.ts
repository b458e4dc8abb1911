// Lines over training steps as SVG: axes with round numbers, the values under the pointer, and the same as a table.

import { el } from "./dom.ts";
import { grouped, numbersTable } from "./numbers.ts";

export interface Series {
  readonly name: string;
  /** [step, value], by rising step. */
  readonly points: readonly (readonly [step: number, value: number])[];
}

export interface ChartOptions {
  readonly title: string;
  readonly series: readonly Series[];
  /** Steps of the whole run: how far the axis goes. */
  readonly steps: number;
  readonly format: (value: number) => string;
  readonly showTable: string;
  readonly step: string;
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 420;
const HEIGHT = 200;
const EDGE = { left: 48, right: 12, top: 10, bottom: 24 };
const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
/** Theme colours in an order in which neighbours differ in hue and lightness; dashes tell them apart without colour. */
const STROKES = ["blue", "yellow", "green", "purple", "red", "orange"].map((name) => `var(--vscode-charts-${name})`);
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];
/** A table of more rows than this is read by nobody. */
const ROWS = 40;

function svg(tag: string, attributes: Readonly<Record<string, string | number>>, ...children: (Node | string)[]) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Round numbers from `low` to `high`, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count: number): number[] {
  const raw = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found;
}

/** At most `count` of the points, evenly chosen, the last included. */
function thinned<P>(points: readonly P[], count: number): P[] {
  const every = Math.max(1, Math.ceil(points.length / count));
  return points.filter((_, i) => (points.length - 1 - i) % every === 0);
}

export function chart({ title, series, steps, format, showTable, step }: ChartOptions): HTMLElement {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const pad = (most - least || Math.abs(most) || 1) * 0.08;
  const low = least >= 0 ? Math.max(0, least - pad) : least - pad;
  const high = most + pad;
  const end = Math.max(steps, 1);
  const x = (at: number) => EDGE.left + (at / end) * INNER.width;
  const y = (value: number) => EDGE.top + (1 - (value - low) / (high - low)) * INNER.height;

  const axes = [
    ...ticks(low, high, 6).flatMap((value) => [
      svg("line", { class: "axis", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }),
      svg("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, format(value)),
    ]),
    ...ticks(0, end, 5)
      .filter(Number.isInteger)
      .map((at) => svg("text", { x: x(at), y: HEIGHT - 6, "text-anchor": "middle" }, grouped(at))),
  ];
  const lines = series.flatMap(({ points }, i) => {
    const stroke = STROKES[i % STROKES.length]!;
    const path = points.map(([at, value], k) => `${k ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const line = svg("path", {
      ...{
        class: "line",
        d: path,
        stroke,
        "stroke-dasharray": DASHES[Math.floor(i / STROKES.length) % DASHES.length]!,
      },
    });
    // A few points are each a measurement worth seeing.
    const dots = points.length <= 30 ? points : [];
    return [line, ...dots.map(([at, value]) => svg("circle", { cx: x(at), cy: y(value), r: 2.5, fill: stroke }))];
  });
  const cursor = svg("line", { class: "axis cursor", y1: EDGE.top, y2: HEIGHT - EDGE.bottom, visibility: "hidden" });
  const picture = svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
    ...axes,
    ...lines,
    cursor,
  );

  const key = (at?: number) =>
    series.map(({ name, points }, i) => {
      const point = at === undefined ? points.at(-1) : nearest(points, at);
      const swatch = el("span", { className: "swatch" });
      swatch.style.backgroundColor = STROKES[i % STROKES.length]!;
      return el("span", {}, swatch, `${name} ${point ? format(point[1]) : "–"}`);
    });
  const legend = el("div", { className: "key" }, ...key());
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const scale = Math.min(box.width / WIDTH, box.height / HEIGHT);
    const left = (box.width - WIDTH * scale) / 2;
    const at = (((event as PointerEvent).clientX - box.left - left) / scale - EDGE.left) / INNER.width;
    const wanted = Math.min(end, Math.max(0, at * end));
    const found = nearest(series[0]?.points ?? [], wanted);
    if (!found) return;
    cursor.setAttribute("x1", String(x(found[0])));
    cursor.setAttribute("x2", String(x(found[0])));
    cursor.setAttribute("visibility", "visible");
    legend.replaceChildren(el("span", { className: "aside" }, `${step} ${grouped(found[0])}`), ...key(found[0]));
  });
  picture.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    legend.replaceChildren(...key());
  });

  const steps_ = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const rows = thinned(steps_, ROWS).map((at) => [
    grouped(at),
    ...series.map(({ points }) => {
      const exact = points.find(([own]) => own === at);
      return exact ? format(exact[1]) : "–";
    }),
  ]);
  const table = el(
    "details",
    {},
    el("summary", {}, showTable),
    numbersTable(title, [step, ...series.map(({ name }) => name)], rows),
  );
  return el("section", {}, el("h2", {}, title), picture as unknown as HTMLElement, legend, table);
}

function nearest(points: Series["points"], at: number): Series["points"][number] | undefined {
  let best: Series["points"][number] | undefined;
  for (const point of points) if (!best || Math.abs(point[0] - at) < Math.abs(best[0] - at)) best = point;
  return best;
}

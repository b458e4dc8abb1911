// Line charts in SVG: axes with round numbers, and a cursor line (pointer or arrow keys) with a read-out of its values.

import { el, setText } from "../ui/dom.ts";
import { plain } from "../ui/text.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around y. */
  readonly low?: number;
  readonly high?: number;
  /** Drawn with a ring. */
  readonly best?: boolean;
}

export interface Series {
  readonly name: string;
  /** A CSS colour. */
  readonly colour: string;
  readonly points: readonly Point[];
  /** thin: in the background; marked: a dot at each point. */
  readonly style?: "thin" | "marked";
  /** Written at the line's end. */
  readonly ending?: string;
}

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  readonly aside: string;
  readonly xTitle: string;
  readonly series: readonly Series[];
  /** The axis ends here, even if there is no point yet. */
  readonly xEnd: number;
  readonly fromZero?: boolean;
  /** Factor for y in axis labels: 100 for %. */
  readonly scale: number;
  /** The read-out for an x of the data. */
  readonly readOut: (x: number) => string;
}

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 220;
const MARGIN = { top: 10, right: 14, bottom: 24, left: 46 };
/** Space for the names at the line ends. */
const ENDING = 44;
const LINE_HEIGHT = 12;

/** An SVG element in one expression. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, name === "aria-label" ? plain(String(value)) : String(value));
  element.append(...children.map((child) => (typeof child === "string" ? plain(child) : child)));
  return element;
}

/** Round numbers (1, 2 or 5 · 10ⁿ apart) from at most `low` to at least `high`; about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)! * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Positions for labels at least `distance` apart, as close as possible to the given ones; in the given order. */
export function spread(places: readonly number[], distance: number, lowest: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const result = [...places];
  for (const [at, i] of order.entries()) if (at) result[i] = Math.max(result[i]!, result[order[at - 1]!]! + distance);
  let limit = lowest;
  for (const i of order.reverse()) {
    result[i] = Math.min(result[i]!, limit);
    limit = result[i]! - distance;
  }
  return result;
}

/** A chart as wide as its container; call `draw` once the width is known and whenever it changes. */
export class Chart {
  readonly element: HTMLElement;
  readonly svg: SVGSVGElement;
  readonly #options: ChartOptions;
  readonly #readOut: HTMLElement;
  readonly #xs: readonly number[];
  #cursor: SVGGElement | undefined;
  #at: number | undefined;
  #x: (x: number) => number = () => 0;
  #y: (y: number) => number = () => 0;
  /** Called with the x that is read out; undefined: none. */
  onCursor: (x: number | undefined) => void = () => undefined;

  constructor(options: ChartOptions) {
    this.#options = options;
    const { id, title, aside, series } = options;
    this.#xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
    this.svg = svg("svg", { id, class: "chart", role: "img", tabindex: 0, "aria-labelledby": `${id}-title ${id}-out` });
    this.#readOut = el("div", { id: `${id}-out`, className: "read-out", aria: { live: "polite" } });
    this.element = el(
      "section",
      { className: "chart figure" },
      el("h2", { id: `${id}-title` }, title, " ", el("span", { className: "aside" }, aside)),
      this.svg,
      this.#readOut,
    );
    this.#listen();
    this.read(undefined);
  }

  draw(): void {
    const { series, xEnd, fromZero, scale, xTitle } = this.#options;
    const width = Math.max(240, this.svg.clientWidth || this.element.clientWidth);
    const right = MARGIN.right + (series.some(({ ending }) => ending) ? ENDING : 0);
    const [w, h] = [width - MARGIN.left - right, HEIGHT - MARGIN.top - MARGIN.bottom];

    // 1. Scales: y between round numbers, x from 0 to the last step.
    const values = series.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]));
    const least = values.length ? values.reduce((a, b) => Math.min(a, b)) : 0;
    const most = values.length ? values.reduce((a, b) => Math.max(a, b)) : 1;
    const margin = most > least ? 0 : Math.max(Math.abs(most) * 0.1, 1e-6);
    const ys = ticks(fromZero ? Math.min(0, least) : least - margin, most + margin, 4);
    const end = Math.max(1, xEnd, this.#xs.at(-1) ?? 0);
    const xs = ticks(0, end, Math.max(2, Math.floor(w / 80))).filter((x) => x <= end && Number.isInteger(x));
    const [bottom, top] = [ys[0]!, ys.at(-1)!];
    // Enough digits to distinguish adjacent labels.
    const digits = Math.max(0, -Math.floor(Math.log10(scale * ((ys[1] ?? 1) - bottom)) + 1e-9));
    this.#x = (x) => MARGIN.left + (x / end) * w;
    this.#y = (y) => MARGIN.top + h - ((y - bottom) / (top - bottom || 1)) * h;

    // 2. Axes.
    const axes = [
      ...ys.flatMap((y) => [
        svg("line", { class: "axis", x1: MARGIN.left, x2: MARGIN.left + w, y1: this.#y(y), y2: this.#y(y) }),
        svg("text", { x: MARGIN.left - 7, y: this.#y(y) + 4, "text-anchor": "end" }, (scale * y).toFixed(digits)),
      ]),
      ...xs.map((x) => svg("text", { x: this.#x(x), y: MARGIN.top + h + 16, "text-anchor": "middle" }, String(x))),
      svg("text", { x: MARGIN.left - 12, y: MARGIN.top + h + 16, "text-anchor": "end" }, xTitle),
    ];

    // 3. Lines, intervals, dots.
    const drawn = series.flatMap(({ points, colour, style }) => {
      const d = points
        .map(({ x, y }, i) => `${i ? "L" : "M"}${this.#x(x).toFixed(1)} ${this.#y(y).toFixed(1)}`)
        .join("");
      const line = svg("path", { class: style === "thin" ? "line thin" : "line", d, stroke: colour });
      if (style !== "marked" && points.length > 1) return [line]; // a line with one point would be invisible
      const marks = points.flatMap(({ x, y, low, high, best }) => [
        ...(low === undefined || high === undefined
          ? []
          : [
              svg("line", {
                ...{ class: "interval", stroke: colour, x1: this.#x(x), x2: this.#x(x) },
                ...{ y1: this.#y(low), y2: this.#y(high) },
              }),
            ]),
        svg("circle", { cx: this.#x(x), cy: this.#y(y), r: 3, fill: colour }),
        ...(best ? [svg("circle", { cx: this.#x(x), cy: this.#y(y), r: 6, fill: "none", stroke: colour })] : []),
      ]);
      return [line, ...marks];
    });

    // 4. Names at the ends, moved apart.
    const named = series.filter(({ ending, points }) => ending && points.length);
    const places = spread(
      named.map(({ points }) => this.#y(points.at(-1)!.y)),
      LINE_HEIGHT,
      MARGIN.top + h,
    );
    const names = named.map(({ points, ending, colour }, i) => {
      const x = this.#x(points.at(-1)!.x);
      return svg(
        "g",
        {},
        svg("line", { stroke: colour, x1: x + 4, x2: x + 10, y1: this.#y(points.at(-1)!.y), y2: places[i]! }),
        svg("text", { x: x + 13, y: places[i]! + 4 }, ending!),
      );
    });
    this.#cursor = svg("g", { class: "cursor" });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.svg.setAttribute("height", String(HEIGHT));
    this.svg.replaceChildren(...axes, ...drawn, ...names, this.#cursor);
    this.#drawCursor();
  }

  /** Reads out the values at the point nearest to `x`; undefined: no cursor, shows the last values. */
  read(x: number | undefined): void {
    this.#at = x === undefined ? undefined : this.#nearest(x);
    const shown = this.#at ?? this.#xs.at(-1);
    setText(this.#readOut, shown === undefined ? "" : this.#options.readOut(shown));
    this.#drawCursor();
  }

  #nearest(x: number): number | undefined {
    return this.#xs.reduce<number | undefined>(
      (best, candidate) => (best === undefined || Math.abs(candidate - x) < Math.abs(best - x) ? candidate : best),
      undefined,
    );
  }

  #drawCursor(): void {
    if (!this.#cursor) return;
    const at = this.#at;
    if (at === undefined) {
      this.#cursor.replaceChildren();
      return;
    }
    const x = this.#x(at);
    const dots = this.#options.series.flatMap(({ points, colour, style }) => {
      const point = style === "thin" ? undefined : points.find((candidate) => candidate.x === at);
      return point ? [svg("circle", { cx: x, cy: this.#y(point.y), r: 4, fill: colour, class: "dot" })] : [];
    });
    this.#cursor.replaceChildren(svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }), ...dots);
  }

  #listen(): void {
    const tell = (x: number | undefined) => {
      this.read(x);
      this.onCursor(this.#at);
    };
    this.svg.addEventListener("pointermove", ({ clientX }) => {
      const box = this.svg.getBoundingClientRect();
      const [from, to] = [this.#x(0), this.#x(1)];
      const view = ((clientX - box.left) / box.width) * this.svg.viewBox.baseVal.width;
      tell((view - from) / (to - from));
    });
    this.svg.addEventListener("pointerleave", () => tell(undefined));
    this.svg.addEventListener("blur", () => tell(undefined));
    this.svg.addEventListener("keydown", (event) => {
      const last = this.#xs.length - 1;
      const now = this.#at === undefined ? last + 1 : this.#xs.indexOf(this.#at);
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      tell(this.#xs[Math.min(last, Math.max(0, to))]);
    });
  }
}

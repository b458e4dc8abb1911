// Scatter plots side by side, whose labels differ in colour and in mark, so that they can be told apart without colours.

import { shortened } from "../../visible.ts";
import { markOf } from "./marks.ts";
import { at, escaped, LETTER, svg, text } from "./svg.ts";

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** Shown when the pointer is over the mark. */
  readonly text: string;
}

export interface Panel {
  readonly name: string;
  /** A line below the name. */
  readonly note: string;
  /** The name of the horizontal and of the vertical axis. */
  readonly axes: readonly [string, string];
  readonly points: readonly ScatterPoint[];
}

/** In pixels: the side of a plot, what is between plots, and what is above and below them. */
const SIDE = 260;
const GAP = 40;
const ABOVE = 40;
const BELOW = 24;
const LINE = 20;
/** The most plots in a row. */
const COLUMNS = 3;
/** The longest name above a plot, in characters. */
const LONGEST = Math.floor(SIDE / LETTER);

/** `labels`: all of them, in the order that gives them their marks. Both axes of a plot have the same scale. */
export function scatter(panels: readonly Panel[], labels: readonly string[], alt: string): string {
  const columns = Math.min(COLUMNS, panels.length);
  const width = Math.max(1, columns) * (SIDE + GAP);
  const height = ABOVE + SIDE + BELOW;
  const plots = panels.map((panel, i) => {
    const [x, y] = [(i % columns) * (SIDE + GAP) + GAP / 2, Math.floor(i / columns) * height];
    return `<g transform="translate(${at(x)},${at(y)})">${plot(panel, labels)}</g>`;
  });
  const seen = new Set(panels.flatMap(({ points }) => points.map(({ label }) => label)));
  const top = Math.ceil(panels.length / Math.max(1, columns)) * height + 8;
  const keys = [...labels.entries()].filter(([, label]) => seen.has(label));
  const legend = keys.map(([index, label], line) => {
    const { look, steps } = markOf(index);
    const y = top + line * LINE + 8;
    return `<path d="M${GAP / 2 + 4} ${y}${steps}" ${look}/>${text(GAP / 2 + 16, y + 4, shortened(label, 2 * LONGEST))}`;
  });
  return svg(width, top + keys.length * LINE + 4, alt, [...plots, ...legend]);
}

function plot({ name, note, axes, points }: Panel, labels: readonly string[]): string {
  const range = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { middle: (low + high) / 2, room: high - low };
  };
  const [across, up] = [range(points.map(({ x }) => x)), range(points.map(({ y }) => y))];
  const scale = (SIDE - 16) / (Math.max(across.room, up.room) || 1);
  const marks = labels.flatMap((label, index) => {
    const { look, steps } = markOf(index);
    const own = points.filter((point) => point.label === label);
    const drawn = own.map(({ x, y, text: content }) => {
      const place = `${at(SIDE / 2 + (x - across.middle) * scale)} ${at(ABOVE + SIDE / 2 - (y - up.middle) * scale)}`;
      return `<path d="M${place}${steps}"><title>${escaped(`${label}: ${content}`)}</title></path>`;
    });
    return own.length ? [`<g ${look}>${drawn.join("")}</g>`] : [];
  });
  return [
    text(0, 14, shortened(name, LONGEST)),
    text(0, 30, note),
    `<rect x="0" y="${ABOVE}" width="${SIDE}" height="${SIDE}" fill="none" stroke="currentColor" stroke-opacity="0.4"/>`,
    ...marks,
    text(SIDE / 2, ABOVE + SIDE + 16, axes[0], "middle"),
    text(0, 0, axes[1], "middle", ` transform="translate(-6,${ABOVE + SIDE / 2}) rotate(-90)"`),
  ].join("");
}

// Figures of a report, as SVG that needs nothing else.

import { visible } from "../../visible.ts";

/** Text and lines in the colour of what is around the figure. */
const STYLE = "text{font:12px system-ui,sans-serif;fill:currentColor}line{stroke:currentColor}";

/** Text for HTML and SVG, with hidden characters escaped; a control character would make the file invalid. */
export const escaped = (text: string): string =>
  visible(text, LONGEST).replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one]!);

/** The longest text, in characters. */
const LONGEST = 100_000;

/** Two decimals, so that equal numbers are written alike on every machine. */
export const at = (value: number): string => String(Number(value.toFixed(2)));

/** A whole SVG element of this size; `alt`: what it shows. */
export function svg(width: number, height: number, alt: string, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${at(width)} ${at(height)}" width="${at(width)}" height="${at(height)}" role="img" aria-label="${escaped(alt)}"><style>${STYLE}</style>${body.join("")}</svg>`;
}

/** A figure in a file of its own: black on white, whatever page shows it. */
export const alone = (figure: string): string =>
  `${figure.replace("<svg ", '<svg style="color:#000;background:#fff" ')}\n`;

type Anchor = "start" | "middle" | "end";
/** A line of text, from, around or up to x. */
export const text = (x: number, y: number, content: string, anchor: Anchor = "start", more = "") =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${more}>${escaped(content)}</text>`;

/** A colour from purple (−1) over white to orange (+1), both readable with black text. */
function diverging(share: number): string {
  const [r, g, b] = share < 0 ? [169, 156, 214] : [244, 160, 72];
  const by = Math.min(1, Math.abs(share));
  return `rgb(${[r!, g!, b!].map((end) => Math.round(255 + (end - 255) * by)).join(",")})`;
}

export interface HeatCell {
  readonly text: string;
  /** From −1 to 1; the colour never says more than the text. */
  readonly share: number;
}

const CELL = { width: 46, height: 22 };
/** The width of a character of a label, about. */
export const LETTER = 6.6;

/** A matrix of numbers with the names of its rows and columns; undefined: no cell. */
export function heat(
  rows: readonly string[],
  columns: readonly string[],
  cells: readonly (readonly (HeatCell | undefined)[])[],
  alt: string,
): string {
  const room = (names: readonly string[]) => Math.max(...names.map((name) => name.length)) * LETTER + 10;
  const [left, top] = [room(rows), room(columns)];
  const body = [
    ...columns.map((name, j) => {
      const place = `translate(${at(left + j * CELL.width + 27)},${at(top - 6)}) rotate(-90)`;
      return text(0, 0, name, "start", ` transform="${place}"`);
    }),
    ...rows.flatMap((name, i) => [
      text(left - 6, top + i * CELL.height + 15, name, "end"),
      ...columns.flatMap((_, j) => {
        const cell = cells[i]?.[j];
        if (!cell) return [];
        const [x, y] = [left + j * CELL.width, top + i * CELL.height];
        return [
          `<rect x="${at(x)}" y="${at(y)}" width="${CELL.width - 1}" height="${CELL.height - 1}" fill="${diverging(cell.share)}"/>`,
          text(x + CELL.width / 2, y + 15, cell.text, "middle", ' style="fill:#000"'),
        ];
      }),
    ]),
  ];
  return svg(left + columns.length * CELL.width, top + rows.length * CELL.height, alt, body);
}

export interface Dot {
  readonly name: string;
  readonly value: number;
  /** Half the length of its bar; null: none. */
  readonly deviation: number | null;
  readonly text: string;
}

/** Values on one axis, a line each, with bars of one standard deviation to both sides. */
export function dots(values: readonly Dot[], unit: string, alt: string): string {
  const label = Math.max(...values.map(({ name }) => name.length)) * LETTER + 10;
  const reach = values.map(({ value, deviation }) => [value - (deviation ?? 0), value + (deviation ?? 0)]);
  const [low, high] = [Math.min(...reach.map(([from]) => from!)), Math.max(...reach.map(([, to]) => to!))];
  const room = Math.max(high - low, 1e-9);
  const [width, beside, row] = [360, 110, 22];
  const x = (value: number) => label + 8 + ((value - low) / room) * (width - 16);
  const body = values.flatMap(({ name, value, deviation, text: own }, i) => {
    const y = i * row + 14;
    return [
      text(label - 6, y + 4, name, "end"),
      ...(deviation
        ? [
            `<line x1="${at(x(value - deviation))}" x2="${at(x(value + deviation))}" y1="${y}" y2="${y}" stroke-width="2"/>`,
          ]
        : []),
      `<circle cx="${at(x(value))}" cy="${y}" r="4" fill="#c26a12"/>`,
      text(label + width + 4, y + 4, own),
    ];
  });
  const end = values.length * row + 8;
  const axis = [
    `<line x1="${at(label)}" x2="${at(label + width)}" y1="${end}" y2="${end}"/>`,
    text(x(low), end + 16, at(low), "middle"),
    text(x(high), end + 16, at(high), "middle"),
    text(label + width / 2, end + 16, unit, "middle"),
  ];
  return svg(label + width + beside, end + 24, alt, [...body, ...axis]);
}

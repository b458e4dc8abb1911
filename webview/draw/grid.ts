// A grid of coloured cells with numbers: arrow keys move, Space pins, Enter opens, Escape unpins.

import { el } from "../ui/dom.ts";
import { meaningOf } from "../ui/words.ts";
import { brightness, css, type Rgb, textOn, zScale } from "./colours.ts";
import type { Detail } from "./detail.ts";
import { pointing } from "./point.ts";

export interface Cell {
  /** Printed in the cell: colour is never the only carrier of information. */
  readonly text: string;
  readonly colour: Rgb;
  /** The detail text on hover, focus or click. */
  readonly detail: string;
  /** Significant after correction for multiple tests. */
  readonly marked?: boolean;
  /** What the cell opens is already shown. */
  readonly current?: boolean;
  /** What it opens on Enter or a double click. */
  readonly opens?: string;
  /** Cells, list entries and points with the same name are highlighted together; defaults to `opens`. */
  readonly name?: string;
}

/** What all grids take. */
export interface GridEvents {
  readonly label: string;
  /** Shows the cell under the pointer or focus. */
  readonly detail: Detail;
  readonly onOpen: (opens: string) => void;
}

export interface GridOptions extends GridEvents {
  readonly columns: readonly string[];
  /** A row without a title is a gap. A null cell has no number (yet); undefined: no cell. */
  readonly rows: readonly { readonly title: string; readonly cells: readonly (Cell | null | undefined)[] }[];
}

export function grid({ label, columns, rows, detail, onOpen }: GridOptions): HTMLElement {
  const places: (HTMLTableCellElement | null)[][] = [];
  let inTabOrder: HTMLElement | undefined;
  const enter = (td: HTMLElement) => {
    if (inTabOrder) inTabOrder.tabIndex = -1;
    inTabOrder = td;
    td.tabIndex = 0;
  };

  const head = columns.map((title) => el("th", { scope: "col", title: meaningOf(title) }, title));
  const make = (cell: Cell | null | undefined, column: number): HTMLTableCellElement => {
    if (!cell) return el("td", { className: cell === null ? "empty pending" : "empty", aria: { role: "gridcell" } });
    const td = el(
      "td",
      { className: "cell", tabIndex: -1, aria: { role: "gridcell", label: `${cell.text}: ${cell.detail}` } },
      cell.text,
      cell.marked ? el("span", { className: "mark", aria: { hidden: "true" } }, "●") : null,
    );
    td.style.backgroundColor = css(cell.colour);
    td.style.color = textOn(cell.colour);
    pointing(td, cell.name ?? cell.opens);
    if (cell.current) td.setAttribute("aria-current", "true");
    const say = () => detail.say(cell.detail);
    const lock = () => detail.lock(td, cell.detail);
    const open = () => (cell.opens === undefined ? lock() : onOpen(cell.opens));
    // The titles of the row (by the style) and of the column are those of the cell.
    const point = (isAt: boolean) => head[column]?.classList.toggle("at", isAt);
    td.addEventListener("mouseenter", () => {
      point(true);
      say();
    });
    td.addEventListener("mouseleave", () => point(false));
    td.addEventListener("focus", () => {
      enter(td);
      point(true);
      say();
    });
    td.addEventListener("blur", () => point(false));
    td.addEventListener("click", () => {
      td.focus();
      lock();
    });
    td.addEventListener("dblclick", open);
    td.addEventListener("keydown", (event) => {
      const act = { " ": lock, Enter: open, Escape: () => detail.release() }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    return td;
  };

  const body = rows.map(({ title, cells }) => {
    const made = cells.map(make);
    places.push(made.map((td, i) => (cells[i] ? td : null)));
    const before = title
      ? el("th", { scope: "row", title: meaningOf(title) }, title)
      : el("td", { aria: { role: "gridcell" } });
    return el("tr", { className: title ? "" : "gap", aria: { role: "row" } }, before, ...made);
  });
  const table = el(
    "table",
    { className: "grid", aria: { role: "grid", label } },
    el("thead", {}, el("tr", {}, el("td"), ...head)),
    el("tbody", {}, ...body),
  );

  // One cell of the grid is in the tab order; arrow keys move it, skipping empty cells.
  const first = places.flat().find((td) => td !== null);
  if (first) enter(first);
  table.addEventListener("keydown", (event) => {
    const row = places.findIndex((cells) => cells.includes(document.activeElement as HTMLTableCellElement));
    const cells = places[row];
    if (!cells) return;
    const known = cells.filter((td) => td !== null);
    const next = { Home: known[0], End: known.at(-1) }[event.key] ?? beside(row, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  function beside(row: number, key: string): HTMLElement | null | undefined {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    if (!step) return undefined;
    let [y, x] = [row, places[row]!.indexOf(document.activeElement as HTMLTableCellElement)];
    do [y, x] = [y + step[0]!, x + step[1]!];
    while (places[y]?.[x] === null);
    return places[y]?.[x];
  }
  return table;
}

/** The colours of a scale with the numbers at its ends. */
export function legend(colours: readonly Rgb[], low: string, middle: string, high: string): HTMLElement {
  const bar = el("canvas", { className: "bar", width: colours.length, height: 1, aria: { hidden: "true" } });
  const context = bar.getContext("2d", { willReadFrequently: true })!; // it is read when it is saved
  for (const [i, colour] of colours.entries()) {
    context.fillStyle = css(colour);
    context.fillRect(i, 0, 1, 1);
  }
  const ends = el("div", { className: "ends" }, el("span", {}, low), el("span", {}, middle), el("span", {}, high));
  return el("div", { className: "legend" }, bar, ends);
}

/** The scale of z. */
export const zLegend = (low: string, high: string): HTMLElement => legend(zScale(brightness()), low, "z 0", high);

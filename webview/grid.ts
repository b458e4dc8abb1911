// A grid of coloured cells with their numbers: blocks from below upwards, columns to the right; arrows move, Enter locks.

import { css, type Rgb, textOn } from "./colours.ts";
import { el } from "./dom.ts";

export interface Cell {
  /** Printed in the cell: colour alone is never the only carrier. */
  readonly text: string;
  readonly colour: Rgb;
  /** What a hover, focus or click tells. */
  readonly detail: string;
  /** Stands out after correction for the number of cells. */
  readonly marked?: boolean;
  /** What it opens on Enter or a double click. */
  readonly opens?: string;
}

export interface GridOptions {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly title: string; readonly cells: readonly (Cell | null)[] }[];
  /** A cell under the pointer or the focus; null when there is none any more. `locked` after a click. */
  readonly onCell: (cell: Cell | null, locked: boolean) => void;
  readonly onOpen: (opens: string) => void;
}

export function grid({ label, columns, rows, onCell, onOpen }: GridOptions): HTMLElement {
  const places: (HTMLTableCellElement | null)[][] = [];
  let locked: HTMLElement | undefined;

  const make = (cell: Cell | null): HTMLTableCellElement => {
    if (!cell) return el("td", { className: "empty", aria: { role: "gridcell" } });
    const td = el(
      "td",
      { className: "cell", tabIndex: -1, aria: { role: "gridcell", label: `${cell.text}: ${cell.detail}` } },
      cell.text,
      cell.marked ? el("span", { className: "mark", aria: { hidden: "true" } }, "●") : null,
    );
    td.style.backgroundColor = css(cell.colour);
    td.style.color = textOn(cell.colour);
    const lock = () => {
      locked?.classList.remove("locked");
      locked = locked === td ? undefined : td;
      locked?.classList.add("locked");
      onCell(cell, locked !== undefined);
    };
    td.addEventListener("mouseenter", () => locked || onCell(cell, false));
    td.addEventListener("mouseleave", () => locked || onCell(null, false));
    td.addEventListener("focus", () => locked || onCell(cell, false));
    td.addEventListener("click", () => {
      td.focus();
      lock();
    });
    td.addEventListener("dblclick", () => cell.opens && onOpen(cell.opens));
    td.addEventListener("keydown", (event) => {
      if (event.key === " ") lock();
      else if (event.key === "Enter" && cell.opens) onOpen(cell.opens);
      else return;
      event.preventDefault();
    });
    return td;
  };

  const body = rows.map(({ title, cells }) => {
    const made = cells.map(make);
    places.push(made.map((td, i) => (cells[i] ? td : null)));
    return el("tr", { aria: { role: "row" } }, el("th", { scope: "row" }, title), ...made);
  });
  const head = columns.map((title) => el("th", { scope: "col" }, title));
  const table = el(
    "table",
    { className: "grid", aria: { role: "grid", label } },
    el("thead", {}, el("tr", {}, el("td"), ...head)),
    el("tbody", {}, ...body),
  );

  // One cell of the grid is in the tab order; arrows carry it along.
  const first = places.flat().find((td) => td !== null);
  if (first) first.tabIndex = 0;
  table.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const row = places.findIndex((cells) => cells.some((td) => td === document.activeElement));
    if (!step || row < 0) return;
    event.preventDefault();
    const column = places[row]!.findIndex((td) => td?.tabIndex === 0 && td === document.activeElement);
    let [y, x] = [row + step[0]!, column + step[1]!];
    while (places[y] && x >= 0 && x < columns.length && !places[y]![x]) [y, x] = [y + step[0]!, x + step[1]!];
    const next = places[y]?.[x];
    if (!next) return;
    places[row]![column]!.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return table;
}

/** The colours of a scale with the numbers at its ends. */
export function legend(colours: readonly Rgb[], low: string, middle: string, high: string): HTMLElement {
  const bar = el("canvas", { className: "bar", width: colours.length, height: 1, aria: { hidden: "true" } });
  const context = bar.getContext("2d")!;
  for (const [i, colour] of colours.entries()) {
    context.fillStyle = css(colour);
    context.fillRect(i, 0, 1, 1);
  }
  const ends = el("div", { className: "ends" }, el("span", {}, low), el("span", {}, middle), el("span", {}, high));
  return el("div", { className: "legend" }, bar, ends);
}

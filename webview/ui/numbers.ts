// Number formatting, and tables of numbers.

import type { Interval } from "../../src/mask/metadata.ts";
import { grouped } from "../../src/numbers.ts";
import { el } from "./dom.ts";
import { keep, recall } from "./host.ts";
import { meaningOf } from "./words.ts";

export { bytes, duration, grouped, thousands } from "../../src/numbers.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);
/** The ends of an interval in per cent, "85.3–91.2"; "–" if there is none. */
export const range = ({ low, high }: Pick<Interval, "low" | "high">): string =>
  low === null || high === null ? "–" : `${percent(low)}–${percent(high)}`;
export const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined || Number.isNaN(value) ? "–" : minus(value.toFixed(digits));
export const signed = (value: number, digits: number): string => {
  const text = fixed(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
};

export const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : grouped(value);

/** With a real minus sign, and none before a zero. */
const minus = (text: string): string => text.replace("-", Number(text) ? "−" : "");

/** The column a table is sorted by and the direction; -1: original order. */
interface Sorting {
  readonly column: number;
  readonly up: boolean;
}

type Row = readonly (string | Node)[];

/** The first column holds names or numbers. `sorts`: clicking a column header sorts descending, ascending, then restores the order. */
export function numbersTable(
  caption: string,
  header: readonly string[],
  rows: readonly Row[],
  sorts = false,
): HTMLElement {
  const lines = rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))));
  const body = el("tbody", {});
  const titles = header.map((title, column) => {
    if (!title) return el("td");
    const name = sorts ? el("button", { className: "sort", onclick: () => sortBy(column) }, title) : title;
    return el("th", { scope: "col", title: meaningOf(title) }, name);
  });
  const part = `sort ${caption}`;
  const sorting = () => recall<Sorting>(part) ?? { column: -1, up: false };
  function sortBy(chosen: number): void {
    const { column, up } = sorting();
    keep(part, column !== chosen ? { column: chosen, up: false } : { column: up ? -1 : column, up: !up });
    arrange();
  }
  function arrange(): void {
    const { column, up } = sorting();
    const order = [...rows.keys()];
    if (column >= 0) order.sort((a, b) => compare(rows[a]![column]!, rows[b]![column]!, column > 0) * (up ? 1 : -1));
    body.replaceChildren(...order.map((row) => lines[row]!));
    for (const [i, title] of titles.entries()) {
      if (i === column) title.setAttribute("aria-sort", up ? "ascending" : "descending");
      else title.removeAttribute("aria-sort");
    }
  }
  arrange();
  const isPlain = rows.every(([first]) => typeof first === "string" && /^[\d,]+$/.test(first));
  const table = el(
    "table",
    { className: `numbers${isPlain ? " plain" : ""}`, aria: { label: caption } },
    el("thead", {}, el("tr", {}, ...titles)),
    body,
  );
  return el("div", { className: "scroll" }, table);
}

/** Numbers by value, marks as 1 and non-numbers last; names in natural order. */
function compare(a: string | Node, b: string | Node, byNumber: boolean): number {
  const [one, other] = [a, b].map((cell) => (typeof cell === "string" ? cell : (cell.textContent ?? "")));
  const [x, y] = [one!, other!].map((text) =>
    text === "●" ? 1 : Number.parseFloat(text.replace(/,/g, "").replace("−", "-")),
  );
  if (!byNumber) return one!.localeCompare(other!, undefined, { numeric: true });
  return (Number.isNaN(x) ? -1e300 : x!) - (Number.isNaN(y) ? -1e300 : y!);
}

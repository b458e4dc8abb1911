// Numbers as people read them, and tables of them.

import { el } from "./dom.ts";

export { bytes, duration, grouped } from "../src/numbers.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);
export const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined || Number.isNaN(value) ? "–" : minus(value.toFixed(digits));
export const signed = (value: number, digits: number): string => {
  const text = fixed(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
};

/** With a real minus sign, and none before a zero. */
const minus = (text: string): string => text.replace("-", Number(text) ? "−" : "");

/** The first column is left-aligned. */
export function numbersTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
): HTMLElement {
  const table = el(
    "table",
    { className: "numbers", aria: { label: caption } },
    el("thead", {}, el("tr", {}, ...header.map((title) => (title ? el("th", { scope: "col" }, title) : el("td"))))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))))),
  );
  return el("div", { className: "scroll" }, table);
}

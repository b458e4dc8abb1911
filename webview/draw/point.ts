// What is pointed at in one grid, list or plot shows in all others: a head, a matrix, a pair.

import { el } from "../ui/dom.ts";

let pointed: readonly Element[] = [];

/** Shows all that has a name, in grids, lists and plots; none: nothing any more. */
export function pointAt(name?: string): void {
  for (const element of pointed) element.classList.remove("pointed");
  pointed = name === undefined ? [] : [...document.querySelectorAll(`[data-name="${CSS.escape(name)}"]`)];
  for (const element of pointed) element.classList.add("pointed");
}

/** Points at all of a name while the pointer or the focus is on the element. */
export function pointing(element: HTMLElement, name: string | undefined): void {
  if (name === undefined) return;
  element.dataset.name = name;
  for (const event of ["mouseenter", "focus"]) element.addEventListener(event, () => pointAt(name));
  for (const event of ["mouseleave", "blur"]) element.addEventListener(event, () => pointAt());
}

/** A cell's name elsewhere, which opens what the cell opens. */
export function cellLink(text: string, name: string, open: () => void): HTMLElement {
  const link = el("button", { className: "link", onclick: open }, text);
  pointing(link, name);
  return link;
}

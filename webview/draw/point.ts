// Highlights the head, matrix or pair under the pointer in all grids, lists and plots at once.

import { el } from "../ui/dom.ts";

let pointed: readonly Element[] = [];

/** Highlights all elements with a name; without one, clears the highlight. */
export function pointAt(name?: string): void {
  for (const element of pointed) element.classList.remove("pointed");
  pointed = name === undefined ? [] : [...document.querySelectorAll(`[data-name="${CSS.escape(name)}"]`)];
  for (const element of pointed) element.classList.add("pointed");
}

/** Highlights all elements with a name while the pointer or focus is on the element. */
export function pointing(element: HTMLElement, name: string | undefined): void {
  if (name === undefined) return;
  element.dataset.name = name;
  for (const event of ["mouseenter", "focus"]) element.addEventListener(event, () => pointAt(name));
  for (const event of ["mouseleave", "blur"]) element.addEventListener(event, () => pointAt());
}

/** A link that opens what the cell of the same name opens. */
export function cellLink(text: string, name: string, open: () => void): HTMLElement {
  const link = el("button", { className: "link", onclick: open }, text);
  pointing(link, name);
  return link;
}

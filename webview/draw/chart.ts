// SVG elements of drawings that are made once.

import { plain } from "../ui/text.ts";

export { ticks } from "./axes.ts";

const SVG = "http://www.w3.org/2000/svg";

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

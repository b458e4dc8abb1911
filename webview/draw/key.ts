// Colour keys.

import { el } from "../ui/dom.ts";
import { css, type Rgb } from "./colours.ts";

/** A square of a colour, beside its name. */
export function swatch(colour: Rgb): HTMLElement {
  const element = el("span", { className: "swatch", aria: { hidden: "true" } });
  element.style.backgroundColor = css(colour);
  return element;
}

/** Colours with their meanings. */
export const keyOf = (colours: readonly (readonly [colour: Rgb, text: string])[]): HTMLElement =>
  el("div", { className: "key" }, ...colours.map(([colour, text]) => el("span", {}, swatch(colour), text)));

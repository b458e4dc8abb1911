// Elements in one expression. Texts may be untrusted: characters that hide or reorder text are shown as escapes.

import { visibleLines } from "../../src/visible.ts";
import { plain } from "./text.ts";

type Child = Node | string | null | undefined | false;

type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], "style" | "dataset" | "children">
> & {
  readonly aria?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
};

/** Changes the text of an element. */
export function setText(element: Element, text: string): void {
  element.textContent = plain(text);
}

/** An element with properties (`aria` and `data` become attributes) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<K> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { aria, data, ...rest } = properties as Properties<"div"> & Record<string, unknown>;
  Object.assign(element, rest);
  if (element.title) element.title = plain(element.title);
  for (const [name, value] of Object.entries(aria ?? {}))
    element.setAttribute(name === "role" ? name : `aria-${name}`, plain(value));
  for (const [name, value] of Object.entries(data ?? {})) element.dataset[name] = value;
  const textOf = tag === "pre" ? visibleLines : plain;
  element.append(
    ...children
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (typeof child === "string" ? textOf(child) : child)),
  );
  return element;
}

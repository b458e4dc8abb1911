// Elements in one expression.

type Child = Node | string | null | undefined | false;

type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], "style" | "dataset" | "children">
> & {
  readonly aria?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
};

/** An element with properties (`aria` and `data` become attributes) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<K> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { aria, data, ...plain } = properties as Properties<"div"> & Record<string, unknown>;
  Object.assign(element, plain);
  for (const [name, value] of Object.entries(aria ?? {}))
    element.setAttribute(name === "role" ? name : `aria-${name}`, value);
  for (const [name, value] of Object.entries(data ?? {})) element.dataset[name] = value;
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

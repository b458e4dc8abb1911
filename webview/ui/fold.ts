// What is folded away on a page: it stays as it was left when the page is drawn anew or shown again.

import { el } from "./dom.ts";
import { keep, recall } from "./host.ts";

/** `name`: parts of one name are open or folded together once they are drawn anew. */
export function fold(name: string, summary: string, ...children: readonly Node[]): HTMLDetailsElement {
  const part = `open ${name}`;
  const details = el(
    "details",
    { open: recall(part) === true, ontoggle: () => keep(part, details.open) },
    el("summary", {}, summary),
    ...children,
  );
  return details;
}

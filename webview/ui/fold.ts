// Collapsible sections that stay open or closed when the page is redrawn or shown again.

import { el } from "./dom.ts";
import { keep, recall } from "./host.ts";

/** Sections with the same `name` share their open state after a redraw. */
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

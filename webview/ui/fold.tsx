// Collapsible sections that stay open or closed when the page is shown again.

import type { ComponentChildren } from "preact";
import { usePart } from "./host.ts";

interface FoldProps {
  /** Sections with the same name open and close together. */
  readonly name: string;
  readonly summary: string;
  readonly children: ComponentChildren;
}

export function Fold({ name, summary, children }: FoldProps) {
  const [open, setOpen] = usePart(`open ${name}`, false);
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}

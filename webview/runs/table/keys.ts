// The keys of the table: arrows move, Space selects, Shift selects a range, Ctrl+A selects all.

import { useRef } from "preact/hooks";
import type { RunRow } from "../../../src/messages.ts";
import { select, toggle } from "../selection.ts";
import type { Line } from "../shown.ts";
import { keyOf, linesToggled, runsOf } from "./row-keys.ts";

interface Keys {
  readonly lines: readonly Line[];
  readonly rows: readonly RunRow[];
  /** The place of the active line; −1 if there is none. */
  readonly at: number;
  readonly moveTo: (place: number) => void;
  readonly onOpen: (run: string) => void;
  /** The number of lines that Page Up and Page Down move by. */
  readonly page: number;
}

export function useKeys({ lines, rows, at, moveTo, onOpen, page }: Keys): (event: KeyboardEvent) => void {
  /** Where a range that Shift extends has begun. */
  const anchor = useRef<string | undefined>(undefined);
  return (event) => {
    if ((event.target as Element).closest("button")) return; // the header has keys of its own
    const line = lines[at];
    const isCommand = event.ctrlKey || event.metaKey;
    const to = {
      ArrowUp: Math.max(0, at - 1),
      ArrowDown: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: lines.length - 1,
    }[event.key];
    if (to !== undefined && !isCommand) {
      const place = Math.max(0, Math.min(lines.length - 1, to));
      if (event.shiftKey) {
        anchor.current ??= keyOf(lines[Math.max(0, at)]!);
        const from = lines.findIndex((one) => keyOf(one) === anchor.current);
        const [a, b] = [Math.min(from, place), Math.max(from, place)];
        select(lines.slice(Math.max(0, a), b + 1).flatMap(runsOf));
      } else anchor.current = undefined;
      moveTo(place);
    } else if (isCommand && event.key.toLowerCase() === "a") select(rows.map(({ run }) => run));
    else if (isCommand || event.altKey) return;
    else if (event.key === "Escape") select([]);
    else if (!line) {
      if (event.key !== " " && event.key !== "Enter") return;
      moveTo(0); // none is active yet, and Space would scroll
    } else if (event.key === " ") {
      anchor.current = keyOf(line);
      toggle(runsOf(line));
    } else if (event.key === "Enter") {
      if (line.kind === "run") onOpen(line.row.run);
      else linesToggled(line);
    } else if (line.kind === "group" && event.key === (line.collapsed ? "ArrowRight" : "ArrowLeft")) linesToggled(line);
    else return;
    event.preventDefault();
  };
}

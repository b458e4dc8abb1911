// Formats effects, their intervals and marks.

import type { Estimate } from "../../src/mask/metadata.ts";
import * as l10n from "../ui/l10n.ts";
import { ends, fixed } from "../ui/numbers.ts";

interface Marked {
  readonly marked: boolean | null;
}

/** "1.21–1.44", "−0.17 to 0.29"; "–" if there is none. */
export function rangeOf(interval: Pick<Estimate, "low" | "high"> | null | undefined, digits = 2): string {
  return interval ? ends(fixed(interval.low, digits), fixed(interval.high, digits)) : "–";
}

/** "1.32 (95 % confidence interval 1.21–1.44)" */
export const effectText = (interval: Estimate | null | undefined, digits = 2): string =>
  interval
    ? l10n.t("{0} (95 % confidence interval {1})", fixed(interval.value, digits), rangeOf(interval, digits))
    : "–";

/** An effect, short enough for a cell: "1.32", "12.3". */
export const effectShort = (interval: Estimate | null | undefined): string =>
  fixed(interval?.value, interval && interval.value >= 9.995 ? 1 : 2);

export const dot = ({ marked }: Marked): string => (marked ? "●" : "");

/** "● 10 of 23 marked"; empty if no marks are known. */
export function markedWords(parts: readonly Marked[]): string {
  const known = parts.filter(({ marked }) => marked !== null);
  return known.length ? l10n.t("● {0} of {1} marked", known.filter(({ marked }) => marked).length, known.length) : "";
}

/** A description followed by the number of marks: "lift, coloured by z; ● 10 of 23 marked". */
export const withMarks = (said: string, parts: readonly Marked[]): string =>
  [said, markedWords(parts)].filter(Boolean).join("; ");

/** The number of marks for a list that may show only some of the parts: "12 of 72 shown; ● 12 of 23 marked". */
export function shownWords(shown: readonly Marked[], all: readonly Marked[]): string {
  const marked = (parts: readonly Marked[]) => parts.filter((part) => part.marked).length;
  if (shown.length === all.length) return markedWords(all);
  return l10n.t("{0} of {1} shown; ● {2} of {3} marked", shown.length, all.length, marked(shown), marked(all));
}

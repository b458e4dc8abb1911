// The widths of the table's columns: as wide as their longest text, within limits.

import type { RunRow } from "../../../src/messages.ts";
import type { Column } from "../columns.ts";
import { groupName } from "../group-words.ts";
import { type Group, spreadsOf } from "../groups.ts";
import { groupText } from "./rows.tsx";

/** In characters. */
const LEAST = 4;
const MOST = 26;
const MOST_NAME = 36;
const MOST_GROUP = 52;
const PADDING = 2;
/** How much wider bold letters are. */
const BOLD = 1.15;
/** The mean width of a letter, in widths of a digit. */
const LETTER = 0.92;

/** The value of grid-template-columns. */
export function widthsOf(columns: readonly Column[], rows: readonly RunRow[], groups: readonly Group[]): string {
  const spreads = groups.map(spreadsOf);
  const widths = columns.map(({ id, title, isNumber, textOf, asideOf }) => {
    const longest = (lengths: readonly number[]) => lengths.reduce((a, b) => Math.max(a, b), 0);
    const cells = longest(rows.map((row) => textOf(row).length + (asideOf?.(row).length ?? -1) + 1));
    const means = longest(
      groups.map((group, i) =>
        id === "name" ? BOLD * groupName(group).length + 12 : groupText(id, group, spreads[i]!).length,
      ),
    );
    const most = id === "name" ? (groups.length ? MOST_GROUP : MOST_NAME) : MOST;
    const wanted = Math.max(LEAST, Math.min(most, Math.max(cells, means, title.length + 1)));
    const slack = id === "name" ? 1 : 0; // short names may have more wide letters than the mean
    return (wanted * (isNumber ? 1 : LETTER) + slack + PADDING).toFixed(1);
  });
  return `58px ${widths.map((width) => `${width}ch`).join(" ")}`;
}

// How a report writes shares and spreads.

import { fixed } from "../../numbers.ts";
import type { Spread } from "../../spread.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);

/** "85.1 ± 1.0"; without a deviation if there is one value. */
export function spreadText(spread: Spread | null, of: (value: number) => string): string {
  if (!spread) return "–";
  return spread.deviation === null ? of(spread.mean) : `${of(spread.mean)} ± ${of(spread.deviation)}`;
}

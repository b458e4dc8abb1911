// Formats numbers as text.

import type { Interval } from "../../src/mask/metadata.ts";
import { fixed, grouped } from "../../src/numbers.ts";

export { bytes, duration, fixed, grouped, signed, thousands } from "../../src/numbers.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);
/** The ends of an interval in percent, "85.3–91.2"; "–" if there is none. */
export const range = ({ low, high }: Pick<Interval, "low" | "high">): string =>
  low === null || high === null ? "–" : `${percent(low)}–${percent(high)}`;

export const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : grouped(value);

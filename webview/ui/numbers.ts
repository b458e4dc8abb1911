// Formats numbers as text.

import type { Interval } from "../../src/mask/metadata.ts";
import { grouped } from "../../src/numbers.ts";

export { bytes, duration, grouped, thousands } from "../../src/numbers.ts";

export const percent = (share: number, digits = 1): string => fixed(100 * share, digits);
/** The ends of an interval in percent, "85.3–91.2"; "–" if there is none. */
export const range = ({ low, high }: Pick<Interval, "low" | "high">): string =>
  low === null || high === null ? "–" : `${percent(low)}–${percent(high)}`;
export const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined || Number.isNaN(value) ? "–" : minus(value.toFixed(digits));
export const signed = (value: number, digits: number): string => {
  const text = fixed(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
};

export const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : grouped(value);

/** Replaces the hyphen with a minus sign, or removes it if the number is zero. */
const minus = (text: string): string => text.replace("-", Number(text) ? "−" : "");

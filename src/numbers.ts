// Formats sizes, times, counts and decimal numbers for the terminal, the editor and its pages.

/** A size: "512 B", "2.70 MB" (1 MB = 10⁶ bytes). */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; count >= 999.5 && unit < units.length - 1; unit++) count /= 1000;
  return `${unit === 0 || count >= 99.5 ? Math.round(count) : count.toPrecision(3)} ${units[unit]}`;
}

/** A duration: "8 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** 1234567 as "1,234,567". */
export function grouped(count: number): string {
  return thousands(String(Math.round(count)));
}

/** Adds thousands separators to a number's text, which may have at most three digits after the decimal point. */
export function thousands(text: string): string {
  return text.replace(/\B(?=(\d{3})+(\.|$))/g, ",");
}

/** A number with `digits` decimals, as people read it (JSON and CSV keep the hyphen): "1.33", "−2.1", "–" if there is none. */
export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined || Number.isNaN(value) ? "–" : minus(value.toFixed(digits));
}

/** A difference with its sign: "+1.2", "−0.3", "0.0", "–" if there is none. */
export function signed(value: number | null | undefined, digits: number): string {
  return `${Number(value?.toFixed(digits)) > 0 ? "+" : ""}${fixed(value, digits)}`;
}

/** Replaces the hyphen with a minus sign, or removes it if the number is zero. */
const minus = (text: string): string => text.replace("-", Number(text) ? "−" : "");

/**
 * The ends of an interval, "1.21–1.44", or "−0.17 to 0.29", in which a dash would look like another minus sign; `worded` writes
 * the latter.
 */
export const between = (
  low: string,
  high: string,
  worded = (from: string, to: string): string => `${from} to ${to}`,
): string => (low.startsWith("−") ? worded(low, high) : `${low}–${high}`);

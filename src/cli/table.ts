// Tables and numbers as people read them.

import type { Interval } from "../mask/metadata.ts";

/**
 * A table as lines: a header, a rule (neither where all titles are empty), the rows. The first column is left-aligned, the
 * others right unless `left` names them.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string {
  const widths = header.map((title, i) => Math.max(...[title, ...rows.map((row) => row[i] ?? "")].map(widthOf)));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, i) => {
        const cell = cells[i] ?? "";
        const space = " ".repeat(width - widthOf(cell));
        return left.includes(i) ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  const head = header.some(Boolean) ? [line(header), widths.map((width) => "─".repeat(width)).join("  ")] : [];
  return `${[...head, ...rows.map(line)].join("\n")}\n`;
}

/** Characters; none of ours is wide or combining. */
const widthOf = (text: string) => [...text].length;

/** A share in per cent: "88.6", with its interval "88.6 (85.3–91.2)". */
export function percent(share: number | Interval, digits = 1): string {
  const of = (value: number) => (100 * value).toFixed(digits);
  return typeof share === "number" ? of(share) : `${of(share.value)} (${of(share.low)}–${of(share.high)})`;
}

/** A size: "512 B", "2.7 MB" (1 MB = 10⁶ bytes). */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; count >= 999.5 && unit < units.length - 1; unit++) count /= 1000;
  return `${unit === 0 || count >= 99.5 ? Math.round(count) : count.toPrecision(3)} ${units[unit]}`;
}

/** A time: "8 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** 1234567 as "1,234,567". */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number to so many digits after the point; "–" where there is none. */
export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? "–" : value.toFixed(digits);
}

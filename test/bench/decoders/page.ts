import type { Line } from "./decoders.ts";

export function pageOf(lines: readonly Line[]): string {
  return lines.map((line) => JSON.stringify(line)).join("\n");
}

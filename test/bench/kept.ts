// Compares figures with those kept last: test/bench/kept.json, with the processor that each benchmark ran on.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Measurements by name; smaller is better. */
export type Figures = Readonly<Record<string, number>>;

interface Kept {
  readonly processor: string;
  /** The unit of all figures of a benchmark. */
  readonly unit: string;
  readonly figures: Figures;
}

const FILE = "test/bench/kept.json";
/** The flag that replaces a benchmark's kept figures. */
const KEEP = "--keep";

/**
 * One line per figure, with its ratio to the kept one. Keeps the figures if there were none, or if `--keep` is given.
 */
export function besideKept(bench: string, unit: string, figures: Figures): string[] {
  const all = JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Kept>;
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  const kept = all[bench];
  if (!kept || process.argv.includes(KEEP)) {
    const rounded = Object.entries(figures).map(([what, value]) => [what, Number(value.toPrecision(3))]);
    all[bench] = { processor, unit, figures: Object.fromEntries(rounded) };
    writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
  }
  return Object.entries(figures).map(([what, value]) => {
    const before = kept?.figures[what];
    const beside = before === undefined ? "none kept before" : `kept ${before}, ratio ${(value / before).toFixed(2)}`;
    const other = kept && kept.processor !== processor ? `; kept on ${kept.processor}, now on ${processor}` : "";
    return `${what}: ${Number(value.toPrecision(3))} ${unit} (${beside}${other})`;
  });
}

// The finished cells of a benchmark, one JSON line each, in a file that is committed: the benchmark resumes where it stopped,
// also on another machine.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

export const PROCESSOR = cpus()[0]?.model.trim() ?? "unknown";

/** How a cell was measured: the seconds since `start`, and the processor. */
export const circumstances = (start: number) => ({
  seconds: Math.round((performance.now() - start) / 1000),
  processor: PROCESSOR,
});

/** The lines of a file of JSON lines. */
export const linesIn = <Line>(file: string): Line[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

export class Finished<Line extends object> {
  readonly #file: string;
  readonly #keyOf: (line: Line) => string;
  readonly #lines: Map<string, Line>;

  /** Reads `file`, if it is there. The lines are kept in the order of their keys. */
  constructor(file: string, keyOf: (line: Line) => string) {
    [this.#file, this.#keyOf] = [file, keyOf];
    const lines = existsSync(file) ? linesIn<Line>(file) : [];
    this.#lines = new Map(lines.map((line) => [keyOf(line), line]));
  }

  get lines(): Line[] {
    return [...this.#lines.values()];
  }

  find(key: string): Line | undefined {
    return this.#lines.get(key);
  }

  add(line: Line): void {
    this.#lines.set(this.#keyOf(line), line);
    const sorted = [...this.#lines].sort(([a], [b]) => a.localeCompare(b, "en"));
    writeFileSync(this.#file, sorted.map(([, line]) => `${JSON.stringify(line)}\n`).join(""));
  }
}

// How long a study takes and how much disk it needs, from the pace of steps that were measured.

import type { RunOptions } from "../recipe/options.ts";
import type { Cell } from "./cells.ts";
import type { Checked } from "./check.ts";
import type { StudyState } from "./state.ts";

/** The options on which the duration of a step depends. */
const SAME = [
  ...(["model", "task", "method", "pattern", "batchSize", "accumulate", "maxLength", "context", "device"] as const),
  ...(["layers", "kinds", "classifier", "evaluateEvery"] as const),
] satisfies (keyof RunOptions)[];

/** Measured seconds per step, including evaluations, by kind of cell. */
export class Paces {
  readonly #paces = new Map<string, number>();

  /** The latest measurement replaces earlier ones. */
  measured({ options }: Pick<Cell, "options">, secondsPerStep: number): void {
    this.#paces.set(kindOf(options), secondsPerStep);
  }

  /** Undefined if no cell of the same kind was measured. */
  of({ options }: Pick<Cell, "options">): number | undefined {
    return this.#paces.get(kindOf(options));
  }
}

/** The paces of the study's finished cells. */
export function pacesOf(state: StudyState): Paces {
  const paces = new Paces();
  for (const cell of state.cells) {
    const line = state.line(cell);
    if (line?.state !== "done") continue;
    const { seconds, steps } = line;
    if (typeof seconds === "number" && typeof steps === "number" && steps > 0) paces.measured(cell, seconds / steps);
  }
  return paces;
}

/** Cells of the same kind take the same time per step. */
export const kindOf = (options: RunOptions): string => JSON.stringify(SAME.map((key) => options[key]));

/** A cell that is left to do. */
export interface Left {
  readonly cell: Cell;
  /** Completed steps. */
  readonly step: number;
}

export interface Estimate {
  /** The seconds that the cells of a known pace take, if `atOnce` of them are trained at a time. */
  readonly seconds: number;
  /** The number of cells whose pace is unknown. */
  readonly unknown: number;
  /** Bytes that the finished cells take. */
  readonly bytes: number;
  /** Bytes that the checkpoints of unfinished cells take meanwhile. */
  readonly checkpointBytes: number;
}

/** `checked`: the steps and sizes of each cell. */
export function estimate(
  left: readonly Left[],
  checked: ReadonlyMap<number, Checked>,
  paces: Paces,
  atOnce: number,
): Estimate {
  let [seconds, unknown, bytes] = [0, 0, 0];
  for (const { cell, step } of left) {
    const known = checked.get(cell.number);
    const pace = paces.of(cell);
    bytes += known?.bytes ?? 0;
    if (pace === undefined || !known) unknown++;
    else seconds += pace * Math.max(0, known.steps - step);
  }
  const sizes = left.map(({ cell }) => checked.get(cell.number)?.checkpointBytes ?? 0).sort((a, b) => b - a);
  const width = Math.min(atOnce, Math.max(1, left.length));
  const checkpointBytes = sizes.slice(0, width).reduce((sum, size) => sum + size, 0);
  return { seconds: seconds / width, unknown, bytes, checkpointBytes };
}

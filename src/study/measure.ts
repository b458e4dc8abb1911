// Measures how long cells take: the first steps of a cell of each kind whose pace is unknown, in a folder that is
// deleted afterwards. The study itself is not touched.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { explained } from "../files.ts";
import type { RunOptions } from "../recipe/options.ts";
import type { TrainEvent } from "../train/events.ts";
import type { Cell } from "./cells.ts";
import { ENOUGH, secondsPerStep } from "./course.ts";
import { kindOf, type Paces } from "./estimate.ts";

/** The maximum time for a kind, in seconds; with at least two steps by then, the pace is known from these. */
const LONGEST = 30;
const FEWEST = 2;

export interface MeasureOptions {
  /** Trains a new run; rejects if it fails, or soon after the signal fires. It need not write a checkpoint then. */
  readonly train: (options: RunOptions, signal: AbortSignal, onEvent: (event: TrainEvent) => void) => Promise<unknown>;
  readonly signal: AbortSignal;
  /** Called before each kind, and after the last one. */
  readonly onKind?: (done: number, kinds: number) => void;
}

/** The cells whose pace is unknown, one of each kind. */
export function unknownKinds(cells: readonly Cell[], paces: Paces): Cell[] {
  const kinds = new Map<string, Cell>();
  for (const cell of cells)
    if (paces.of(cell) === undefined && !kinds.has(kindOf(cell.options))) kinds.set(kindOf(cell.options), cell);
  return [...kinds.values()];
}

/** Adds the paces of these cells to `paces`. Rejects if one of them fails; ends early if the signal fires. */
export async function measurePaces(
  cells: readonly Cell[],
  paces: Paces,
  { train, signal, onKind }: MeasureOptions,
): Promise<void> {
  const kinds = unknownKinds(cells, paces);
  if (!kinds.length) return;
  const place = tmpdir();
  const folder = await mkdtemp(path.join(place, "masklens-pace-")).catch((cause) => {
    throw explained(cause, place);
  });
  try {
    for (const [i, cell] of kinds.entries()) {
      if (signal.aborted) return;
      onKind?.(i, kinds.length);
      const pace = await paceOf({ ...cell.options, out: path.join(folder, cell.name) }, train, signal);
      if (pace !== undefined) paces.measured(cell, pace);
    }
    onKind?.(kinds.length, kinds.length);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Seconds per step of a run with these options, evaluations included; undefined if it was stopped before that is known. */
async function paceOf(
  options: RunOptions,
  train: MeasureOptions["train"],
  signal: AbortSignal,
): Promise<number | undefined> {
  const enough = new AbortController();
  let [since, steps] = [performance.now(), 0];
  let pace: number | undefined;
  const onEvent = (event: TrainEvent) => {
    if (event.type === "start") [since, steps] = [performance.now(), event.steps];
    if (event.type === "done") pace = event.result.seconds / Math.max(1, event.result.steps);
    if (event.type !== "step" || enough.signal.aborted) return;
    const late = (performance.now() - since) / 1000 > LONGEST;
    if (event.step < FEWEST || (event.step < ENOUGH && !late)) return;
    pace = secondsPerStep(since, 0, steps, event.secondsLeft);
    enough.abort();
  };
  try {
    await train(options, AbortSignal.any([signal, enough.signal]), onEvent);
  } catch (error) {
    if (!enough.signal.aborted && !signal.aborted) throw error;
  }
  return pace;
}

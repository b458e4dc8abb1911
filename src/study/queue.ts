// Trains the cells of a study that wait, several at a time, and records each result as soon as it is there.
// How a cell is trained is the caller's: in a compute process of its own.

import { messageOf } from "../errors.ts";
import type { TrainEvent } from "../train/events.ts";
import type { Cell } from "./cells.ts";
import { type Plan, prepareCell } from "./plan.ts";
import { doneLine, failedLine, writeResults } from "./results.ts";
import type { WaitingCells } from "./waiting.ts";

export interface QueueOptions {
  /** The cells to train, which the user may reorder meanwhile. */
  readonly waiting: WaitingCells;
  /**
   * Trains or resumes the run in a cell's folder. Rejects if it fails, and after a checkpoint if the signal fires; if
   * this cell alone was stopped, resolves with "stopped".
   */
  readonly train: (cell: Cell, signal: AbortSignal, onEvent: (event: TrainEvent) => void) => Promise<unknown>;
  readonly signal: AbortSignal;
  readonly on?: Partial<QueueEvents>;
}

/** What happens to a cell. */
export interface QueueEvents {
  started(cell: Cell): void;
  event(cell: Cell, event: TrainEvent): void;
  done(cell: Cell): void;
  failed(cell: Cell, error: string): void;
  /** A cell that was stopped at a checkpoint. */
  stopped(cell: Cell): void;
  /** A cell whose result is that of another cell. */
  repeated(cell: Cell, original: Cell): void;
}

/**
 * Trains all cells that wait, in order. A cell that fails is recorded with its error and does not stop the others.
 * Rejects only if a result cannot be recorded; everything that is finished is then found again from the cells' folders.
 */
export async function runQueue(plan: Plan, { waiting, train, signal, on = {} }: QueueOptions): Promise<void> {
  const { state } = plan;
  const record = recorder(plan);
  await record(); // the cells that were linked
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const one = async (cell: Cell): Promise<void> => {
    let error: string | undefined;
    try {
      await prepareCell(state, cell);
      on.started?.(cell);
      const ended = await train(cell, either, (event) => on.event?.(cell, event));
      if (ended === "stopped") return on.stopped?.(cell);
    } catch (thrown) {
      if (either.aborted) return on.stopped?.(cell);
      error = messageOf(thrown);
    }
    const line = error === undefined ? await state.finished(cell) : undefined;
    const failure = error ?? "the run ended without a result";
    state.set(cell, line ?? failedLine(cell, state.columns, failure));
    await record();
    if (!line) return on.failed?.(cell, failure);
    on.done?.(cell);
    await linkRepeats(plan, cell, record, on);
  };
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const start = (cell: Cell) => {
    const work = one(cell)
      .catch((error: unknown) => {
        failure ??= { error };
        stop.abort(); // the other cells stop at a checkpoint
      })
      .finally(() => running.delete(work));
    running.add(work);
  };
  let changed = () => {};
  const off = waiting.onChange(() => changed());
  either.addEventListener("abort", () => changed());
  for (;;) {
    while (!either.aborted) {
      const cell = waiting.next(running.size);
      if (!cell) break;
      start(cell);
    }
    if (!running.size && (either.aborted || !waiting.cells.length)) break;
    const change = new Promise<void>((resolve) => {
      changed = resolve;
    });
    await Promise.race([...running, change]);
  }
  off();
  if (failure) throw failure.error;
}

/** Records the results of cells that repeat a finished cell. */
export async function linkRepeats(
  { state, repeats }: Plan,
  original: Cell,
  record: () => Promise<void>,
  on: Pick<Partial<QueueEvents>, "repeated">,
): Promise<void> {
  for (const [cell, of] of repeats) {
    if (of !== original) continue;
    const line = await doneLine(state.study, cell, state.columns, original.folder);
    if (!line) continue;
    state.set(cell, line);
    await record();
    on.repeated?.(cell, original);
  }
}

/** A function that writes the results, one write at a time; the latest state is always written. */
export function recorder({ state }: Plan): () => Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  return () => {
    const next = writing.then(() => writeResults(state.study.folder, state.lines));
    writing = next.catch(() => undefined);
    return next;
  };
}

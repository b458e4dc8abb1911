// Trains the cells of a study on this machine, and tells what becomes of them.

import type { Cell } from "../../../study/cells.ts";
import type { Course } from "../../../study/course.ts";
import type { Plan } from "../../../study/plan.ts";
import { runQueue } from "../../../study/queue.ts";
import type { WaitingCells } from "../../../study/waiting.ts";
import { askAlone } from "../../../worker/alone.ts";
import { Stopped } from "../../../worker/errors.ts";
import type { StartCompute } from "./compute.ts";
import type { StudyEvent } from "./requests.ts";
import { Soon } from "./soon.ts";

/** Ends the training of single cells, by their folders. */
export type Stops = Map<string, AbortController>;

export interface RunHere {
  readonly plan: Plan;
  readonly course: Course;
  readonly waiting: WaitingCells;
  readonly stops: Stops;
  readonly start: StartCompute;
  readonly signal: AbortSignal;
  readonly emit: (event: StudyEvent) => void;
}

/** Resolves when nothing is left, and when the signal has stopped all cells at a checkpoint. */
export async function runHere({ plan, course, waiting, stops, start, signal, emit }: RunHere): Promise<void> {
  const live = new Soon(() =>
    emit({
      type: "live",
      live: {
        where: "here",
        ...{ paused: waiting.paused, stopping: signal.aborted, atOnce: waiting.atOnce },
        running: course.running.map(({ cell, ...rest }) => ({ cell: cell.number, ...rest })),
        waiting: waiting.cells.map(({ number }) => number),
        left: course.left(waiting.atOnce),
      },
    }),
  );
  const off = waiting.onChange(() => live.now());
  const onAbort = () => live.now();
  signal.addEventListener("abort", onAbort);
  const ended = (cell: Cell, state: "done" | "failed" | "stopped", reason?: string) => {
    course.ended(cell);
    emit({ type: "ended", folder: cell.folder, state, ...(reason !== undefined && { reason }) });
    live.now();
  };
  live.now();
  try {
    await runQueue(plan, {
      ...{ waiting, signal },
      train: async ({ folder }, stop, onEvent) => {
        const own = new AbortController();
        stops.set(folder, own);
        try {
          await askAlone(start(), "resume", { folder }, { signal: AbortSignal.any([stop, own.signal]), onEvent });
        } catch (error) {
          if (error instanceof Stopped && own.signal.aborted) return "stopped";
          throw error;
        } finally {
          stops.delete(folder);
        }
        return undefined;
      },
      on: {
        started(cell) {
          course.started(cell);
          emit({ type: "started", folder: cell.folder });
          live.now();
        },
        event(cell, event) {
          course.event(cell, event);
          emit({ type: "event", folder: cell.folder, event });
          live.soon();
        },
        done: (cell) => ended(cell, "done"),
        failed: (cell, error) => ended(cell, "failed", error),
        stopped: (cell) => ended(cell, "stopped"),
        repeated: () => live.now(),
      },
    });
  } finally {
    off();
    signal.removeEventListener("abort", onAbort);
    live.end();
  }
}

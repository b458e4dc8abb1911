// How far a study has come while its cells are trained: the steps of each cell, their paces, and what is left.

import type { TrainEvent } from "../train/events.ts";
import { type Cell, stepOf } from "./cells.ts";
import { type Estimate, estimate, type Paces, pacesOf } from "./estimate.ts";
import type { Plan } from "./plan.ts";

/** Steps after which a cell's pace is known well enough. */
export const ENOUGH = 5;

/** A cell that is being trained. */
interface Running {
  readonly since: number;
  from: number;
  step: number;
  steps: number;
  secondsLeft: number | null;
  /** How far the transfer to linear attention has come, which comes before the first step; null without, and afterwards. */
  transfer: { readonly step: number; readonly steps: number } | null;
}

/** A cell that is being trained, for people. */
export interface CourseOfCell extends Omit<Running, "since" | "from"> {
  readonly cell: Cell;
}

/** The pace of a run by its first steps: the time it has taken and expects to take, per step. */
export function secondsPerStep(since: number, from: number, steps: number, secondsLeft: number): number {
  return ((performance.now() - since) / 1000 + secondsLeft) / Math.max(1, steps - from);
}

export class Course {
  readonly #plan: Plan;
  readonly #paces: Paces;
  readonly #running = new Map<Cell, Running>();
  readonly #over = new Set<Cell>();
  /** The steps of unfinished runs. */
  readonly #before: ReadonlyMap<Cell, number>;

  /** `paces`: those that were measured before. */
  constructor(plan: Plan, paces = pacesOf(plan.state)) {
    this.#plan = plan;
    this.#paces = paces;
    this.#before = new Map(plan.todo.map((cell) => [cell, stepOf(cell)]));
  }

  get running(): readonly CourseOfCell[] {
    return [...this.#running].map(([cell, { since: _, from: __, ...rest }]) => ({ cell, ...rest }));
  }

  started(cell: Cell): void {
    const steps = this.#plan.checked.get(cell.number)?.steps ?? 0;
    this.#running.set(cell, {
      ...{ since: performance.now(), from: 0 },
      ...{ step: 0, steps, secondsLeft: null, transfer: null },
    });
  }

  event(cell: Cell, event: TrainEvent): void {
    const running = this.#running.get(cell);
    if (!running) return;
    if (event.type === "start") Object.assign(running, { from: event.step, step: event.step, steps: event.steps });
    if (event.type === "transfer") running.transfer = { step: event.step, steps: event.steps };
    if (event.type !== "step") return;
    Object.assign(running, { step: event.step, secondsLeft: event.secondsLeft, transfer: null });
    const { since, from, steps } = running;
    if (event.step - from >= ENOUGH) this.#paces.measured(cell, secondsPerStep(since, from, steps, event.secondsLeft));
  }

  ended(cell: Cell): void {
    this.#running.delete(cell);
    this.#over.add(cell);
  }

  /** What the cells that are not over need, if `atOnce` of them are trained at a time; stopped cells resume. */
  left(atOnce: number): Estimate {
    const left = this.#plan.todo
      .filter((cell) => !this.#over.has(cell))
      .map((cell) => ({ cell, step: this.#running.get(cell)?.step ?? this.#before.get(cell) ?? 0 }));
    return estimate(left, this.#plan.checked, this.#paces, atOnce);
  }
}

// The cells that wait to be trained, in an order that can be changed while others are trained.

import type { Cell } from "./cells.ts";

/** Where a waiting cell is moved. */
export type Move = "up" | "down" | "top" | "bottom";

export class WaitingCells {
  readonly #cells: Cell[];
  readonly #changed = new Set<() => void>();
  #atOnce: number;
  #paused = false;

  /** `atOnce`: how many cells are trained at a time, at least 1. */
  constructor(cells: readonly Cell[], atOnce = 1) {
    this.#cells = [...cells];
    this.#atOnce = Math.max(1, atOnce);
  }

  /** In the order in which they start. */
  get cells(): readonly Cell[] {
    return this.#cells;
  }

  get atOnce(): number {
    return this.#atOnce;
  }

  set atOnce(count: number) {
    this.#atOnce = Math.max(1, count);
    this.#tell();
  }

  /** While paused, no cell starts; those that are being trained go on. */
  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#tell();
  }

  /** Moves a cell among those that wait; does nothing if it waits no longer. */
  move(number: number, to: Move): void {
    const from = this.#cells.findIndex((cell) => cell.number === number);
    if (from < 0) return;
    const [cell] = this.#cells.splice(from, 1);
    const place = { up: Math.max(0, from - 1), down: from + 1, top: 0, bottom: this.#cells.length }[to];
    this.#cells.splice(place, 0, cell!);
    this.#tell();
  }

  /** The next cell to start; undefined if `running` are enough, none waits, or the queue is paused. */
  next(running: number): Cell | undefined {
    return this.#paused || running >= this.#atOnce ? undefined : this.#cells.shift();
  }

  /** Calls back after each change by the user; returns a function that ends this. */
  onChange(changed: () => void): () => void {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  }

  #tell(): void {
    for (const changed of this.#changed) changed();
  }
}

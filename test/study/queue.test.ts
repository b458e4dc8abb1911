// The order in which the cells of a study start, and how it changes while others are trained.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Cell } from "../../src/study/cells.ts";
import { runQueue } from "../../src/study/queue.ts";
import { WaitingCells } from "../../src/study/waiting.ts";
import { planned, resultsOf, TinyStudies } from "./tiny.ts";

const studies = new TinyStudies();
after(() => studies.remove());

/** A queue over five cells whose training is ended by the test, without a result. */
class Trial {
  readonly started: number[] = [];
  readonly heard: string[] = [];
  readonly waiting: WaitingCells;
  readonly stop = new AbortController();
  readonly folder: string;
  readonly over: Promise<void>;
  readonly #end = new Map<number, (ended?: "stopped") => void>();
  #waitsFor: { readonly count: number; readonly resolve: () => void } | undefined;

  private constructor(folder: string, plan: Awaited<ReturnType<typeof planned>>, atOnce: number) {
    this.folder = folder;
    this.waiting = new WaitingCells(plan.todo, atOnce);
    const say = (what: string) => (cell: Cell) => void this.heard.push(`${what} ${cell.number}`);
    this.over = runQueue(plan, {
      ...{ waiting: this.waiting, signal: this.stop.signal },
      train: (cell, signal) => this.#train(cell, signal),
      on: { stopped: say("stopped"), failed: say("failed") },
    });
  }

  static async of(name: string, atOnce = 1): Promise<Trial> {
    const folder = studies.make(name, { seeds: [1, 2, 3, 4, 5] });
    return new Trial(folder, await planned(folder), atOnce);
  }

  #train({ number }: Cell, signal: AbortSignal): Promise<unknown> {
    this.started.push(number);
    if (this.#waitsFor && this.started.length >= this.#waitsFor.count) this.#waitsFor.resolve();
    return new Promise((resolve, reject) => {
      this.#end.set(number, resolve);
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  }

  /** Waits until so many cells have started. */
  async until(count: number): Promise<readonly number[]> {
    if (this.started.length < count)
      await new Promise<void>((resolve) => {
        this.#waitsFor = { count, resolve };
      });
    return this.started;
  }

  end(number: number, ended?: "stopped"): void {
    this.#end.get(number)!(ended);
  }
}

const numbers = ({ cells }: WaitingCells) => cells.map(({ number }) => number);

test("waiting cells move up, down, to the top and to the end, and no further", () => {
  const waiting = new WaitingCells([1, 2, 3, 4].map((number) => ({ number }) as Cell));
  const moves = [
    [3, "up", "1324"],
    [3, "top", "3124"],
    [3, "up", "3124"],
    [3, "down", "1324"],
    [1, "bottom", "3241"],
    [1, "down", "3241"],
    [9, "top", "3241"],
  ] as const;
  for (const [cell, to, after] of moves) {
    waiting.move(cell, to);
    assert.equal(numbers(waiting).join(""), after);
  }
});

test("a cell that is moved while others are trained starts in its new place", async () => {
  const trial = await Trial.of("moved");
  await trial.until(1);
  trial.waiting.move(5, "top");
  trial.waiting.move(2, "down");
  for (const [i, cell] of [1, 5, 3, 2, 4].entries()) {
    assert.equal((await trial.until(i + 1))[i], cell);
    trial.end(cell);
  }
  await trial.over;
});

test("while the queue is paused no cell starts, those that are trained go on, and it ends only when none waits", async () => {
  const trial = await Trial.of("paused", 2);
  await trial.until(2);
  trial.waiting.paused = true;
  for (const cell of [1, 2]) trial.end(cell);
  const first = await Promise.race([trial.over.then(() => "over"), new Promise((resolve) => setTimeout(resolve, 300))]);
  assert.deepEqual([first, trial.started.toSorted(), numbers(trial.waiting)], [undefined, [1, 2], [3, 4, 5]]);
  trial.waiting.paused = false;
  assert.deepEqual((await trial.until(4)).toSorted(), [1, 2, 3, 4]);
  trial.stop.abort();
  await trial.over;
  assert.deepEqual(trial.heard.slice(-2).sort(), ["stopped 3", "stopped 4"]);
});

test("more cells are trained at a time as soon as that is asked for, and fewer when one has ended", async () => {
  const trial = await Trial.of("at-once");
  await trial.until(1);
  trial.waiting.atOnce = 3;
  assert.deepEqual((await trial.until(3)).toSorted(), [1, 2, 3]);
  trial.waiting.atOnce = 1;
  for (const cell of [1, 2]) trial.end(cell);
  trial.end(3);
  assert.equal((await trial.until(4))[3], 4);
  trial.stop.abort();
  await trial.over;
  assert.equal(trial.started.length, 4);
});

test("a stop of a paused queue ends it", async () => {
  const trial = await Trial.of("stopped");
  await trial.until(1);
  trial.waiting.paused = true;
  trial.stop.abort();
  await trial.over;
  assert.deepEqual([trial.heard, trial.started], [["stopped 1"], [1]]);
});

test("a cell that alone is stopped is not recorded as failed, and the others go on", async () => {
  const trial = await Trial.of("one");
  await trial.until(1);
  trial.end(1, "stopped");
  assert.deepEqual(await trial.until(2), [1, 2]);
  trial.end(2);
  await trial.until(3);
  trial.stop.abort();
  await trial.over;
  assert.deepEqual(trial.heard, ["stopped 1", "failed 2", "stopped 3"]);
  assert.deepEqual(
    resultsOf(trial.folder).map(({ cell, state }) => [cell, state]),
    [[2, "failed"]],
  );
});

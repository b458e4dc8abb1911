// Checks every cell of a study before the first one starts, and finds out what its run depends on and how large it is.

import { deviceOf, openBase } from "../adaptation/base.ts";
import { generatorOf } from "../adaptation/generation/text-scoring.ts";
import { readTask, type Task } from "../data/task.ts";
import { InputError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { onDemand } from "../on-demand.ts";
import { layout } from "../program/layout.ts";
import type { RunOptions } from "../recipe/options.ts";
import { sizeOf } from "../tensor.ts";
import { stepsOf } from "../train/duration.ts";
import { dataOf, inputsOf, type Planned, planOf } from "../train/prepare.ts";
import type { Cell } from "./cells.ts";

/** What is known of a cell before it starts. */
export interface Checked {
  /** Hashes of the data and the base model, as in the `start` event of its log. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly steps: number;
  /** The size of the adaptation in bytes, but for its metadata. */
  readonly bytes: number;
  /** The largest size of the checkpoint in bytes. */
  readonly checkpointBytes: number;
}

/** An error, and the numbers of the cells that have it. */
export interface Fault {
  readonly cells: readonly number[];
  readonly error: InputError;
}

/** Checks these cells; `onCell` hears of each one that is checked. Opens each base model and each task once. */
export async function checkCells(
  cells: readonly Cell[],
  onCell: (done: number) => void = () => undefined,
): Promise<{ readonly checked: ReadonlyMap<number, Checked>; readonly faults: readonly Fault[] }> {
  const checked = new Map<number, Checked>();
  const faults = new Faults();
  const tasks = new Map<string, () => Promise<Task>>();
  const taskAt = (file: string): Promise<Task> => {
    if (!tasks.has(file))
      tasks.set(
        file,
        onDemand(() => readTask(file)),
      );
    return tasks.get(file)!();
  };
  for (const [model, own] of grouped(cells)) {
    // A missing model must not hide what is wrong with the tasks.
    const base = await faults.of(own, () => openBase(model));
    try {
      const rows = new Map<string, () => Promise<number>>();
      for (const cell of own) {
        const found = await faults.of([cell], async () => {
          deviceOf(cell.options.device);
          const task = await taskAt(cell.options.task);
          if (!base) return undefined;
          const planned = await planOf(cell.options, base, task);
          const key = encodingOf(cell.options);
          if (!rows.has(key))
            rows.set(
              key,
              onDemand(async () => {
                // Without the token from which a decoder starts, an encoder–decoder's examples could not be encoded.
                const generator = await generatorOf(cell.options, base, task);
                return dataOf(cell.options, base, task, { ...planned, generator }).rows;
              }),
            );
          return {
            inputs: inputsOf(planned, task),
            steps: stepsOf(await rows.get(key)!(), cell.options),
            ...sizesOf(planned, base.config),
          };
        });
        if (found) checked.set(cell.number, found);
        onCell(checked.size);
      }
    } finally {
      await base?.pretrained.close();
    }
  }
  return { checked, faults: faults.all() };
}

function grouped(cells: readonly Cell[]): Map<string, Cell[]> {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) groups.set(cell.options.model, [...(groups.get(cell.options.model) ?? []), cell]);
  return groups;
}

/** The options on which the encoding of training examples depends, their number and its errors, for one base model. */
function encodingOf({ task, maxLength, context, lengthAdaptor, limit, seed }: RunOptions): string {
  return JSON.stringify([task, maxLength, context, lengthAdaptor, limit, limit && seed]);
}

/** In bytes. */
const FLOAT = 4;

/** Sizes by the formats of adaptations and checkpoints: a bit per masked weight; a value and two moments per score. */
function sizesOf({ recipe, classifier }: Planned, config: ModelConfig): Pick<Checked, "bytes" | "checkpointBytes"> {
  const total = (sizes: Iterable<number>) => [...sizes].reduce((sum, size) => sum + size, 0);
  const shapes = new Map(layout(config, recipe).map(({ name, shape }) => [name, shape]));
  const values = (names: Iterable<string>) => total([...names].map((name) => sizeOf(shapes.get(name) ?? [])));
  const trained = values(recipe.trained);
  const kept = values(new Set([...classifier.tensors.keys(), ...recipe.trained]));
  const bits = total(recipe.matrices.map(({ rows, columns }) => rows * Math.ceil(columns / 8)));
  const scores = total(recipe.matrices.map(({ rows, columns }) => rows * columns));
  const tensors = FLOAT * (recipe.format === "mask" ? kept : trained);
  return { bytes: bits + tensors, checkpointBytes: 3 * FLOAT * (scores + trained) + 2 * bits + tensors };
}

/** Errors by their message, so that an error that many cells share is named once. */
class Faults {
  readonly #found = new Map<string, { readonly cells: Set<number>; readonly error: InputError }>();

  /** The result of `work`; undefined if it throws an InputError, which is then recorded for these cells. */
  async of<T>(cells: readonly Cell[], work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const known = this.#found.get(error.message) ?? { cells: new Set<number>(), error };
      for (const { number } of cells) known.cells.add(number);
      this.#found.set(error.message, known);
      return undefined;
    }
  }

  all(): Fault[] {
    return [...this.#found.values()].map(({ cells, error }) => ({ cells: [...cells].sort((a, b) => a - b), error }));
  }
}

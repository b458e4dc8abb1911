// What tells the cells of a study apart, as text.

import path from "node:path";
import type { Cell } from "./cells.ts";
import { scalarOf } from "./columns.ts";

/** "models/bert" as "bert", "sst2.task.json" as "sst2". */
export const shortName = (file: string): string => path.basename(file).replace(/\.task\.json$/, "");

/** A function that gives a cell's options that vary, and its seed: "mask, sst2, learningRate=0.003, seed 1". */
export function cellTexts(cells: readonly Cell[], columns: readonly string[]): (cell: Cell) => string {
  const several = (value: (cell: Cell) => string) => cells.some((cell) => value(cell) !== value(cells[0]!));
  const [models, tasks] = [several((cell) => cell.model), several((cell) => cell.task)];
  return ({ model, task, method, seed, options }) => {
    const values = options as unknown as Readonly<Record<string, unknown>>;
    return [
      ...(models ? [shortName(model)] : []),
      ...(tasks ? [shortName(task)] : []),
      method,
      ...columns.flatMap((name) => {
        const value = scalarOf(values[name]);
        return value === null ? [] : `${name}=${value}`; // other methods use it
      }),
      `seed ${seed}`,
    ].join(", ");
  };
}

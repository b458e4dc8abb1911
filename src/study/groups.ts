// The results of a study by group: cells that differ only in their seeds.

import { type Spread, spreadOf } from "../spread.ts";
import { shortName } from "./cell-text.ts";
import type { Cell } from "./cells.ts";
import { scalarOf } from "./columns.ts";
import type { DoneLine } from "./results.ts";
import type { StudyState } from "./state.ts";

export interface Group {
  readonly model: string;
  readonly task: string;
  readonly method: string;
  /** The varying options of the group, as flags are written. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  /** The numbers of all its cells, finished or not. */
  readonly cells: readonly number[];
  /** The metric that chooses the best step; null if no cell is finished. */
  readonly metric: string | null;
  /** null if no cell is finished. */
  readonly validation: Spread | null;
  readonly test: Spread | null;
  readonly sparsity: Spread | null;
  /** Parameters trained, scores of masks included, as a share of the model's. */
  readonly trained: Spread | null;
}

/** The groups in the order of the study's cells. */
export function groupsOf(state: StudyState): Group[] {
  const groups = new Map<number, Cell[]>();
  for (const cell of state.cells) groups.set(cell.group, [...(groups.get(cell.group) ?? []), cell]);
  return [...groups.values()].map((cells) => {
    const lines = cells.flatMap((cell) => {
      const line = state.line(cell);
      return line?.state === "done" ? [line] : [];
    });
    const { model, task, method, options } = cells[0]!;
    const metric = lines.map((line) => line.metric).find((name) => typeof name === "string") as string | undefined;
    const values = options as unknown as Readonly<Record<string, unknown>>;
    return {
      ...{ model, task, method },
      // The seed of the initial scores differs within a group unless it is an option of its own.
      options: Object.fromEntries(
        state.columns
          .filter((name) => cells.every((cell) => same(cell, cells[0]!, name)))
          .map((name) => [name, scalarOf(values[name])]),
      ),
      cells: cells.map(({ number }) => number),
      metric: metric ?? null,
      validation: spreadOf(numbers(lines, "value")),
      test: metric === undefined ? null : spreadOf(numbers(lines, `test_${metric}`)),
      sparsity: spreadOf(numbers(lines, "sparsity")),
      trained: spreadOf(numbers(lines, "trained")),
    };
  });
}

function same(a: Cell, b: Cell, name: string): boolean {
  const [one, other] = [a, b].map(({ options }) => (options as unknown as Record<string, unknown>)[name]);
  return JSON.stringify(one) === JSON.stringify(other);
}

const numbers = (lines: readonly DoneLine[], column: string): number[] =>
  lines.map((line) => line[column]).filter((value): value is number => typeof value === "number");

type Named = Pick<Group, "model" | "task" | "method" | "options">;

/** "sst2, mask, learningRate=0.003", and before it the model if there are several. */
export function groupNames(groups: readonly Named[]): (group: Named) => string {
  const several = groups.some(({ model }) => model !== groups[0]!.model);
  return ({ model, task, method, options }) => {
    const own = Object.entries(options).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
    return [...(several ? [shortName(model)] : []), shortName(task), method, ...own].join(", ");
  };
}

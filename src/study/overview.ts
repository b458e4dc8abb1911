// A study for people to look at: its cells, what they have reached, and the mean over seeds of each group. Plain data.

import path from "node:path";
import type { Interval, Metrics } from "../mask/metadata.ts";
import { cellTexts } from "./cell-text.ts";
import { type Cell, stepOf } from "./cells.ts";
import { type Group, groupsOf } from "./groups.ts";
import type { CellState, StudyState } from "./state.ts";

export interface CellOverview {
  /** Counted from 1. */
  readonly cell: number;
  /** "007" */
  readonly name: string;
  readonly state: CellState;
  /** The index of its group. */
  readonly group: number;
  /** What tells it apart from other cells. */
  readonly text: string;
  /** The folder of its run, which a linked cell shares with another cell or study; absolute. */
  readonly run: string;
  readonly linked: boolean;
  /** The step that its run has reached. */
  readonly step: number;
  /** On the validation examples, at the best step; null if it is not finished. */
  readonly metric: string | null;
  readonly value: number | null;
  /** The 95 % confidence interval of the value. */
  readonly interval: Pick<Interval, "low" | "high"> | null;
  readonly error: string | null;
}

export interface StudyOverview {
  readonly folder: string;
  readonly name: string;
  readonly description: string | null;
  readonly cells: readonly CellOverview[];
  readonly groups: readonly Group[];
  /** Why some combinations cannot be cells. */
  readonly refused: readonly string[];
}

export async function overviewOf(state: StudyState): Promise<StudyOverview> {
  const { study, cells, columns, refused } = state;
  const textOf = cellTexts(cells, columns);
  const groups = groupsOf(state);
  const groupOf = new Map(groups.flatMap((group, i) => group.cells.map((number) => [number, i] as const)));
  return {
    ...{ folder: study.folder, name: path.basename(study.folder), description: study.plan.description ?? null },
    cells: await Promise.all(
      cells.map(async (cell) => ({
        ...{ cell: cell.number, name: cell.name, state: await state.stateOf(cell) },
        ...{ group: groupOf.get(cell.number)!, text: textOf(cell), run: state.runOf(cell) },
        ...reached(state, cell),
      })),
    ),
    groups,
    refused: refused.map(({ error }) => error.message),
  };
}

function reached(state: StudyState, cell: Cell) {
  const line = state.line(cell);
  const none = { linked: false, metric: null, value: null, interval: null, error: null };
  if (!line) return { ...none, step: stepOf(cell) };
  if (line.state === "failed") return { ...none, step: stepOf(cell), error: line.error };
  const { metric, value, steps, validation, linked } = line;
  return {
    ...{ linked, step: Number(steps), error: null, value: typeof value === "number" ? value : null },
    ...(typeof metric === "string"
      ? { metric, interval: intervalOf(validation, metric) }
      : { metric: null, interval: null }),
  };
}

/** The interval of a metric in a line's metrics, which are not validated. */
function intervalOf(metrics: unknown, name: string): Pick<Interval, "low" | "high"> | null {
  const found = typeof metrics === "object" && metrics ? (metrics as Metrics)[name] : undefined;
  if (typeof found !== "object" || found === null) return null;
  const { low, high } = found;
  return typeof low === "number" && typeof high === "number" ? { low, high } : null;
}

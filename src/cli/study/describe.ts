// Describes a study: its cells, what they have reached, and the mean over seeds of each group.

import path from "node:path";
import type { Spread } from "../../spread.ts";
import type { Cell } from "../../study/cells.ts";
import { scalarOf } from "../../study/columns.ts";
import { type Group, groupsOf } from "../../study/groups.ts";
import type { CellState, StudyState } from "../../study/state.ts";
import { percent, table } from "../table.ts";
import { named } from "../terminal.ts";

/** The maximum number of cells and groups to list. */
const MOST_CELLS = 100;
const MOST_GROUPS = 200;
const STATES: readonly CellState[] = ["done", "running", "stopped", "failed", "waiting"];

/** "models/bert" as "bert", "sst2.task.json" as "sst2". */
const shortName = (file: string): string => path.basename(file).replace(/\.task\.json$/, "");

/** The options that vary, and the seed: "mask, sst2, learningRate=0.003, seed 1". */
export function cellText({ model, task, method, seed, options }: Cell, { cells, columns }: StudyState): string {
  const several = (value: (cell: Cell) => string) => cells.some((cell) => value(cell) !== value(cells[0]!));
  const values = options as unknown as Readonly<Record<string, unknown>>;
  return [
    ...(several((cell) => cell.model) ? [shortName(model)] : []),
    ...(several((cell) => cell.task) ? [shortName(task)] : []),
    method,
    ...columns.map((name) => `${name}=${scalarOf(values[name])}`),
    `seed ${seed}`,
  ].join(", ");
}

/** Also "6 cells: 4 done, 1 running, 1 waiting". */
export async function studyInformation(state: StudyState): Promise<{ json: object; text: string }> {
  const { study, cells, refused } = state;
  const states = await Promise.all(cells.map((cell) => state.stateOf(cell)));
  const counts = STATES.map((name) => ({ name, count: states.filter((one) => one === name).length }));
  const groups = groupsOf(state);
  const shown = counts.filter(({ count }) => count).map(({ name, count }) => `${count} ${name}`);
  const { description } = study.plan;
  return {
    json: {
      ...{ format: "study", folder: study.folder, description: description ?? null },
      states: Object.fromEntries(counts.map(({ name, count }) => [name, count])),
      cells: cells.map((cell, i) => ({
        ...{ cell: cell.number, state: states[i], group: cell.group, text: cellText(cell, state) },
        error: errorOf(state, cell) ?? null,
      })),
      groups,
      refused: refused.map(({ error }) => error.message),
    },
    text: `${named(path.basename(study.folder))}: ${cells.length} ${cells.length === 1 ? "cell" : "cells"}: ${shown.join(", ") || "none"}
${description === undefined ? "" : `${named(description)}\n`}
${cellTable(state, states)}
${groupTable(groups)}${refused.map(({ error }) => `\n${error.message}`).join("")}${refused.length ? "\n" : ""}`,
  };
}

function cellTable(state: StudyState, states: readonly CellState[]): string {
  const rows = state.cells.slice(0, MOST_CELLS).map((cell, i) => {
    const line = state.line(cell);
    const value = line?.state === "done" && typeof line.value === "number" ? percent(line.value) : "–";
    const where = line?.state === "done" && line.linked ? line.run : "";
    return [cell.name, cellText(cell, state), states[i]!, value, errorOf(state, cell) ?? where];
  });
  const left = state.cells.length - rows.length;
  return `${table(["cell", "", "state", "validation, %", ""], rows, [0, 1, 2, 4])}${left > 0 ? `and ${left} more cells (results.jsonl lists all)\n` : ""}`;
}

function errorOf(state: StudyState, cell: Cell): string | undefined {
  const line = state.line(cell);
  return line?.state === "failed" ? line.error : undefined;
}

function groupTable(groups: readonly Group[]): string {
  const finished = groups.filter(({ validation }) => validation);
  if (!finished.length) return "";
  const several = (value: (group: Group) => string) => groups.some((group) => value(group) !== value(groups[0]!));
  const options = [...new Set(finished.flatMap((group) => Object.keys(group.options)))];
  const rows = finished
    .slice(0, MOST_GROUPS)
    .map((group) => [
      ...(several(({ model }) => model) ? [shortName(group.model)] : []),
      ...(several(({ task }) => task) ? [shortName(group.task)] : []),
      group.method,
      ...options.map((name) => String(group.options[name] ?? "–")),
      `${group.validation!.n} of ${group.cells.length}`,
      group.metric ?? "–",
      spreadText(group.validation),
      spreadText(group.test),
      spreadText(group.sparsity),
    ]);
  const header = [
    ...(several(({ model }) => model) ? ["model"] : []),
    ...(several(({ task }) => task) ? ["task"] : []),
    ...["method", ...options, "n", "metric", "validation, %", "test, %", "sparsity, %"],
  ];
  return `${table(header, rows, [0])}Mean ± sample standard deviation over the n finished seeds of each group. It shows how much runs vary with the seed; it is not an interval.
`;
}

/** "88.2 ± 0.4"; without a deviation if there is only one value. */
function spreadText(value: Spread | null): string {
  if (!value) return "–";
  return value.deviation === null ? percent(value.mean) : `${percent(value.mean)} ± ${percent(value.deviation)}`;
}

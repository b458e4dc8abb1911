// Describes a study: its cells, what they have reached, and the mean over seeds of each group.

import path from "node:path";
import { isShare, metricTitle, valueText } from "../../metric.ts";
import { fixed } from "../../numbers.ts";
import type { Spread } from "../../spread.ts";
import { shortName } from "../../study/cell-text.ts";
import type { Group } from "../../study/groups.ts";
import { type CellOverview, overviewOf } from "../../study/overview.ts";
import type { CellState, StudyState } from "../../study/state.ts";
import { table } from "../tables/table.ts";
import { named } from "../terminal.ts";

/** The maximum number of cells and groups to list. */
const MOST_CELLS = 100;
const MOST_GROUPS = 200;
const STATES: readonly CellState[] = ["done", "running", "stopped", "failed", "waiting"];

/** Also "6 cells: 4 done, 1 running, 1 waiting". */
export async function studyInformation(state: StudyState): Promise<{ json: object; text: string }> {
  const { folder, name, description, cells, groups, refused } = await overviewOf(state);
  const counts = STATES.map((name) => ({ name, count: cells.filter((cell) => cell.state === name).length }));
  const shown = counts.filter(({ count }) => count).map(({ name, count }) => `${count} ${name}`);
  return {
    json: {
      ...{ format: "study", folder, description },
      states: Object.fromEntries(counts.map(({ name, count }) => [name, count])),
      cells: cells.map(({ cell, state, group, text, error }) => ({ cell, state, group, text, error })),
      ...{ groups, refused },
    },
    text: `${named(name)}: ${cells.length} ${cells.length === 1 ? "cell" : "cells"}: ${shown.join(", ") || "none"}
${description === null ? "" : `${named(description)}\n`}
${cellTable(folder, cells)}
${groupTable(groups)}${refused.map((message) => `\n${message}`).join("")}${refused.length ? "\n" : ""}`,
  };
}

function cellTable(study: string, cells: readonly CellOverview[]): string {
  const rows = cells.slice(0, MOST_CELLS).map(({ name, text, state, value, metric, linked, run, error }) => {
    const where = linked ? path.relative(study, run).split(path.sep).join("/") : "";
    return [name, text, state, value === null ? "–" : valueText(metric, value), error ?? where];
  });
  const left = cells.length - rows.length;
  return `${table(["cell", "", "state", titleOf("validation", cells), ""], rows, [0, 1, 2, 4])}${left > 0 ? `and ${left} more cells (results.jsonl lists all)\n` : ""}`;
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
      group.metric === null ? "–" : metricTitle(group.metric),
      spreadText(group.validation, group.metric),
      spreadText(group.test, group.metric),
      spreadText(group.sparsity),
      group.trained ? fixed(100 * group.trained.mean, 2) : "–",
    ]);
  const header = [
    ...(several(({ model }) => model) ? ["model"] : []),
    ...(several(({ task }) => task) ? ["task"] : []),
    ...[
      "method",
      ...options,
      "n",
      "metric",
      titleOf("validation", finished),
      titleOf("test", finished),
      "sparsity, %",
      "trained, %",
    ],
  ];
  return `${table(header, rows, [0])}Mean ± sample standard deviation over the n finished seeds of each group. It shows how much runs vary with the seed; it is not an interval.
`;
}

/** "test, %", if all values are shares. */
const titleOf = (title: string, all: readonly { readonly metric: string | null }[]): string =>
  all.every(({ metric }) => isShare(metric)) ? `${title}, %` : title;

/** "88.2 ± 0.4"; without a deviation if there is only one value. */
function spreadText(value: Spread | null, metric?: string | null): string {
  if (!value) return "–";
  const of = (one: number) => valueText(metric, one);
  return value.deviation === null ? of(value.mean) : `${of(value.mean)} ± ${of(value.deviation)}`;
}

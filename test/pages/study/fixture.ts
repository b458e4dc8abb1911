// Messages for the page of a study.

import type { CellOverview, Group, StudyLive, StudyOverview, ToStudy } from "../../../src/messages/study.ts";
import { spreadOf } from "../../../src/spread.ts";

/** A study of two methods and three seeds: one cell failed, one was stopped, one is not started. */
export function overview(more: Partial<StudyOverview> = {}): StudyOverview {
  const values = [0.884, 0.871, 0.892];
  const cells = ["mask", "finetune"].flatMap((method, group) =>
    [1, 2, 3].map((seed): CellOverview => {
      const cell = 3 * group + seed;
      const name = String(cell).padStart(3, "0");
      const value = group === 0 ? values[seed - 1]! : null;
      return {
        ...{ cell, name, group, text: `${method}, seed ${seed}`, run: `/w/studies/methods/cells/${name}` },
        ...{ state: group === 0 ? "done" : "waiting", linked: cell === 3, step: group === 0 ? 240 : 0, error: null },
        ...{ metric: value === null ? null : "accuracy", value },
        interval: value === null ? null : { low: value - 0.021, high: value + 0.019 },
      };
    }),
  );
  cells[3] = { ...cells[3]!, state: "failed", step: 12, error: "the loss became NaN; use a lower learning rate." };
  cells[4] = { ...cells[4]!, state: "stopped", step: 100 };
  const groups = [groupOf("mask", [1, 2, 3], values), groupOf("finetune", [4, 5, 6], [])];
  const description = "Method comparison. mask: the recipe of the paper.";
  return { folder: "/w/studies/methods", name: "methods", description, cells, groups, refused: [], ...more };
}

function groupOf(method: string, cells: readonly number[], values: readonly number[]): Group {
  const [validation, test] = [values, values.map((value) => value - 0.01)].map(spreadOf);
  const options = { learningRate: method === "mask" ? 0.001 : 0.00005 };
  const sparsity = spreadOf(method === "mask" ? values.map((_, i) => 0.05 + i / 1000) : []);
  const metric = values.length ? "accuracy" : null;
  return {
    ...{ model: "../models/tiny", task: "../tasks/sst2.task.json", method, options, cells, metric },
    ...{
      validation: validation!,
      test: test!,
      sparsity,
      trained: spreadOf(values.map(() => (method === "mask" ? 0.46 : 1))),
    },
  };
}

/** The fourth cell trains, the others wait. */
export const live = (more: Partial<StudyLive> = {}): StudyLive => ({
  ...{ where: "here", paused: false, stopping: false, atOnce: 1 },
  running: [{ cell: 4, step: 120, steps: 240, secondsLeft: 65 }],
  waiting: [5, 6],
  left: { seconds: 185, unknown: 0, bytes: 1e6, checkpointBytes: 1e7 },
  ...more,
});

export const studyMessage = (live: StudyLive | null = null, more: Partial<StudyOverview> = {}): ToStudy => ({
  ...{ type: "study", overview: overview(more), live, atOnce: 1 },
});

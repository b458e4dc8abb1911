// The files of a study: valid ones, and readers that do what the product does with them.

import { readFileSync } from "node:fs";
import path from "node:path";
import { readJsonObject } from "../../src/json.ts";
import { OPTIONS } from "../../src/recipe/options.ts";
import { parseStudy } from "../../src/study/description.ts";
import { expand } from "../../src/study/expand.ts";
import { readResults } from "../../src/study/results.ts";
import { jobOf, tasksOf } from "../../src/study/slurm/squeue.ts";

/** A plan with every key. */
export const STUDY_JSON = {
  description: "what for",
  ...{ models: ["m"], tasks: ["a.task.json"], methods: ["mask", { method: "pattern", pattern: "bitfit" }] },
  options: { epochs: 3, limit: { train: 5 }, layers: "0-1", kinds: ["Q", "K"] },
  grid: { learningRate: [0.001, 0.003], maxLength: [16, 32], device: ["cpu"] },
  seeds: [1, 2, 3],
};

export const studyWords = (): string[] => [
  ...Object.keys(STUDY_JSON),
  ...Object.keys(OPTIONS().shape),
  "mask",
  "finetune",
];

export async function readPlan(folder: string): Promise<void> {
  const file = path.join(folder, "study.json");
  const { contradictions } = expand(parseStudy(await readJsonObject(file, "give a study"), file), file);
  if (contradictions[0]) throw contradictions[0].error;
}

const interval = { value: 0.5, low: 0.4, high: 0.6 };
const metrics = { examples: 20, accuracy: interval };
const KEY = "0".repeat(64);

export function resultLines(): string {
  const cell = { model: "m", task: "a.task.json", method: "mask", seed: 1, option_epochs: 3 };
  const done = {
    ...{
      cell: 1,
      state: "done",
      ...cell,
      metric: "accuracy",
      value: 0.5,
      test_accuracy: 0.5,
      sparsity: 0.05,
      steps: 3,
    },
    ...{ bytes: 9, seconds: 1, linked: false, run: "cells/001", adaptation: "cells/001/001.mask.safetensors" },
    ...{ modelSha256: KEY, validation: metrics, test: metrics, key: KEY },
  };
  const failed = { cell: 2, state: "failed", ...cell, error: "it failed; try again.", key: KEY };
  return `${[done, failed].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

export async function readLines(folder: string): Promise<void> {
  for (const line of await readResults(folder)) {
    line.key.slice(1);
    if (line.state === "done") path.join(folder, line.run, line.adaptation);
    else line.error.trim();
  }
}

/** What squeue prints: the form of version 22.05, and that of 24.05. */
export function queues(): object[] {
  const task = { name: "masklens-a-1", array_job_id: 7, job_id: 8, array_task_id: 2, restart_cnt: 0 };
  const number = (value: number) => ({ set: true, infinite: false, number: value });
  return [
    {
      jobs: [
        { ...task, job_state: "RUNNING", array_task_string: "" },
        { ...task, job_state: "PENDING", array_task_string: "3-5,7%2" },
      ],
    },
    {
      jobs: [
        {
          ...{ name: "masklens-a-1", array_job_id: number(7), job_id: 8, array_task_id: number(2), restart_cnt: 1 },
          ...{ job_state: ["RUNNING", "COMPLETING"], array_task_string: "" },
        },
      ],
    },
  ];
}

export async function readQueue(folder: string): Promise<void> {
  for (const task of tasksOf(readFileSync(path.join(folder, "queue.json"), "utf8"))) jobOf(task).slice(1);
}

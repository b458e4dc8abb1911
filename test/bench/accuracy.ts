// npm run bench accuracy: masked against finetuned on one encoder, at equal epochs, each at its own best learning rate.
// Finished cells are kept, so that it goes on where it stopped. Writes docs/results.md.

import { writeFileSync } from "node:fs";
import type { Interval } from "../../src/mask/metadata.ts";
import type { TrainResult } from "../../src/train/events.ts";
import type { RunOptions } from "../../src/train/options.ts";
import { cell } from "./cells.ts";
import { markdown } from "./markdown.ts";
import { type BenchTask, minilm, taskFile } from "./tasks.ts";

const TASKS: readonly BenchTask[] = ["sst2", "trec", "subj", "mrpc"];
const SEEDS = [1, 2, 3];
const EPOCHS = 3;
const ROWS = 2000;

/** Both methods with the grid of learning rates that the first seed's validation score chooses from. */
const METHODS = {
  finetuned: { rates: [5e-5, 1e-4], options: { method: "finetune" } },
  masked: { rates: [1e-3, 2e-3], options: { method: "mask", blocks: "all" } },
} as const satisfies Record<string, { rates: readonly number[]; options: Partial<RunOptions> }>;

type Method = keyof typeof METHODS;
const METHOD_NAMES = Object.keys(METHODS) as Method[];

interface Column {
  readonly task: BenchTask;
  readonly method: Method;
  readonly rate: number;
  /** Of each rate of the grid, the validation accuracy. */
  readonly grid: readonly (readonly [rate: number, validation: number])[];
  /** A run a seed. */
  readonly runs: readonly TrainResult[];
}

export async function benchAccuracy(filters: readonly string[]): Promise<void> {
  const tasks = TASKS.filter((task) => !filters.length || filters.includes(task));
  const columns: Column[] = [];
  for (const task of tasks) for (const method of METHOD_NAMES) columns.push(await columnOf(task, method));
  const page = pageOf(columns);
  if (!filters.length) writeFileSync("docs/results.md", page);
  console.log(page);
}

async function columnOf(task: BenchTask, method: Method): Promise<Column> {
  const { rates, options } = METHODS[method];
  const trained = (learningRate: number, seed: number) =>
    cell("accuracy", `${task}-${method}-${learningRate}-${seed}`, {
      ...options,
      ...{ model: minilm(), task: taskFile(task), learningRate, seed, maskSeed: seed },
      ...{ epochs: EPOCHS, limit: { train: ROWS }, evaluateEvery: 0 },
    });
  const grid: [number, number][] = [];
  for (const rate of rates) grid.push([rate, accuracy((await trained(rate, SEEDS[0]!)).validation)]);
  const [rate] = grid.reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  const runs: TrainResult[] = [];
  for (const seed of SEEDS) runs.push(await trained(rate, seed));
  return { task, method, rate, grid, runs };
}

function accuracy(scores: TrainResult["test"]): number {
  return 100 * (scores.accuracy as Interval).value;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of a sample: n − 1. */
const deviation = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));

function pageOf(columns: readonly Column[]): string {
  const of = (task: BenchTask, method: Method) => columns.find((c) => c.task === task && c.method === method)!;
  const tests = (column: Column) => column.runs.map(({ test }) => accuracy(test));
  const tasks = [...new Set(columns.map(({ task }) => task))];
  const difference = (task: BenchTask) => mean(tests(of(task, "masked"))) - mean(tests(of(task, "finetuned")));
  const means = METHOD_NAMES.map((method) => mean(tasks.map((task) => mean(tests(of(task, method))))));
  const cellText = (column: Column) => `${mean(tests(column)).toFixed(1)} ± ${deviation(tests(column)).toFixed(1)}`;
  const zeros = (task: BenchTask) =>
    (100 * mean(of(task, "masked").runs.map(({ zeroShare }) => zeroShare!))).toFixed(1);
  const rows = tasks.map((task) => [
    task,
    cellText(of(task, "finetuned")),
    cellText(of(task, "masked")),
    difference(task).toFixed(1),
    String(of(task, "finetuned").rate),
    String(of(task, "masked").rate),
    zeros(task),
    String(of(task, "masked").runs[0]!.test.rows),
  ]);
  rows.push([
    "mean",
    ...means.map((value) => value.toFixed(1)),
    mean(tasks.map(difference)).toFixed(1),
    "",
    "",
    "",
    "",
  ]);
  const grids = columns.map(({ task, method, grid }) => [
    task,
    method,
    ...grid.map(([rate, value]) => `${value.toFixed(1)} (${rate})`),
  ]);
  return [
    "# Masked against finetuned",
    "",
    `Made by \`npm run bench accuracy\`: all-MiniLM-L6-v2, ${EPOCHS} epochs over at most ${ROWS} training rows of each task, ${SEEDS.length} seeds, batch 32, constant learning rate, evaluated once an epoch, the best epoch by validation scored on the test split once.`,
    "Masked: threshold binarizer from 5 % zeros, all blocks, pooler and classifier masked. The learning rate is that of the grid whose first seed validates best. Test accuracy in per cent, mean ± sample deviation over seeds; mrpc's test is its official development set.",
    "",
    ...markdown(["task", "finetuned", "masked", "difference", "its rate", "its rate", "zeros, %", "test rows"], rows),
    "",
    "Validation accuracy over the grids (rate in brackets), first seed:",
    "",
    ...markdown(["task", "method", ...METHODS.masked.rates.map((_, i) => `rate ${i + 1}`)], grids),
    "",
  ].join("\n");
}

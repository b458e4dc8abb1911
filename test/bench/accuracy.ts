// npm run bench accuracy [page | TASK …]: masked against finetuned on one encoder, with equal epochs, each with its own best
// setting. Finished cells are in docs/results.jsonl and are not trained again. Writes docs/results.md; `page` trains nothing and
// writes what is finished.

import { writeFileSync } from "node:fs";
import { evaluated } from "../../src/adaptation/evaluate.ts";
import { differenceOf, type Sampled, sampled } from "../../src/adaptation/paired.ts";
import type { Interval } from "../../src/mask/metadata.ts";
import type { RunOptions } from "../../src/recipe/options.ts";
import { mean, spreadOf } from "../../src/spread.ts";
import { spreadText } from "../../src/study/report/text.ts";
import type { TrainResult } from "../../src/train/events.ts";
import { type CellOptions, cell } from "./cells.ts";
import { circumstances, Finished } from "./finished.ts";
import { markdown } from "./markdown.ts";
import { type BenchTask, minilm, taskFile } from "./tasks.ts";

export const RESULTS = "docs/results.jsonl";
const TASKS: readonly Measured[] = ["sst2", "trec", "subj", "mrpc"];
export const SEEDS = [1, 2, 3];
/** Pairs need more steps than sentences before either method learns anything. */
export const EPOCHS = {
  sst2: 4,
  trec: 8,
  subj: 4,
  mrpc: 8,
  rte: 8,
  agnews: 4,
  sentiment: 4,
  cola: 4,
  spam: 2,
  abstracts: 2,
  firstword: 2,
  joined: 2,
} as const;
/** The most training examples, limited by the time on two cores. With 1,500, neither method learns anything on mrpc. */
export const ROWS = {
  ...{
    sst2: 1500,
    trec: 1500,
    subj: 1500,
    mrpc: 3000,
    rte: 2490,
    agnews: 1500,
    sentiment: 1500,
    cola: 1500,
    spam: 1500,
    abstracts: 1000,
    firstword: 1000,
    joined: 1000,
  },
} as const satisfies Partial<Record<BenchTask, number>>;
export const BATCH = 32;
/** The part of all steps in which learning rates rise from 0; then they fall linearly to 0. */
export const WARMUP = 0.06;
/** The most that masked may be below finetuned, in points: on the mean of the tasks, and on each. */
const GOAL = { mean: 0.3, each: 1 };

export type Measured = keyof typeof ROWS;

/** A method's settings: a small grid, of which the one with the best validation score on the first seed is used. */
type Setting = Partial<RunOptions> & Pick<RunOptions, "method" | "learningRate">;
export const AUXILIARY = { parameters: "norm-and-bias", learningRate: 1e-3, schedule: "linear", warmup: 0 } as const;
const MASKED = {
  ...{ method: "mask", layers: "all", initialMask: "magnitude", classifier: "trained", schedule: "linear" },
  auxiliary: AUXILIARY,
} as const satisfies Partial<Setting>;
export const METHODS = {
  finetuned: [
    { method: "finetune", learningRate: 1e-4, schedule: "linear" },
    { method: "finetune", learningRate: 1e-4, schedule: "linear", pooling: "mean" },
  ],
  masked: [
    { ...MASKED, learningRate: 2e-3 },
    { ...MASKED, learningRate: 2e-3, pooling: "mean" },
  ],
} as const satisfies Record<string, readonly Setting[]>;

/** More settings for finetuning on pairs, where it was once better, with constant learning rates (docs/tried.md). */
const MORE: readonly Setting[] = [
  { method: "finetune", learningRate: 1e-4, schedule: "constant" },
  { method: "finetune", learningRate: 2e-4, schedule: "linear", pooling: "mean" },
];

export type Method = keyof typeof METHODS;
const METHOD_NAMES = Object.keys(METHODS) as Method[];

export interface Cell {
  readonly task: Measured;
  readonly method: Method;
  readonly setting: Setting;
  readonly seed: number;
  readonly epochs: number;
  /** The best validation accuracy, a share. */
  readonly validation: number;
  /** One digit for each test example, in order: 1 where the prediction is right. */
  readonly right: string;
  readonly sparsity: number | null;
  readonly seconds: number;
  readonly processor: string;
}

interface Column {
  readonly task: Measured;
  readonly method: Method;
  readonly best: Setting;
  /** One cell per setting in the grid, with the first seed. */
  readonly grid: readonly Cell[];
  /** One cell per seed, with the best setting. */
  readonly runs: readonly Cell[];
}

/** Masked minus finetuned on a task's test examples, with its interval. */
type Differences = ReadonlyMap<Measured, Interval>;

const keyOf = ({ task, setting, epochs, seed }: Pick<Cell, "task" | "setting" | "epochs" | "seed">) =>
  `${task}-${nameOf(setting)}-${epochs}-${seed}`.replaceAll(" ", "-");

const finishedCells = () => new Finished<Cell>(RESULTS, keyOf);

export async function benchAccuracy(words: readonly string[]): Promise<void> {
  const isPage = words[0] === "page";
  const page = isPage
    ? await resultsPage()
    : await pageOver(TASKS.filter((task) => !words.length || words.includes(task)));
  if (isPage || !words.length) writeFileSync("docs/results.md", page);
  console.log(page);
}

/** docs/results.md from the finished cells alone. */
export function resultsPage(): Promise<string> {
  const finished = finishedCells();
  const isDone = (task: Measured) => METHOD_NAMES.every((method) => isMeasured(finished, task, method));
  return pageOver(TASKS.filter(isDone), true);
}

/** Trains what is not finished; with `only`, nothing, so that the tasks' grids must be finished. */
async function pageOver(tasks: readonly Measured[], only = false): Promise<string> {
  const finished = finishedCells();
  // All grids first, so that an interrupted benchmark has both methods of each task.
  for (const task of tasks) for (const method of METHOD_NAMES) await gridOf(finished, task, method);
  const columns: Column[] = [];
  for (const task of tasks) {
    const both: Column[] = [];
    for (const method of METHOD_NAMES) both.push(await columnOf(finished, task, method, only));
    // The same seeds of both methods.
    const seeds = SEEDS.filter((seed) => both.every(({ runs }) => runs.some((run) => run.seed === seed)));
    columns.push(...both.map((one) => ({ ...one, runs: one.runs.filter(({ seed }) => seeds.includes(seed)) })));
  }
  const differences = new Map<Measured, Interval>();
  for (const task of tasks) {
    const of = (method: Method) => columns.find((c) => c.task === task && c.method === method)!.runs.map(sampledOf);
    differences.set(task, differenceOf(of("masked"), of("finetuned")));
  }
  return pageOf(columns, differences);
}

const settingsOf = (task: Measured, method: Method): readonly Setting[] =>
  task === "mrpc" && method === "finetuned" ? [...METHODS[method], ...MORE] : METHODS[method];

/** Whether the grid of a method is finished, so that its best setting is known. */
const isMeasured = (finished: Finished<Cell>, task: Measured, method: Method): boolean =>
  settingsOf(task, method).every((setting) =>
    finished.find(keyOf({ task, setting, seed: SEEDS[0]!, epochs: EPOCHS[task] })),
  );

type Place = Pick<Cell, "task" | "method" | "setting" | "seed" | "epochs">;

/** The options of a run on as many rows, in as large batches, and with the same warm-up as those of docs/results.md. */
export function optionsOf({
  task,
  setting,
  seed,
  epochs = EPOCHS[task],
}: Pick<Place, "task" | "seed"> & {
  readonly setting: Partial<RunOptions>;
  readonly epochs?: number | undefined;
}): CellOptions {
  const warmup = Math.round(WARMUP * epochs * Math.ceil(ROWS[task] / BATCH));
  return {
    ...setting,
    ...{ model: minilm(), task: taskFile(task), seed, maskSeed: seed, batchSize: BATCH, warmup },
    ...{ epochs, limit: { train: ROWS[task] }, evaluateEvery: 0 },
    ...(setting.auxiliary && { auxiliary: { ...setting.auxiliary, warmup } }),
  };
}

/** The run of a cell, from the cache or trained now. */
const runOf = (place: Place): Promise<TrainResult> => cell("accuracy", keyOf(place), optionsOf(place));

/** The finished runs on the page with the setting that is best there, by seed. */
export function resultsOf(task: Measured, method: Method): Cell[] {
  const cells = finishedCells().lines.filter(
    (cell) => cell.task === task && cell.method === method && cell.epochs === EPOCHS[task],
  );
  const best = bestOf(cells.filter(({ seed }) => seed === SEEDS[0])).setting;
  return cells.filter(({ setting }) => nameOf(setting) === nameOf(best)).sort((a, b) => a.seed - b.seed);
}

/** The adaptations of a task's seeds, for other benchmarks: with the setting on the page, or the first of the grid. */
export async function adaptationsOf(
  task: Measured,
  method: Method,
  seeds: readonly number[] = SEEDS,
): Promise<string[]> {
  const onPage = TASKS.includes(task);
  const finished = finishedCells();
  const setting = onPage ? (await columnOf(finished, task, method, true)).best : METHODS[method][0];
  const files: string[] = [];
  for (const seed of seeds) files.push((await runOf({ task, method, setting, seed, epochs: EPOCHS[task] })).adaptation);
  return files;
}

/** A cell from those that are finished, or trained now. */
async function trained(finished: Finished<Cell>, given: Omit<Place, "epochs">): Promise<Cell> {
  const place = { ...given, epochs: EPOCHS[given.task] };
  const found = finished.find(keyOf(place));
  if (found) return found;
  const start = performance.now();
  const result = await runOf(place);
  const measured = circumstances(start);
  const validation = (result.validation.accuracy as Interval).value;
  const { sparsity } = result;
  const made = { ...place, validation, right: await rightOf(result), sparsity, ...measured };
  finished.add(made);
  return made;
}

/** The grid's cells, with the first seed. */
async function gridOf(finished: Finished<Cell>, task: Measured, method: Method): Promise<Cell[]> {
  const grid: Cell[] = [];
  for (const setting of settingsOf(task, method))
    grid.push(await trained(finished, { task, method, setting, seed: SEEDS[0]! }));
  return grid;
}

/** The cell with the best validation accuracy, the first of equal ones. Throws if there is none. */
export const bestOf = <One extends Pick<Cell, "validation">>(cells: readonly One[]): One =>
  cells.reduce((first, one) => (one.validation > first.validation ? one : first));

/** `only`: only seeds that are finished. */
async function columnOf(finished: Finished<Cell>, task: Measured, method: Method, only = false): Promise<Column> {
  const grid = await gridOf(finished, task, method);
  const best = bestOf(grid).setting;
  const runs: Cell[] = [];
  for (const seed of SEEDS) {
    const isThere = finished.find(keyOf({ task, setting: best, seed, epochs: EPOCHS[task] }));
    if (isThere || !only) runs.push(await trained(finished, { task, method, setting: best, seed }));
  }
  return { task, method, best, grid, runs };
}

/** What a run predicts for the test split of a task with labels. */
export async function testSampleOf(
  { adaptation }: Pick<TrainResult, "adaptation">,
  model = minilm(),
): Promise<Sampled> {
  for await (const { sample } of evaluated({ adaptations: [adaptation], model, split: "test", device: "cpu" }))
    if ("targets" in sample) return sample;
  throw new Error(`${adaptation} was not evaluated`);
}

/** Which test examples a run predicts correctly. */
export async function rightOf(run: Pick<TrainResult, "adaptation">, model = minilm()): Promise<string> {
  const { targets, predictions } = await testSampleOf(run, model);
  return targets.map(([target], i) => (predictions[i]![0] === target ? 1 : 0)).join("");
}

/** A cell's test examples as an outcome whose accuracy is the cell's: class 1 is "right". */
export function sampledOf({ right }: Pick<Cell, "right">): Sampled {
  const predictions = [...right].map((one) => [Number(one)]);
  const targets = predictions.map(() => [1]);
  return sampled({ kind: "sentence", metric: "accuracy", labels: ["wrong", "right"], targets, predictions });
}

export const testOf = ({ right }: Pick<Cell, "right">) =>
  (100 * [...right].filter((one) => one === "1").length) / right.length;

/** "-3.5 (-6.1 to -0.9)", in points. */
export function pointsOf({ value, low, high }: Interval): string {
  const of = (share: number | null) => (share === null ? "–" : (100 * share).toFixed(1));
  return `${of(value)} (${of(low)} to ${of(high)})`;
}

/** "mask magnitude 0.002 auxiliary mean" */
function nameOf({ method, initialMask, learningRate, schedule, auxiliary, pooling }: Setting): string {
  const constant = schedule === "constant" ? schedule : undefined;
  const parts = [method, initialMask, learningRate, constant, auxiliary && "auxiliary", pooling];
  return parts.filter((part) => part !== undefined).join(" ");
}

/** Whether the goal is reached, and which task costs most. */
function verdict(all: number, each: readonly (readonly [Measured, number])[]): string {
  const [task, points] = each.reduce((worst, entry) => (entry[1] < worst[1] ? entry : worst));
  const reached = all >= -GOAL.mean && points >= -GOAL.each ? "is reached" : "is not reached";
  return `The goal, that masked is at most ${GOAL.mean} points below finetuned on the mean of the tasks and at most ${GOAL.each} point on each, ${reached}: ${all.toFixed(1)} on the mean, and at worst ${points.toFixed(1)}, on ${task}.`;
}

/** What the same command still has to train; nothing if all is finished. */
function missing(seeds: readonly (readonly [Measured, number])[]): string[] {
  const counts = new Map(seeds);
  const left = TASKS.filter((task) => (counts.get(task) ?? 0) < SEEDS.length);
  if (!left.length) return [];
  const named = left.map((task) => `${task} (${counts.get(task) ?? 0} of ${SEEDS.length} seeds)`);
  return [`Not finished: ${named.join(", ")}; \`npm run bench accuracy\` continues.`, ""];
}

/** "1,500 (sst2, trec), 3,000 (mrpc)" */
function byTask(numbers: Readonly<Record<Measured, number>>, tasks: readonly Measured[]): string {
  const counts = [...new Set(tasks.map((task) => numbers[task]))];
  const named = (count: number) => tasks.filter((task) => numbers[task] === count).join(", ");
  return counts.map((count) => `${count.toLocaleString("en")} (${named(count)})`).join(", ");
}

function pageOf(columns: readonly Column[], differences: Differences): string {
  const of = (task: Measured, method: Method) => columns.find((c) => c.task === task && c.method === method)!;
  const tests = (column: Column) => column.runs.map(testOf);
  const tasks = [...new Set(columns.map(({ task }) => task))];
  const difference = (task: Measured) => mean(tests(of(task, "masked"))) - mean(tests(of(task, "finetuned")));
  const means = METHOD_NAMES.map((method) => mean(tasks.map((task) => mean(tests(of(task, method))))));
  const cellText = (column: Column) => spreadText(spreadOf(tests(column)), (value) => value.toFixed(1));
  const zeros = (task: Measured) => (100 * mean(of(task, "masked").runs.map(({ sparsity }) => sparsity!))).toFixed(1);
  const rows = tasks.map((task) => [
    task,
    cellText(of(task, "finetuned")),
    cellText(of(task, "masked")),
    pointsOf(differences.get(task)!),
    nameOf(of(task, "finetuned").best),
    nameOf(of(task, "masked").best),
    zeros(task),
    String(of(task, "masked").runs.length),
    String(of(task, "masked").runs[0]!.right.length),
  ]);
  rows.push([
    "mean",
    ...means.map((value) => value.toFixed(1)),
    mean(tasks.map(difference)).toFixed(1),
    "",
    "",
    "",
    "",
    "",
  ]);
  const settings = Array.from({ length: Math.max(...columns.map(({ grid }) => grid.length)) }, (_, i) => i);
  const grids = columns.map(({ task, method, grid }) => [
    task,
    method,
    ...settings.map((i) => (grid[i] ? `${(100 * grid[i].validation).toFixed(1)} (${nameOf(grid[i].setting)})` : "")),
  ]);
  return [
    "# Masks compared with finetuning",
    "",
    `Made by \`npm run bench accuracy\`: all-MiniLM-L6-v2, epochs: ${byTask(EPOCHS, tasks)}; at most this many training examples: ${byTask(ROWS, tasks)}; at most seeds ${SEEDS.join(", ")}; batch size ${BATCH}. Learning rates rise from 0 in the first ${100 * WARMUP} % of the steps and then fall linearly to 0, or stay where the setting says constant. Runs are evaluated once per epoch, and the epoch with the best validation accuracy is evaluated once on the test split.`,
    "Masked: threshold binarizer, initial sparsity 5 % (the smallest weights: magnitude), all layers and the pooler masked, with the classifier, the LayerNorms and all biases trained beside the masks (auxiliary, learning rate 0.001). The word mean marks settings whose classifier reads the mean of all tokens, as this sentence encoder was trained; otherwise it reads the first token. The setting is the one in the grid with the best validation accuracy on the first seed; on mrpc, finetuning has two more settings to choose from than masks. Test accuracy in percent, mean ± sample standard deviation over seeds; mrpc's test split is its official development set. The difference is that of the means over seeds in points, with the 95 % interval of a paired bootstrap over the test examples, in which all runs are evaluated on each sample: it shows how the difference of these runs varies with the examples, not with the seeds. Finished runs, with what each predicts correctly: `results.jsonl`. What else was tried: [tried.md](tried.md).",
    "",
    ...markdown(
      [
        "task",
        "finetuned",
        "masked",
        "difference",
        "finetuned by",
        "masked by",
        "sparsity, %",
        "seeds",
        "test examples",
      ],
      rows,
    ),
    "",
    verdict(
      mean(tasks.map(difference)),
      tasks.map((task) => [task, difference(task)]),
    ),
    "",
    ...missing(tasks.map((task) => [task, of(task, "masked").runs.length])),
    "Validation accuracy over the grids, first seed:",
    "",
    ...markdown(["task", "method", ...settings.map((i) => `setting ${i + 1}`)], grids),
    "",
  ].join("\n");
}

// masklens demo: runs the main workflow on the sample that comes with MaskLens. It trains baselines and a mask for one
// task and a mask for another, and reports how much the two masks overlap.

import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { baseWeightsOf } from "../adaptation/base.ts";
import type { Comparison } from "../adaptation/evaluate.ts";
import { wilson } from "../adaptation/intervals.ts";
import { readAdaptation } from "../adaptation/read.ts";
import { readTask, type Task } from "../data/task.ts";
import { comparePairs } from "../mask/compare.ts";
import type { Mask } from "../mask/file.ts";
import type { Interval, Metrics } from "../mask/metadata.ts";
import { bytes, duration } from "../numbers.ts";
import { parseRunOptions, type RunOptions } from "../recipe/options.ts";
import { DEFAULT_PRESET, TRAINING_PRESETS } from "../recipe/training-presets.ts";
import type { TrainResult } from "../train/events.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { type Compute, withCompute } from "./compute.ts";
import { notesText, verdict } from "./diff.ts";
import { Progress } from "./progress.ts";
import { percent, points, table } from "./tables/table.ts";
import { print, printJson, type Terminal } from "./terminal.ts";
import { shorter } from "./train.ts";

const SAMPLE = fileURLToPath(new URL("../media/sample", import.meta.url));
const MODEL = path.join(SAMPLE, "model");
const sampleTask = (name: string) => path.join(SAMPLE, "tasks", `${name}.task.json`);

/** One run of the demo. Its key in `RUNS` is its folder's name. */
interface DemoRun {
  readonly title: string;
  readonly task: string;
  readonly options: Partial<RunOptions>;
}

/** Masks are trained by the default preset, but for two epochs or one, so that the demo takes four minutes on two cores. */
const RECOMMENDED = TRAINING_PRESETS[DEFAULT_PRESET];

/**
 * The baselines' learning rates are each the best in a small grid search on this task. The two with a frozen encoder
 * train their classifier on vectors that are encoded once, so they use no dropout.
 */
const CLASSIFIER_ALONE = { learningRate: 1e-2, dropout: 0, epochs: 4 } as const;
const RUNS = {
  "classifier-only": {
    title: "classifier only",
    task: "sentiment",
    options: { method: "pattern", pattern: "classifier-only", ...CLASSIFIER_ALONE },
  },
  "random-mask": {
    title: "random mask",
    task: "sentiment",
    options: { method: "random-mask", layers: "all", ...CLASSIFIER_ALONE },
  },
  finetuned: { title: "finetuned", task: "sentiment", options: { method: "finetune", learningRate: 1e-4, epochs: 2 } },
  sentiment: { title: "masked", task: "sentiment", options: { ...RECOMMENDED, epochs: 2 } },
  spam: {
    title: "masked",
    task: "spam",
    // Small batches, because masks after very different numbers of steps cannot be compared.
    options: { ...RECOMMENDED, epochs: 1, batchSize: 24, maxLength: 40, seed: 2, maskSeed: 2 },
  },
} satisfies Record<string, DemoRun>;

type RunName = keyof typeof RUNS;

/** The runs of one task; they are compared with each other. */
const SENTIMENT = (Object.keys(RUNS) as RunName[]).filter((name) => RUNS[name].task === "sentiment");
/** The run that the others are compared with. */
const BASELINE: RunName = "finetuned";

export const command: Command = {
  summary: "train and compare adaptations on the sample that comes with MaskLens (4 minutes)",
  usage: ["demo [--out DIR]"],
  about:
    "Trains four adaptations on the sample model and the sample sentiment task (the classifier only, a random mask, finetuning, and a mask) and prints a table of their results. Then it trains a mask for the spam task from different seeds and reports how much the two masks overlap. Nothing is downloaded. Finished runs are not trained again.",
  flags: {
    out: { value: "DIR", explanation: "folder for the runs (default masks/demo)" },
    json: JSON_FLAG,
  },
  examples: [["masklens demo", "trains into masks/demo"]],
  flagsOnly: true,
  async run({ given }, terminal) {
    const folder = path.resolve(given.get("out") ?? path.join("masks", "demo"));
    const task = await readTask(sampleTask("sentiment"));
    const { results, comparisons } = await withCompute(terminal, async (compute, signal) => {
      const results = await trainAll(folder, compute, signal, terminal);
      const adaptations = SENTIMENT.map((name) => results[name].adaptation);
      const asked = { adaptations, split: "test" as const, device: "auto" };
      return { results, comparisons: (await compute.ask("evaluate", asked, { signal })).comparisons };
    });
    const files = [results.sentiment.adaptation, results.spam.adaptation] as const;
    const masks = (await Promise.all(files.map((file) => readAdaptation(file)))) as Mask[];
    const { pairs } = comparePairs(masks, await baseWeightsOf(masks, { model: MODEL }));
    if (given.has("json"))
      return printJson(terminal, { majority: majorityOf(task), runs: results, comparisons, pairs });
    print(
      terminal.out,
      `${summary(task, results, comparisons)}\nThe masks for sentiment and spam were trained from different seeds. ${verdict(pairs[0]!)}\n${notesText(pairs[0]!.notes)}\n${farewell(files)}`,
    );
  },
};

async function trainAll(
  folder: string,
  compute: Compute,
  signal: AbortSignal,
  { err }: Terminal,
): Promise<Record<RunName, TrainResult>> {
  const results: Partial<Record<RunName, TrainResult>> = {};
  for (const [name, { task, options }] of Object.entries(RUNS) as [RunName, DemoRun][]) {
    const out = path.join(folder, name);
    const progress = new Progress(err, name);
    const asking = { onEvent: progress.show.bind(progress), signal };
    try {
      results[name] = existsSync(path.join(out, "run.json"))
        ? await compute.ask("resume", { folder: out }, asking)
        : await compute.ask("train", { options: optionsOf(task, out, options) }, asking);
    } finally {
      progress.end();
    }
  }
  return results as Record<RunName, TrainResult>;
}

function optionsOf(task: string, out: string, options: Partial<RunOptions>): RunOptions {
  const json = { ...options, model: MODEL, task: sampleTask(task), out, evaluateEvery: 0 };
  return parseRunOptions(json);
}

/** The accuracy of always predicting the most frequent training label. */
function majorityOf({ splits, labels }: Task): Record<"validation" | "test", Interval> & { label: string } {
  const rows = splits as Task<"sentence">["splits"];
  const counts = labels.map((_, label) => rows.train.filter((row) => row.label === label).length);
  const label = counts.indexOf(Math.max(...counts));
  const share = (split: "validation" | "test"): Interval => {
    const { length } = rows[split];
    const value = rows[split].filter((row) => row.label === label).length / length;
    return { value, ...wilson(value, length) };
  };
  return { label: labels[label]!, validation: share("validation"), test: share("test") };
}

function summary(task: Task, results: Record<RunName, TrainResult>, comparisons: readonly Comparison[]): string {
  const majority = majorityOf(task);
  const accuracy = (metrics: Metrics) => percent(metrics.accuracy as Interval);
  const rows = SENTIMENT.map((name) => {
    const { validation, test, sparsity, bytes: size, seconds, adaptation } = results[name];
    const zeros = sparsity === null ? "–" : `${percent(sparsity)} %`;
    const difference = name === BASELINE ? "–" : points(minus(comparisons, adaptation, results[BASELINE].adaptation));
    return [RUNS[name].title, accuracy(validation), accuracy(test), difference, zeros, bytes(size), duration(seconds)];
  });
  return `Accuracy in % with its 95 % interval; ${task.name}, ${task.splits.test.length} test examples

${table(
  ["", "validation", "test", `test − ${RUNS[BASELINE].title}`, "sparsity", "adaptation", "time"],
  [["majority class", percent(majority.validation), percent(majority.test), "–", "–", "–", "–"], ...rows],
)}Test − ${RUNS[BASELINE].title}: the difference in points on the same test examples, with its 95 % interval (paired bootstrap).
`;
}

/** One adaptation's metric minus another's. */
function minus(comparisons: readonly Comparison[], one: string, other: string): Interval {
  const found = comparisons.find(({ a, b }) => (a === one && b === other) || (a === other && b === one))!;
  const { value, low, high } = found.difference;
  if (found.a === one) return found.difference;
  return { ...found.difference, value: -value, low: high === null ? null : -high, high: low === null ? null : -low };
}

function farewell(masks: readonly string[]): string {
  const [first, second] = masks.map(shorter);
  return `The masks:
  ${first}
  ${second}
Inspect one:       npx masklens info ${first}
Compare them:      npx masklens diff ${first} ${second}
Classify a text:   echo "Worth every cent." | npx masklens predict ${first}
In VS Code, open a mask file to see it as heatmaps, head by head.
`;
}

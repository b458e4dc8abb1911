// npm run bench heldout [page | TASK …]: the default masks against finetuning on tasks on which nothing was chosen, by the
// options of the study preset *Method comparison*. Finished cells are in docs/held-out.jsonl and are not trained again.
// Writes docs/held-out.md; `page` trains nothing and writes what is finished.

import { writeFileSync } from "node:fs";
import { type Outcome, valueOfMetric } from "../../../src/adaptation/metrics.ts";
import { differenceOf, type Sampled, sampled } from "../../../src/adaptation/paired.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import { DEFAULT_PRESET, TRAINING_PRESETS } from "../../../src/recipe/training-presets.ts";
import { mean, spreadOf } from "../../../src/spread.ts";
import { spreadText } from "../../../src/study/report/text.ts";
import { pointsOf, SEEDS, testSampleOf } from "../accuracy.ts";
import { cell, ofSameSeeds } from "../cells.ts";
import { circumstances, Finished } from "../finished.ts";
import { markdown } from "../markdown.ts";
import { minilm, taskFile } from "../tasks.ts";

/** The most training examples of each task, limited by the time on two cores. */
const ROWS = { cola: 1500, rte: 2490, agnews: 1500, brown: 1000, documents: 200 } as const;
type Task = keyof typeof ROWS;
const TASKS = Object.keys(ROWS) as Task[];
/** What is classified in each. */
const WHAT: Readonly<Record<Task, string>> = {
  cola: "sentence: acceptability",
  rte: "pair: entailment",
  agnews: "sentence: topic",
  brown: "words: part of speech",
  documents: "sentences of a document: role",
};
const METHODS = {
  masked: TRAINING_PRESETS[DEFAULT_PRESET],
  finetuned: { method: "finetune", learningRate: 1e-4, schedule: TRAINING_PRESETS[DEFAULT_PRESET].schedule },
} as const satisfies Record<string, Partial<RunOptions>>;
type Method = keyof typeof METHODS;
const METHOD_NAMES = Object.keys(METHODS) as Method[];

interface Cell {
  readonly task: Task;
  readonly method: Method;
  readonly seed: number;
  readonly metric: Outcome["metric"];
  /** The best value on validation examples. */
  readonly validation: number;
  readonly labels: readonly string[];
  /** A character for each class, in base 36, and a space between examples. */
  readonly targets: string;
  readonly predictions: string;
  readonly seconds: number;
  readonly processor: string;
}
type Place = Pick<Cell, "task" | "method" | "seed">;

const keyOf = ({ task, method, seed }: Place) => `${task}-${method}-${seed}`;
const finishedCells = () => new Finished<Cell>("docs/held-out.jsonl", keyOf);

export async function benchHeldOut(words: readonly string[]): Promise<void> {
  const finished = finishedCells();
  const tasks = TASKS.filter((task) => !words.length || words.includes(task)); // none for the word page
  for (const seed of SEEDS)
    for (const task of tasks)
      for (const method of METHOD_NAMES) {
        const place = { task, method, seed };
        if (finished.find(keyOf(place))) continue;
        finished.add(await trained(place));
        writeFileSync("docs/held-out.md", heldOutPage(finished.lines));
      }
  writeFileSync("docs/held-out.md", heldOutPage(finished.lines));
}

async function trained(place: Place): Promise<Cell> {
  const { task, method, seed } = place;
  const start = performance.now();
  const result = await cell("held-out", keyOf(place), {
    ...METHODS[method],
    ...{ model: minilm(), task: taskFile(task), seed, maskSeed: seed, limit: { train: ROWS[task] } },
  });
  const { metric, labels, targets, predictions } = await testSampleOf(result);
  const { value } = result.validation[metric] as Interval;
  const encoded = { targets: encode(targets), predictions: encode(predictions) };
  return { ...place, metric, validation: value, labels, ...encoded, ...circumstances(start) };
}

const encode = (examples: Outcome["targets"]): string =>
  examples.map((classes) => classes.map((one) => one.toString(36)).join("")).join(" ");

const decode = (text: string): number[][] =>
  text.split(" ").map((classes) => [...classes].map((one) => Number.parseInt(one, 36)));

const sampledOf = ({ metric, labels, targets, predictions }: Cell): Sampled =>
  sampled({ kind: "sentence", metric, labels, targets: decode(targets), predictions: decode(predictions) });

/** What always answering the most frequent label of the test split would give. */
function constantOf({ metric, labels, targets }: Sampled): number {
  const all = targets.flat();
  const counts = labels.map((_, label) => all.filter((one) => one === label).length);
  const label = counts.indexOf(Math.max(...counts));
  const predictions = targets.map((classes) => classes.map(() => label));
  return valueOfMetric({ kind: "sentence", metric, labels, targets, predictions }, metric);
}

function rowOf(cells: readonly Cell[], task: Task): { row: string[]; difference?: number } {
  const of = (method: Method) => cells.filter((one) => one.task === task && one.method === method);
  const [masked, finetuned] = ofSameSeeds(of("masked"), of("finetuned")).map((runs) => runs.map(sampledOf));
  if (!masked!.length) return { row: [task, WHAT[task], "not finished", "", "", "", "", "0", ""] };
  const shown = (runs: readonly Sampled[]) =>
    spreadText(spreadOf(runs.map(({ value }) => 100 * value)), (value) => value.toFixed(1));
  const difference = differenceOf(masked!, finetuned!);
  const { metric, examples } = masked![0]!;
  const constant = (100 * constantOf(masked![0]!)).toFixed(1);
  const row = [task, WHAT[task], metric, constant, shown(finetuned!), shown(masked!), pointsOf(difference)];
  return { row: [...row, String(masked!.length), String(examples)], difference: 100 * difference.value };
}

export function heldOutPage(cells: readonly Cell[] = finishedCells().lines): string {
  const rows = TASKS.map((task) => rowOf(cells, task));
  const differences = rows.flatMap(({ difference }) => difference ?? []);
  const missing = TASKS.length * METHOD_NAMES.length * SEEDS.length - cells.length;
  const processors = [...new Set(cells.map(({ processor }) => processor))];
  const counts = TASKS.map((task) => `${ROWS[task].toLocaleString("en")} (${task})`).join(", ");
  return [
    "# The default masks on held-out tasks",
    "",
    `Made by \`npm run bench heldout\`: all-MiniLM-L6-v2 on tasks on which no default was chosen. Masked: the preset \`${DEFAULT_PRESET}\`, as \`masklens train\` uses it when nothing is said. Finetuned: learning rate ${METHODS.finetuned.learningRate}, falling linearly, as in the study preset *Method comparison*. Both have the default of 10 epochs and batches of 32, and at most this many training examples: ${counts}. The evaluation with the best validation value is evaluated once on the test split: the official development set of cola (in-domain) and rte, a part of the training examples set aside for agnews, that of the sample for brown and documents. Mean ± sample standard deviation over seeds, in percent (Matthews correlation times 100), beside what always answering the test split's most frequent label would give. Differences are in points, with the 95 % interval of a paired bootstrap over the test examples (words and sentences are drawn with their whole example): it shows how the difference of these runs varies with the examples, not with the seeds. Processor: ${processors.join("; ") || "none yet"}.`,
    "",
    ...markdown(
      [
        ...["task", "what is classified", "metric", "most frequent label", "finetuned", "masked"],
        ...["masked − finetuned", "seeds", "test examples"],
      ],
      rows.map(({ row }) => row),
    ),
    "",
    ...(differences.length === TASKS.length
      ? [`Mean of the differences over all tasks: ${mean(differences).toFixed(1)}.`, ""]
      : []),
    ...(missing
      ? [
          `Not finished: ${missing} of ${TASKS.length * METHOD_NAMES.length * SEEDS.length} runs; \`npm run bench heldout\` continues.`,
          "",
        ]
      : []),
  ].join("\n");
}

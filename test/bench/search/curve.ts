// npm run bench curve [page | TASK …]: accuracy against the share of weights that is kept, for masks, for magnitude pruning with
// finetuning of what remains, and for random masks, beside full finetuning; equal rows, epochs and schedules. Finished cells are in
// docs/curve.jsonl and are not trained again. Writes docs/curve.md; `page` trains nothing and writes what is finished.
// Learning rates rise while validation accuracy does, at 50 and at 10 % kept.

import { writeFileSync } from "node:fs";
import { differenceOf } from "../../../src/adaptation/paired.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import { pruneTo } from "../../../src/recipe/training-presets.ts";
import { mean, spreadOf } from "../../../src/spread.ts";
import { spreadText } from "../../../src/study/report/text.ts";
import {
  AUXILIARY,
  BATCH,
  bestOf,
  optionsOf,
  pointsOf,
  ROWS,
  rightOf,
  sampledOf,
  testOf,
  WARMUP,
} from "../accuracy.ts";
import { cell, ofSameSeeds } from "../cells.ts";
import { Finished, PROCESSOR } from "../finished.ts";
import { markdown } from "../markdown.ts";

const TASKS = ["sst2", "trec"] as const;
type CurveTask = (typeof TASKS)[number];
/** Twice as many as docs/results.md has on sst2: pruning takes steps. */
const EPOCHS = 8;
const SHARES = [0.95, 0.8, 0.5, 0.2, 0.1, 0.03];
/** The most that masks that keep half of the weights may be below full finetuning, and the least by which those that keep a tenth are to be above magnitude pruning, in points. */
const GOAL = { half: 0.5, tenth: 1 };

/** The options of each method at a kept share, with the learning rate of the parameters that are not scores. */
const METHODS = {
  mask: (share: number, learningRate: number) => ({
    ...{ method: "mask", ...pruneTo(share), auxiliary: { ...AUXILIARY, learningRate } },
  }),
  magnitude: (share: number, learningRate: number) => ({
    ...{ method: "finetune", learningRate, fixedMask: { by: "magnitude", sparsity: 1 - share } },
  }),
  random: (share: number, learningRate: number) => ({
    ...{ method: "random-mask", sparsity: 1 - share, auxiliary: { ...AUXILIARY, learningRate }, learningRate },
  }),
  full: (_: number, learningRate: number) => ({ method: "finetune", learningRate }),
} as const satisfies Record<string, (share: number, learningRate: number) => Partial<RunOptions>>;
type Method = keyof typeof METHODS;
/** The learning rates, tried one after the other until the validation accuracy no longer rises; the first are those of docs/results.md. */
const RATES: Readonly<Record<Method, readonly number[]>> = {
  mask: [AUXILIARY.learningRate, 3e-3, 1e-2],
  magnitude: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
  random: [AUXILIARY.learningRate],
  full: [1e-4],
};
/** The share at which a method's learning rate for a share is chosen. */
const tunedAt = (method: Method, share: number): number => (method === "full" ? 1 : share >= 0.5 ? 0.5 : 0.1);
/** The seed with which learning rates are chosen. */
const SEED = 1;
const PRUNING = ["mask", "magnitude", "random"] as const;

type Point = readonly [Method, number, seed: number];
const at = (share: number, seed: number): Point[] => PRUNING.map((method) => [method, share, seed]);
/** Three seeds for all of the weights, a half and a tenth, one for the other shares; random masks are trained last. */
const POINTS: readonly Point[] = [
  ...[SEED, 2, 3].flatMap((seed) => [["full", 1, seed] as const, ...at(0.5, seed), ...at(0.1, seed)]),
  ...SHARES.filter((share) => share !== 0.5 && share !== 0.1).flatMap((share) => at(share, SEED)),
].toSorted(([a], [b]) => Number(a === "random") - Number(b === "random"));

interface Cell {
  readonly task: CurveTask;
  readonly method: Method;
  readonly share: number;
  /** The learning rate of the parameters that are not scores. */
  readonly rate: number;
  readonly seed: number;
  /** The best validation accuracy, a share. */
  readonly validation: number;
  /** One digit for each test example, in order: 1 where the prediction is right. */
  readonly right: string;
  readonly processor: string;
}
type Place = Pick<Cell, "task" | "method" | "share" | "rate" | "seed">;

const keyOf = ({ task, method, share, rate, seed }: Place) => `${task}-${method}-${100 * share}-${rate}-${seed}`;
const finishedCells = () => new Finished<Cell>("docs/curve.jsonl", keyOf);

export async function benchCurve(words: readonly string[]): Promise<void> {
  const finished = finishedCells();
  const tasks = TASKS.filter((task) => !words.length || words.includes(task)); // none for the word page
  for (const point of POINTS) for (const task of tasks) await trainPoint(finished, task, point);
  writeFileSync("docs/curve.md", curvePage(finished));
}

/** Trains a point with its chosen learning rate; the first seed tries higher ones while the last tried is the best. */
async function trainPoint(finished: Finished<Cell>, task: CurveTask, [method, share, seed]: Point): Promise<void> {
  const train = async (place: Place) => {
    if (finished.find(keyOf(place))) return;
    finished.add(await trained(place));
    writeFileSync("docs/curve.md", curvePage(finished));
  };
  const tried: Cell[] = [];
  for (const rate of RATES[method]) {
    await train({ task, method, share: tunedAt(method, share), rate, seed: SEED });
    tried.push(candidate(finished, task, method, share, rate)!);
    if (bestOf(tried).rate !== rate) break;
  }
  await train({ task, method, share, rate: chosenRate(finished, task, method, share)!, seed });
}

/** The run that tries a learning rate for a share. */
const candidate = (finished: Finished<Cell>, task: CurveTask, method: Method, share: number, rate: number) =>
  finished.find(keyOf({ task, method, share: tunedAt(method, share), rate, seed: SEED }));

/** Of the finished learning rates the one with the best validation accuracy, the first of equal ones. */
function chosenRate(finished: Finished<Cell>, task: CurveTask, method: Method, share: number): number | undefined {
  const found = RATES[method].flatMap((rate) => candidate(finished, task, method, share, rate) ?? []);
  return found.length ? bestOf(found).rate : undefined;
}

async function trained(place: Place): Promise<Cell> {
  const { task, method, share, rate, seed } = place;
  const setting = { ...METHODS[method](share, rate), layers: "all", schedule: "linear", pooling: "mean" } as const;
  const result = await cell("curve", keyOf(place), optionsOf({ task, setting, seed, epochs: EPOCHS }));
  const validation = (result.validation.accuracy as Interval).value;
  return { ...place, validation, right: await rightOf(result), processor: PROCESSOR };
}

/** The finished cells of a method at a share, in the order of their seeds. */
const cellsOf = (finished: Finished<Cell>, task: CurveTask, method: Method, share: number): Cell[] =>
  finished.lines
    .filter((line) => line.task === task && line.method === method && line.share === share)
    .filter(({ rate }) => rate === chosenRate(finished, task, method, share))
    .sort((a, b) => a.seed - b.seed);

const shown = (cells: readonly Cell[]): string =>
  cells.length ? spreadText(spreadOf(cells.map(testOf)), (value) => value.toFixed(1)) : "";

/** The difference of two methods on the seeds that both have; undefined if there are none. */
function between(first: readonly Cell[], second: readonly Cell[]): Interval | undefined {
  const [a, b] = ofSameSeeds(first, second);
  return a.length ? differenceOf(a.map(sampledOf), b.map(sampledOf)) : undefined;
}

function tableOf(finished: Finished<Cell>, task: CurveTask): string[] {
  const full = cellsOf(finished, task, "full", 1);
  const rows = SHARES.map((share) => {
    const [mask, magnitude, random] = PRUNING.map((method) => cellsOf(finished, task, method, share));
    const points = (other: readonly Cell[]) => {
      const difference = between(mask!, other);
      return difference ? pointsOf(difference) : "";
    };
    const seeds = [mask!, magnitude!, random!].map(({ length }) => length).join(", ");
    return [
      `${100 * share} %`,
      ...[mask!, magnitude!, random!].map(shown),
      ...[points(magnitude!), points(full)],
      seeds,
    ];
  });
  return [
    `${task}: full finetuning ${shown(full) || "is not finished"}${full.length > 1 ? ` (${full.length} seeds)` : ""}.`,
    "",
    ...markdown(
      ["kept", "mask", "magnitude, finetuned", "random mask", "mask − magnitude", "mask − full", "seeds of each"],
      rows,
    ),
  ];
}

/** The validation accuracy of the first seed with each learning rate, from the lowest, and the one that is used. */
function ratesTable(finished: Finished<Cell>): string[] {
  const rows = PRUNING.filter((method) => RATES[method].length > 1).flatMap((method) =>
    TASKS.flatMap((task) =>
      [0.5, 0.1].map((share) => {
        const found = RATES[method].flatMap((rate) => candidate(finished, task, method, share, rate) ?? []);
        const chosen = chosenRate(finished, task, method, share);
        // While the last one tried is the best, a higher one is still to be tried.
        const isOpen = chosen === found.at(-1)?.rate && chosen !== RATES[method].at(-1);
        return [
          ...[task, method, `${100 * share} %`],
          found.map(({ rate, validation }) => `${rate}: ${(100 * validation).toFixed(1)}`).join(", "),
          isOpen ? "higher ones not finished" : `${chosen}`,
        ];
      }),
    ),
  );
  return markdown(["task", "method", "kept", "validation accuracy by learning rate", "used"], rows);
}

/** Whether the goals are reached, of what is finished on all tasks. */
function verdicts(finished: Finished<Cell>): string[] {
  const differences = (share: number, other: Method, at: number) =>
    TASKS.map((task) => between(cellsOf(finished, task, "mask", share), cellsOf(finished, task, other, at))).flatMap(
      (difference) => (difference ? 100 * difference.value : []),
    );
  const half = differences(0.5, "full", 1);
  const tenth = differences(0.1, "magnitude", 0.1);
  const reached = (is: boolean) => (is ? "is reached" : "is not reached");
  return [
    ...(half.length === TASKS.length
      ? [
          `- The goal at 50 % kept, at most ${GOAL.half} points below full finetuning on each task, ${reached(Math.min(...half) >= -GOAL.half)}: ${TASKS.map((task, i) => `${half[i]!.toFixed(1)} on ${task}`).join(", ")}.`,
        ]
      : []),
    ...(tenth.length === TASKS.length
      ? [
          `- The goal at 10 % kept, ${GOAL.tenth} point above magnitude pruning on the mean of the tasks, ${reached(mean(tenth) >= GOAL.tenth)}: ${mean(tenth).toFixed(1)}.`,
        ]
      : []),
  ];
}

export function curvePage(finished = finishedCells()): string {
  const missing = POINTS.flatMap(([method, share, seed]) =>
    TASKS.filter((task) => !cellsOf(finished, task, method, share).some((cell) => cell.seed === seed)),
  );
  const processors = [...new Set(finished.lines.map(({ processor }) => processor))];
  return [
    "# Accuracy against the share of weights that is kept",
    "",
    `Made by \`npm run bench curve\`: all-MiniLM-L6-v2, at most ${ROWS.sst2.toLocaleString("en")} training examples, batches of ${BATCH}, ${EPOCHS} epochs; classifiers read the mean of all tokens, as this sentence encoder was trained; learning rates rise in the first ${100 * WARMUP} % of the steps and then fall linearly. Test accuracy in percent, mean ± sample standard deviation where there are several seeds, of the evaluation with the best validation accuracy (of masks, at the final share). The shares are of each matrix of the layers and the pooler. Processor: ${processors.join("; ") || "none yet"}.`,
    "",
    `*Mask*: the weights stay as they were pretrained; scores that start in the order of the magnitudes, \`--top-k share=…\`, whose share falls from 100 % (cubic) and is final for the last 30 % of the steps; the LayerNorms, all biases and the classifier are trained beside it. Scores move at ${pruneTo(1).learningRate}, chosen among two rates by the validation accuracy of sst2 ([tried.md](tried.md)). *Magnitude, finetuned*: the smallest weights of each matrix are pruned before training, and all other weights are trained. *Random mask*: a mask that is drawn and stays, with the LayerNorms, biases and classifier trained. The learning rates of full finetuning (${RATES.full}) and of what is trained beside a random mask (${RATES.random}) are those of [results.md](results.md); those of finetuning under pruning (from ${RATES.magnitude[0]}) and beside a mask (from ${RATES.mask[0]}) are raised about threefold as long as the first seed's validation accuracy rises, and the best is used: the one at 50 % kept for that and higher shares, the one at 10 % for lower ones (the last table shows them; only finished runs count). Differences are in points, on the seeds that both methods have, with the 95 % interval of a paired bootstrap over the test examples.`,
    "",
    ...TASKS.flatMap((task) => [...tableOf(finished, task), ""]),
    ...verdicts(finished),
    ...(missing.length
      ? [
          "",
          `Not finished: ${missing.length} of ${POINTS.length * TASKS.length} runs: the empty cells above, and further seeds, up to three, of full finetuning and of 50 and 10 % kept; \`npm run bench curve\` continues.`,
        ]
      : []),
    "",
    "Validation accuracy in percent of the first seed:",
    "",
    ...ratesTable(finished),
    "",
  ].join("\n");
}

// What the runs show: LNA's part of the page of neighbouring works.

import { differenceOf } from "../../../../src/adaptation/paired.ts";
import type { Interval } from "../../../../src/mask/metadata.ts";
import { spreadOf } from "../../../../src/spread.ts";
import { spreadText } from "../../../../src/study/report/text.ts";
import { EPOCHS, pointsOf, resultsOf, sampledOf, testOf } from "../../accuracy.ts";
import { ofSameSeeds } from "../../cells.ts";
import { markdown } from "../../markdown.ts";
import { ENCODER_METHODS, ENCODER_TASKS } from "./encoders.ts";
import { type Lines, type LnaCell, type Method, runsOf, SEEDS } from "./runs.ts";
import { COUNTS, SEQUENCE_METHODS, SEQUENCES, STEPS } from "./sequences.ts";
import * as tones from "./tones.ts";

/** LNA is as good as full finetuning if it is at most so much below, with at most this share of the parameters. */
const GOAL = { points: 1, share: 0.3 };

type Run = Pick<LnaCell, "seed" | "right">;

interface Row {
  readonly task: string;
  readonly method: string;
  readonly runs: readonly Run[];
  /** null: as on the page of results. */
  readonly learningRate: number | null;
  /** Minus full finetuning, over the same seeds; undefined for full finetuning itself. */
  readonly difference: Interval | undefined;
  readonly share: number | undefined;
}

/** The methods whose result is the claim's: LNA as the source trains it, in both stacks. */
const IS_CLAIM = ["LNA", "LNA-E,D"];

function rowsOf(lines: Lines): Row[] {
  const shareOf = (task: string, method: string) => {
    const found = lines.share(task, method);
    return found && found.trained / found.all;
  };
  const rows = (
    task: string,
    all: readonly (Omit<Row, "task" | "difference" | "share"> & { readonly method: string })[],
  ) => {
    const full = all.find(({ method }) => method === "full")!.runs;
    return all.flatMap((own): Row[] => {
      const [runs, against] = ofSameSeeds(own.runs, full);
      if (!runs.length) return [];
      const difference = own.method === "full" ? undefined : differenceOf(runs.map(sampledOf), against.map(sampledOf));
      return [{ task, ...own, difference, share: shareOf(task, own.method) }];
    });
  };
  const measured = (task: string, methods: Readonly<Record<string, Method>>) =>
    Object.entries(methods).map(([method, { learningRates }]) => {
      const runs = runsOf(lines, task, method, learningRates);
      return { method, runs, learningRate: runs[0]?.learningRate ?? null };
    });
  return [
    ...ENCODER_TASKS.flatMap((task) =>
      rows(task, [
        { method: "full", runs: resultsOf(task, "finetuned"), learningRate: null },
        { method: "masks", runs: resultsOf(task, "masked"), learningRate: null },
        ...measured(task, ENCODER_METHODS),
      ]),
    ),
    ...rows(SEQUENCES, measured(SEQUENCES, SEQUENCE_METHODS)),
  ];
}

const percent = (share: number | undefined, digits = 1) => (share === undefined ? "–" : (100 * share).toFixed(digits));
const testText = (runs: readonly Run[]) => spreadText(spreadOf(runs.map(testOf)), (value) => value.toFixed(1));

function tableOf(rows: readonly Row[]): string[] {
  const header = [
    ...["task", "method", "test, %", "minus full, points", "trained, % of the parameters"],
    ...["learning rate", "seeds", "test examples"],
  ];
  const texts = rows.map(({ task, method, runs, difference, share, learningRate }) => [
    ...[task, method, testText(runs), difference ? pointsOf(difference) : "", percent(share)],
    ...[learningRate === null ? "[results](results.md)" : String(learningRate), String(runs.length)],
    String(runs[0]!.right.length),
  ]);
  return markdown(header, texts);
}

/** "sst2: −0.4 points at 36.2 % of the parameters" for LNA on each task. */
const claimed = (rows: readonly Row[]) =>
  rows.filter(({ method, difference }) => IS_CLAIM.includes(method) && difference);

const isMet = ({ difference, share }: Row) =>
  100 * difference!.value >= -GOAL.points && share !== undefined && share <= GOAL.share;

const wordsOf = (row: Row) =>
  `${row.task} ${(100 * row.difference!.value).toFixed(1)} points at ${percent(row.share)} %`;

export function verdictOf(lines: Lines): { result: string; held: string } | undefined {
  const own = claimed(rowsOf(lines));
  const tasks = [...ENCODER_TASKS, SEQUENCES];
  const isFinished = (task: string) => own.find((row) => row.task === task)?.runs.length === SEEDS.length;
  if (!tasks.every(isFinished)) return undefined;
  const met = own.filter(isMet);
  const rest = own.filter((row) => !isMet(row)).map(({ task }) => task);
  return {
    result: `minus full: ${own.map(wordsOf).join("; ")}`,
    held:
      met.length === own.length
        ? "yes"
        : `within 1 point at 30 % or less on ${met.length} of ${own.length} tasks, not on ${rest.join(", ")}`,
  };
}

function toneRows(lines: Lines): string[][] {
  const regression = lines.run(tones.REGRESSION);
  return [
    ...Object.entries(tones.TONE_METHODS).flatMap(([method, { learningRates }]) => {
      const runs = runsOf(lines, tones.TONES, method, learningRates);
      const share = lines.share(tones.TONES, method);
      if (!runs.length) return [];
      return [
        [
          method,
          testText(runs),
          percent(share && share.trained / share.all),
          String(runs[0]!.learningRate),
          String(runs.length),
        ],
      ];
    }),
    ...(regression ? [["logistic regression on the mean of the frames", testText([regression]), "–", "–", "1"]] : []),
    ["the most frequent class", percent(tones.majorityShare()), "–", "–", "–"],
  ];
}

export function sectionOf(lines: Lines): string[] {
  const rows = rowsOf(lines);
  const { inOrder, sorted } = COUNTS;
  return [
    "LNA trains LayerNorms and attention. In an encoder–decoder, the source's LNA-E chooses LayerNorms and self-attention of the encoder and trains the whole decoder; LNA-D chooses LayerNorms, self-attention and cross attention of the decoder and trains the whole encoder; LNA-E,D is both, our preset `lna`. The presets `lna-encoder` and `lna-encoder-cross` leave the rest of the decoder frozen.",
    "",
    `sst2 and trec: all-MiniLM-L6-v2 with the rows, epochs, warm-up and pooling of [results.md](results.md), whose runs of full finetuning and masks are reused. ${SEQUENCES}: a model shaped like T5 with 2 + 2 layers of width 64 learns from scratch to write number words as digits in their order (${inOrder.train.toLocaleString("en")} examples, ${STEPS.base.toLocaleString("en")} steps); then it is adapted to write them in ascending order (${sorted.train.toLocaleString("en")} examples, ${STEPS.adapted} steps), and the metric is the share of test texts that it generates exactly. This model has no biases, so layernorm-only stands for BitFit.`,
    "",
    `The learning rate of a method is the one of two whose short trial with the first seed has the best validation metric: one epoch of ${EPOCHS.sst2} (sst2) and ${EPOCHS.trec} (trec), ${STEPS.trial} of ${STEPS.adapted} steps (${SEQUENCES}). Test metric in percent, mean ± sample standard deviation over seeds. The difference from full finetuning has the 95 % interval of a paired bootstrap over the test examples, in which all runs are evaluated on each sample: it shows how the difference varies with the examples, not with the seeds. Trained parameters are counted by the recipe; a mask trains one score for each masked weight, of which its file keeps one bit.`,
    "",
    ...tableOf(rows),
    "",
    goalText(claimed(rows)),
    "",
    "### The length adaptor",
    "",
    `Frames of 8 features: a sinusoid of one of ${tones.FREQUENCIES.length} frequencies (${tones.FREQUENCIES.join(", ")} cycles per frame) with a random phase in half of the features, and noise in all; ${tones.TONE_COUNTS.train} training tones of ${tones.FRAMES.fewest} to ${tones.FRAMES.most} frames, ${tones.TONE_COUNTS.test} test tones. A BERT of 3 layers with random weights (\`${tones.TONE_MODEL}\`) reads them through two convolutions; every method trains the adaptor and the classifier, and learning rates are chosen as above, by trials of a third of the ${tones.EPOCHS} epochs. The mean over time says nothing about a tone's frequency, as the regression shows. The adaptor's convolutions agree with PyTorch's to 0.00001, their gradients to 0.0001 (\`test/model/length-adaptor.test.ts\`).`,
    "",
    ...markdown(
      ["method", "test accuracy, %", "trained, % of the parameters", "learning rate", "seeds"],
      toneRows(lines),
    ),
  ];
}

function goalText(own: readonly Row[]): string {
  if (!own.length) return "No run of LNA is finished.";
  const met = own.filter(isMet).map(wordsOf);
  const rest = own.filter((row) => !isMet(row)).map(wordsOf);
  return [
    `Goal: at most ${GOAL.points} point below full finetuning with at most ${100 * GOAL.share} % of the parameters.`,
    met.length ? `Reached: ${met.join("; ")}.` : "",
    rest.length ? `Not reached: ${rest.join("; ")}.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

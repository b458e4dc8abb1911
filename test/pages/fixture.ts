// Messages for the pages: of the masks that Python wrote, and of a run of a few steps.

import type { GeneratedAnswer } from "../../src/adaptation/generation/answer.ts";
import { DEFAULT_SETTINGS } from "../../src/adaptation/generation/settings.ts";
import { flipsOf, type LinePruning, linePruning } from "../../src/mask/changed.ts";
import { comparePairs } from "../../src/mask/compare.ts";
import { controlSeed } from "../../src/mask/control.ts";
import { describeMask, type MaskDescription } from "../../src/mask/describe.ts";
import type { Mask } from "../../src/mask/file.ts";
import { initialMask } from "../../src/mask/initial.ts";
import { testLines } from "../../src/mask/lines.ts";
import { explanationsOfOptions } from "../../src/recipe/options.ts";
import type { EvaluationEvent, TrainEvent } from "../../src/train/events.ts";
import { pythonMask } from "../mask/fixture.ts";

export async function heatmapMessages(name = "sentiment"): Promise<unknown[]> {
  const mask = await pythonMask(name);
  return [{ type: "description", complete: true, description: describeMask(mask), metadata: mask.metadata }];
}

/** The message of a mask with some of its description changed. */
export function describedAs<M extends { readonly description: MaskDescription }>(
  message: M,
  change: Partial<MaskDescription>,
): M {
  return { ...message, description: { ...message.description, ...change } };
}

export async function matrixMessage(name: string, mask = "sentiment"): Promise<unknown> {
  return { type: "matrix", view: viewOf(await pythonMask(mask), name) };
}

/** Answers to what the page of two or more masks asks for at first. */
export async function diffMessages(...names: readonly string[]): Promise<unknown[]> {
  const masks = await Promise.all(names.map(pythonMask));
  return [
    { type: "names", names, masks: masks.map(summaryOf) },
    { type: "pairs", stage: "complete", pairs: comparePairs(masks).pairs },
  ];
}

const summaryOf = ({ file, metadata }: Mask) => ({ file, ...metadata, permuteLabels: controlSeed(metadata) });

export async function matricesMessage(name: string, ...names: readonly string[]): Promise<unknown> {
  const masks = await Promise.all(names.map(pythonMask));
  return { type: "matrices", views: masks.map((mask) => viewOf(mask, name)) };
}

function viewOf(mask: Mask, name: string): unknown {
  const matrix = mask.matrices.find((candidate) => candidate.name === name);
  if (!matrix) return null;
  const { rows, columns, bytes } = matrix.bits;
  const lines = linePruning(matrix.bits, flipsOf(mask, matrix)!);
  const linesOf = (drops: LinePruning) => {
    const tested = testLines(drops);
    return {
      z: { $floats: tested.map(({ z }) => z) },
      effects: { $floats: tested.flatMap(({ effect }) => [effect!.value, effect!.low, effect!.high]) },
      marks: { $bytes: tested.map(({ marked }) => Number(marked)) },
    };
  };
  const began = initialMask(mask.metadata.initial!, name, rows, columns)!;
  return {
    ...{ name, rows, columns, bits: { $bytes: [...bytes] }, initial: { $bytes: [...began.bytes] } },
    ...{ rowPruning: linesOf(lines.rows), columnPruning: linesOf(lines.columns) },
  };
}

const interval = (value: number) => ({ value, low: value - 0.03, high: value + 0.02 });

export function evaluation(step: number, value: number, best: boolean, flips: readonly number[]): EvaluationEvent {
  const motion = (count: number) => ({
    ...{ weights: 1000, sparsity: 0.05 + step / 2000, pruned: 20, regrown: 10, flips: count, iou: 0.9 },
  });
  const layers = flips.map((count, i) => ({
    ...{ layer: i === flips.length - 1 ? null : i, ...motion(count) },
    matrices:
      i === flips.length - 1
        ? [{ ...motion(count), name: "pooler.dense.weight", kind: "P" as const }]
        : [{ ...motion(count), name: `encoder.layer.${i}.attention.self.query.weight`, kind: "Q" as const }],
  }));
  const all = flips.reduce((sum, count) => sum + count, 0);
  const metrics = { examples: 100, cut: 3, unscored: 0, accuracy: interval(value), f1: interval(value - 0.01) };
  return {
    ...{ type: "evaluation", step, split: "validation", metrics, value, best },
    dynamics: { ...motion(all), weights: 1000 * flips.length, layers },
  };
}

/** A run of 40 steps with two evaluations, unequally far apart. */
export function runEvents(): TrainEvent[] {
  const steps = Array.from({ length: 40 }, (_, i): TrainEvent => {
    const facts = { learningRate: 0.001, sparsity: 0.05, secondsLeft: 40 - i };
    return { type: "step", step: i + 1, epoch: 1 + Math.floor(i / 20), loss: 0.7 - i / 100, ...facts };
  });
  return [
    {
      ...{ type: "start", run: "sentiment-1", step: 0, steps: 60 },
      examples: { train: 640, validation: 100, test: 100 },
      cut: { train: 12, validation: 3, test: 0 },
      labels: [
        { label: "negative", train: 160, validation: 48, test: 51 },
        { label: "positive", train: 480, validation: 52, test: 49 },
      ],
    },
    { type: "note", text: "The model has no classifier for 2 labels, so a new one was initialized from the seed." },
    ...steps.slice(0, 30),
    evaluation(30, 0.85, true, [30, 60, 90, 150]),
    ...steps.slice(30),
    evaluation(40, 0.84, false, [20, 20, 20, 20]),
  ];
}

/** The first `steps` of 100 steps that train the feature maps of linear attention, each half a second long. */
export const transferEvents = (steps: number): TrainEvent[] =>
  Array.from({ length: steps }, (_, i) => ({
    ...{ type: "transfer", step: i + 1, steps: 100, learningRate: 0.01, secondsLeft: (99 - i) / 2, seconds: 2 + i / 2 },
    loss: 0.5 * 0.97 ** i + 0.01 * (i % 3),
  }));

/** The options of that run, of which three differ from their defaults, and what is known of a former one. */
export const RUN_OPTIONS = {
  type: "run",
  options: {
    ...{ model: "/m/tiny", task: "/t/a.task.json", out: "/r/sentiment-1", method: "mask", seed: 7, maskSeed: 1 },
    ...{ epochs: 2, batchSize: 32, maxLength: 128, learningRate: 0.003, pattern: null, kinds: ["Q", "K"] },
  },
  defaults: {
    ...{ method: "mask", seed: 1, maskSeed: 1, epochs: 10, batchSize: 32, maxLength: 128, learningRate: 0.001 },
    ...{ pattern: null, kinds: ["Q", "K"] },
  },
  explanations: explanationsOfOptions(),
  tool: "masklens 1",
  former: { run: "sentiment-0", secondsPerStep: 0.314 },
};

const OVER_TINY = { base: "tiny", bytes: 1_364_000 };
const CLASSIFIES = { ...OVER_TINY, kind: "sentence", generation: null, attributes: [] };

export const LOADED = {
  type: "loaded",
  masks: [
    { adaptation: "/m/a.mask.safetensors", task: "sentiment", name: "sentiment-1", ...CLASSIFIES },
    { adaptation: "/m/b.mask.safetensors", task: "spam", name: "spam-1", ...CLASSIFIES },
  ],
  baseBytes: 90_000_000,
  copiesBytes: 180_000_000,
};

const GENERATES = {
  ...{ ...OVER_TINY, attributes: [] },
  generation: { settings: DEFAULT_SETTINGS, notes: [], isChat: false },
};

/** Masks of a language and a generation task instead. */
export const GENERATORS = {
  ...LOADED,
  masks: [
    { adaptation: "/m/c.mask.safetensors", task: "stories", name: "stories-1", kind: "language", ...GENERATES },
    { adaptation: "/m/d.mask.safetensors", task: "titles", name: "titles-1", kind: "generation", ...GENERATES },
  ],
};

/** A complete text of the first of them. */
export const generatedFor = (text: string, generated: string): GeneratedAnswer => ({
  ...{ text, adaptation: GENERATORS.masks[0]!.adaptation, generated, finish: "end", tokens: 31, logProbability: -42.5 },
  ...{ promptTokens: 7, cut: false, seconds: 2.5 },
});

export function answersTo(request: number, text: string): unknown {
  const pieces = (...cut: readonly string[]) =>
    ["[CLS]", "worth", "every", "cent", "[SEP]"].map((piece) => ({ text: piece, entered: !cut.includes(piece) }));
  return {
    ...{ type: "answers", request },
    answers: [
      {
        ...{ text, pieces: pieces(), adaptation: "/m/a.mask.safetensors", label: "positive" },
        probabilities: { negative: 0.08, positive: 0.92 },
      },
      {
        ...{ text, pieces: pieces("every", "cent"), adaptation: "/m/b.mask.safetensors", label: "ham" },
        probabilities: { ham: 0.7, spam: 0.3 },
      },
    ],
  };
}

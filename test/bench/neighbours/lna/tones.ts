// The frames task: tones whose frequency is the class, in frames whose phase is random, so that their mean over time says nothing.
// Beside the runs with a length adaptor: the majority, and a logistic regression on the mean of the frames.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../../../../src/data/random.ts";
import { encodeSafetensors } from "../../../../src/safetensors.ts";
import { rightOf } from "../../accuracy.ts";
import { circumstances } from "../../finished.ts";
import { CACHE, writeTask } from "../../tasks.ts";
import type { Lines, LnaTask, Method } from "./runs.ts";

export const TONES = "tones";
const FEATURES = 8;
/** Cycles per frame. */
export const FREQUENCIES = [0.05, 0.12, 0.2, 0.3] as const;
export const TONE_COUNTS = { train: 600, validation: 150, test: 300 } as const;
export const FRAMES = { fewest: 24, most: 64 } as const;
export const EPOCHS = 12;
const NOISE = 0.5;

/** Every method trains the adaptor and the classifier. */
export const TONE_METHODS = {
  full: { options: { method: "finetune" }, learningRates: [1e-3, 3e-3] },
  LNA: { options: { method: "pattern", pattern: "lna" }, learningRates: [1e-3, 3e-3] },
  "adaptor alone": { options: { method: "pattern", pattern: "classifier-only" }, learningRates: [1e-3, 3e-3] },
} as const satisfies Record<string, Method>;

interface Tone {
  readonly label: number;
  readonly frames: Float32Array;
}

/** The tones of a split, the same each time: a sinusoid of the class's frequency in half of the features, and noise in all. */
function tonesOf(split: keyof typeof TONE_COUNTS): Tone[] {
  const random = new Random(1, `tones ${split}`);
  const uniform = () => random.below(1 << 24) / (1 << 24);
  const noise = () => NOISE * (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
  return Array.from({ length: TONE_COUNTS[split] }, () => {
    const label = random.below(FREQUENCIES.length);
    const length = FRAMES.fewest + random.below(FRAMES.most - FRAMES.fewest + 1);
    const phase = 2 * Math.PI * uniform();
    const frames = Float32Array.from({ length: length * FEATURES }, (_, i) => {
      const [frame, feature] = [Math.floor(i / FEATURES), i % FEATURES];
      const tone = feature < FEATURES / 2 ? Math.sin(2 * Math.PI * FREQUENCIES[label]! * frame + phase) : 0;
      return tone + noise();
    });
    return { label, frames };
  });
}

/** Writes the task, with a safetensors file for each tone. */
function taskOf(): string {
  const folder = path.resolve(CACHE, "lna", "tones-task");
  const rowsOf = (split: keyof typeof TONE_COUNTS) => {
    mkdirSync(path.join(folder, split), { recursive: true });
    return tonesOf(split).map(({ label, frames }, i) => {
      const name = `${split}/${i}.safetensors`;
      const shape = [frames.length / FEATURES, FEATURES];
      const bytes = new Uint8Array(frames.buffer);
      const file = encodeSafetensors([{ name: "frames", type: "F32", shape, bytes }], {});
      writeFileSync(path.join(folder, name), Buffer.concat(file));
      return { frames: name, label: String(label) };
    });
  };
  const splits = { train: rowsOf("train"), validation: rowsOf("validation"), test: rowsOf("test") };
  const columns = { frames: "frames", label: "label" };
  return writeTask(folder, TONES, splits, { name: TONES, kind: "sentence", metric: "accuracy", columns });
}

/** A small BERT with random weights reads the tones through two convolutions. */
export const TONE_MODEL = "test/fixtures/models/tiny-bert";
export function toneTask(): LnaTask {
  const task = taskOf();
  return {
    ...{ name: TONES, metric: "accuracy" },
    right: (result) => rightOf(result, path.resolve(TONE_MODEL)),
    options: (seed, isTrial) => ({
      ...{ model: path.resolve(TONE_MODEL), task, seed, maskSeed: seed, batchSize: 32, schedule: "linear" },
      ...{ warmup: 10, dropout: 0, epochs: isTrial ? EPOCHS / 3 : EPOCHS, evaluateEvery: 0 },
      lengthAdaptor: { features: FEATURES, layers: 2 },
    }),
  };
}

const STEPS = 2000;
const RATE = 0.5;

/** Which test tones a softmax regression on the mean of each tone's frames gets right, trained by gradient descent from zero. */
function regressionRight(): string {
  const classes = FREQUENCIES.length;
  const meansOf = (tones: readonly Tone[]) =>
    tones.map(({ frames }) => {
      const mean = new Float64Array(FEATURES + 1);
      for (const [i, value] of frames.entries()) mean[i % FEATURES]! += value / (frames.length / FEATURES);
      mean[FEATURES] = 1;
      return mean;
    });
  const train = tonesOf("train");
  const inputs = meansOf(train);
  const weights = Array.from({ length: classes }, () => new Float64Array(FEATURES + 1));
  const scoresOf = (x: Float64Array) => weights.map((row) => row.reduce((sum, w, i) => sum + w * x[i]!, 0));
  for (let step = 0; step < STEPS; step++) {
    const slopes = weights.map((row) => new Float64Array(row.length));
    for (const [n, x] of inputs.entries()) {
      const scores = scoresOf(x);
      const all = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      for (const [k, slope] of slopes.entries()) {
        const error = Math.exp(scores[k]!) / all - Number(train[n]!.label === k);
        for (const [i, value] of x.entries()) slope[i]! += (error * value) / inputs.length;
      }
    }
    for (const [k, row] of weights.entries()) for (const i of row.keys()) row[i]! -= RATE * slopes[k]![i]!;
  }
  const test = tonesOf("test");
  return meansOf(test)
    .map((x, n) => {
      const scores = scoresOf(x);
      return Number(scores.indexOf(Math.max(...scores)) === test[n]!.label);
    })
    .join("");
}

export const REGRESSION = { task: TONES, method: "regression", learningRate: RATE, seed: 1, isTrial: false } as const;

/** Adds the regression, if it is missing. */
export function addRegression(lines: Lines): void {
  if (lines.run(REGRESSION)) return;
  const start = performance.now();
  const right = regressionRight();
  lines.add({ ...REGRESSION, validation: 0, right, ...circumstances(start) });
}

/** The share of the most frequent class among the test tones. */
export function majorityShare(): number {
  const labels = tonesOf("test").map(({ label }) => label);
  const counts = FREQUENCIES.map((_, k) => labels.filter((label) => label === k).length);
  return Math.max(...counts) / labels.length;
}

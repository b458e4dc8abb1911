// A tiny trainable model in plain TypeScript, and rows for it: a masked classifier of bags of tokens.

import type { Batch } from "../../src/data/batches.ts";
import type { Random } from "../../src/data/random.ts";
import { highest } from "../../src/program/top-k.ts";
import type { Adapted, StepPoint, Trainable, Trained } from "../../src/program/trainable.ts";
import type { TrainingData } from "../../src/train/training.ts";

export const VOCABULARY = 24;
export const LABELS = 2;
const LENGTH = 8;
const THRESHOLD = 0.01;
const MOMENTUM = 0.9;

/** A number in [0, 1) that looks random and depends on its arguments alone. */
export function noise(...numbers: number[]): number {
  const hashed = numbers.reduce((hash, number) => Math.imul(hash ^ number, 0x9e3779b1) ^ (hash >>> 13), 0x2545f491);
  return ((Math.imul(hashed ^ (hashed >>> 15), 0x85ebca6b) >>> 8) % 65536) / 65536;
}

/** Rows whose label says which half of the vocabulary most of their pieces are from. */
export function rows(count: number, seed: number): { ids: number[]; label: number }[] {
  return Array.from({ length: count }, (_, row) => {
    const label = Math.floor(noise(seed, row, 77) * LABELS);
    const ids = Array.from({ length: LENGTH }, (_, i) => {
      const half = noise(seed, row, i, 1) < 0.75 ? label : 1 - label;
      return Math.floor((half + noise(seed, row, i, 2)) * (VOCABULARY / 2));
    });
    return { ids, label };
  });
}

export function batchesOf(all: ReturnType<typeof rows>, order: number[], size: number): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < order.length; from += size) {
    const index = order.slice(from, from + size);
    const ids = new BigInt64Array(size * LENGTH);
    const targets = new BigInt64Array(size).fill(-1n);
    for (const [i, row] of index.entries()) {
      ids.set(all[row]!.ids.map(BigInt), i * LENGTH);
      targets[i] = BigInt(all[row]!.label);
    }
    const filled = { typeIds: new BigInt64Array(size * LENGTH), attention: new Float32Array(size * LENGTH).fill(1) };
    batches.push({ size, rows: index.length, choices: 1, length: LENGTH, ids, ...filled, targets, index });
  }
  return batches;
}

export function fakeData({ train = 40, size = 4 } = {}): TrainingData {
  const split = { train: rows(train, 1), validation: rows(20, 2), test: rows(20, 3) };
  const inOrder = (name: keyof typeof split) => batchesOf(split[name], [...split[name].keys()], size);
  return {
    epoch(random: Random) {
      const order = [...split.train.keys()];
      random.shuffle(order);
      return batchesOf(split.train, order, size);
    },
    batches: inOrder,
    rows: split.train.length,
    examples: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    cut: { train: 0, validation: 0, test: 0 },
    labels: [],
    size,
    padId: 0,
    metric: "accuracy",
    isLabelled: true,
    metrics(name, logits) {
      const predicted = logits.flatMap((values, b) =>
        Array.from({ length: inOrder(name)[b]!.rows }, (_, i) => (values[i * 2 + 1]! > values[i * 2]! ? 1 : 0)),
      );
      const right = predicted.filter((label, row) => label === split[name][row]!.label).length;
      const value = right / predicted.length;
      return { examples: predicted.length, accuracy: { value, low: value, high: value } };
    },
  };
}

/** Logits = (W ⊙ mask)·counts + bias; scores by momentum descent with the straight-through gradient, the bias likewise. */
export class FakeModel implements Trainable {
  readonly #weights = Float32Array.from({ length: LABELS * VOCABULARY }, (_, i) => noise(i, 5) * 2 - 1);
  readonly #scores = Float32Array.from({ length: LABELS * VOCABULARY }, (_, i) => -0.02 + 0.12 * noise(i, 6));
  readonly #moments = new Float32Array(LABELS * VOCABULARY);
  readonly #bias = new Float32Array(LABELS);
  /** What its next steps report; the default is the real loss. */
  lossAt: (step: number, loss: number) => number = (_, loss) => loss;
  readonly steps: (StepPoint & { batches: number })[] = [];
  /** The shares that it was asked to keep. */
  readonly shares: number[] = [];
  #threshold = Math.fround(THRESHOLD);
  released = false;

  losses(): Promise<Float32Array> {
    throw new Error("it classifies");
  }

  decoding(): Promise<never> {
    throw new Error("it classifies");
  }

  async step(batches: readonly Batch[], at: StepPoint): Promise<{ loss: number }> {
    this.steps.push({ ...at, batches: batches.length });
    const gradient = new Float32Array(this.#scores.length);
    let loss = 0;
    let count = 0;
    for (const batch of batches)
      for (let row = 0; row < batch.rows; row++) {
        const pieces = piecesOf(batch, row).filter((id) => noise(at.step, row, id) >= 0.1); // dropout
        const [zero, one] = this.#logitsOf(pieces);
        const target = Number(batch.targets[row]);
        const p = 1 / (1 + Math.exp(zero! - one!));
        loss -= Math.log(target ? p : 1 - p);
        for (const [label, error] of [target - 1 + (1 - p), p - target].entries()) {
          for (const id of pieces)
            gradient[label * VOCABULARY + id]! += error * this.#weights[label * VOCABULARY + id]!;
          this.#bias[label]! -= at.learningRate * 0.1 * error;
        }
        count++;
      }
    for (let i = 0; i < gradient.length; i++) {
      this.#moments[i] = MOMENTUM * this.#moments[i]! + gradient[i]! / count;
      this.#scores[i]! -= at.learningRate * this.#moments[i]!;
    }
    return { loss: this.lossAt(at.step, loss / count) };
  }

  async logits(batch: Batch): Promise<Float32Array> {
    const logits = new Float32Array(batch.size * LABELS);
    for (let row = 0; row < batch.rows; row++) logits.set(this.#logitsOf(piecesOf(batch, row)), row * LABELS);
    return logits;
  }

  async state(): Promise<Map<string, Float32Array>> {
    return new Map(this.#state());
  }

  #state(): [string, Float32Array][] {
    return [
      ["scores", this.#scores],
      ["moments", this.#moments],
      ["bias", this.#bias],
    ];
  }

  restore(state: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of this.#state()) values.set(state.get(name)!);
  }

  sparsity(): number {
    return this.#scores.filter((score) => score <= this.#threshold).length / this.#scores.length;
  }

  async prune(share: number): Promise<void> {
    this.shares.push(share);
    this.#threshold = highest([this.#scores], Math.round(share * this.#scores.length)).threshold;
  }

  async adaptation(): Promise<Trained> {
    const matrix = { name: "classifier", layer: null, kind: "T", rows: LABELS, columns: VOCABULARY } as const;
    return {
      matrices: [{ ...matrix, scores: this.#scores, threshold: this.#threshold }],
      tensors: [{ name: "classifier.bias", shape: [LABELS], data: this.#bias }],
    };
  }

  adapt({ matrices, tensors }: Adapted): void {
    const { bits } = matrices[0]!;
    this.#threshold = THRESHOLD;
    for (let i = 0; i < this.#scores.length; i++) {
      const [row, column] = [Math.floor(i / VOCABULARY), i % VOCABULARY];
      this.#scores[i] = (bits.bytes[row * bits.stride + (column >> 3)]! >> (column & 7)) & 1 ? 1 : -1;
    }
    this.#bias.set(tensors[0]!.data);
  }

  release(): void {
    this.released = true;
  }

  #logitsOf(pieces: readonly number[]): [number, number] {
    const logit = (label: number) =>
      pieces.reduce((sum, id) => {
        const i = label * VOCABULARY + id;
        return sum + (this.#scores[i]! > this.#threshold ? this.#weights[i]! : 0);
      }, this.#bias[label]!);
    return [logit(0), logit(1)];
  }
}

function piecesOf(batch: Batch, row: number): number[] {
  return Array.from(batch.ids.subarray(row * batch.length, (row + 1) * batch.length), Number);
}

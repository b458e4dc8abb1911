// The masks that Python wrote, the numbers that numpy made of them (test/fixtures/mask/make.py), and masks made here.

import { readFileSync } from "node:fs";
import { type BitMatrix, emptyBits } from "../../src/mask/bits.ts";
import type { Deviation } from "../../src/mask/changed.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { HeadDescription, KindDescription, LayerDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { decodeMask, encodeMask, type Mask, type MaskMatrix } from "../../src/mask/file.ts";
import { initialMask, type WeightsOf } from "../../src/mask/initial.ts";
import type { AdaptationFacts, InitialRecipe, Interval } from "../../src/mask/metadata.ts";
import type { Sizes } from "../../src/mask/statistics.ts";
import type { NamedTensor } from "../../src/mask/stored.ts";
import { fillWords, streamOf, uniform } from "../../src/philox.ts";

interface Expected {
  readonly philox: readonly { seed: number; stream: number; first: number; words: number[] }[];
  readonly initial: readonly {
    recipe: InitialRecipe;
    name: string;
    rows: number;
    columns: number;
    /** SHA-256 of the packed mask and of the float32 scores. */
    mask: string;
    scores: string;
    ones: number;
    /** Seed and stream of the weights' words. */
    weights?: [number, number];
  }[];
  readonly masks: Record<
    string,
    {
      matrices: MatrixDescription[];
      layers: LayerDescription[];
      kinds: KindDescription[];
      heads: (HeadDescription & Deviation)[];
      rows: Deviation[];
      columns: Deviation[];
      sizes: Sizes & { givenInitial: number };
      ones: Record<string, number>;
      sha256: Record<string, string>;
      classifier: Record<string, string>;
    }
  >;
  readonly pairs: readonly PairComparison[];
  readonly significance: { z: number[]; p: number[]; raw: number[]; adjusted: number[]; stouffer: number };
  readonly tails: readonly { observed: number; expected: number; variance: number; p: number }[];
  readonly beta: readonly (readonly [x: number, a: number, b: number, value: number])[];
  readonly ratios: readonly ({ observed: number; expected: number; variance: number } & Interval)[];
  readonly place: { lift: number; references: number[]; median: number; mad: number; deviations: number };
  readonly reach: readonly { values: number; reach: number }[];
  readonly boxes: readonly {
    window: [number, number, number, number];
    height: number;
    width: number;
    means: number[];
  }[];
}

export const expected: Expected = JSON.parse(readFileSync("test/fixtures/mask/expected.json", "utf8"));

/** A mask that Python wrote: sentiment, topic or other. */
export function pythonMask(name: string): Promise<Mask> {
  const file = `test/fixtures/mask/${name}.mask.safetensors`;
  return decodeMask(readFileSync(file), file);
}

/** The weights that Python gives to the matrices of masks packed with a base model (test/fixtures/mask/packed.py). */
export async function packedBase(): Promise<WeightsOf> {
  const { matrices } = await pythonMask("other");
  const sizes = new Map(matrices.map(({ name, bits }) => [name, bits.rows * bits.columns]));
  return (name) => {
    const words = new Uint32Array(sizes.get(name) ?? 0);
    fillWords(words, 1, streamOf(name));
    return Float32Array.from(words, (word) => uniform(word) - 0.5);
  };
}

/** Numbers that float64 sums give in whatever order, alike to 1e-9. */
export function near(actual: number | null, wanted: number | null): boolean {
  if (actual === null || wanted === null) return actual === wanted;
  return Math.abs(actual - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
}

/** As `near`, of a value with its interval. */
export function nearInterval(actual: Interval | null, wanted: Interval | null): boolean {
  if (actual === null || wanted === null) return actual === wanted;
  return near(actual.value, wanted.value) && near(actual.low, wanted.low) && near(actual.high, wanted.high);
}

/** Uniform numbers of a stream of their own. */
export function noise(count: number, seed: number, stream = 0): Float64Array {
  const words = new Uint32Array(count);
  fillWords(words, seed, stream);
  return Float64Array.from(words, uniform);
}

/** A mask whose weights are drawn kept with probability p. */
export function randomBits(rows: number, columns: number, p: number, seed: number): BitMatrix {
  const bits = emptyBits(rows, columns);
  for (const [i, u] of noise(rows * columns, seed).entries())
    if (u < p) bits.bytes[Math.floor(i / columns) * bits.stride + ((i % columns) >> 3)]! |= 1 << ((i % columns) & 7);
  return bits;
}

/** Turns the weights at which `flips` says so. */
export function flipped(bits: BitMatrix, flips: (index: number, kept: boolean) => boolean): BitMatrix {
  const bytes = bits.bytes.slice();
  for (let row = 0; row < bits.rows; row++)
    for (let column = 0; column < bits.columns; column++) {
      const byte = row * bits.stride + (column >> 3);
      const kept = ((bytes[byte]! >> (column & 7)) & 1) === 1;
      if (flips(row * bits.columns + column, kept)) bytes[byte]! ^= 1 << (column & 7);
    }
  return { ...bits, bytes };
}

export function recipe(maskSeed: number, kind: InitialRecipe["kind"] = "uniform"): InitialRecipe {
  return { generator: "philox4x32-10", maskSeed, kind, low: -0.02, high: 0.58, threshold: 0.01, sparsity: 0.05 };
}

export function facts(initial: InitialRecipe | null): AdaptationFacts {
  return {
    tool: "test",
    base: {
      id: "tiny",
      modelType: "bert",
      layers: 2,
      hiddenSize: 64,
      heads: 4,
      feedForward: 128,
      fingerprint: "0".repeat(64),
      weights: {},
    },
    task: { name: "task", kind: "sentence", metric: "accuracy", labels: ["no", "yes"], dataSha256: {} },
    run: { seed: 1 },
    initial,
    seeds: {},
    metrics: {},
    training: { steps: 1 },
  };
}

/** Encodes and decodes, as a file would. */
export async function writtenAndRead(
  metadata: AdaptationFacts,
  matrices: readonly MaskMatrix[],
  file = "a.mask.safetensors",
  tensors: readonly NamedTensor[] = [],
): Promise<Mask> {
  return decodeMask(Buffer.concat(await encodeMask({ metadata, matrices, tensors })), file);
}

/** A mask of one matrix [rows, columns], trained to drop kept weight i where `drops(i)`. */
export function trainedMask(
  maskSeed: number,
  drops: (index: number) => boolean,
  { rows = 256, columns = 512, file = "a" } = {},
): Promise<Mask> {
  const name = "encoder.layer.0.intermediate.dense.weight";
  const bits = flipped(initialMask(recipe(maskSeed), name, rows, columns)!, (i, kept) => kept && drops(i));
  return writtenAndRead(facts(recipe(maskSeed)), [{ name, layer: 0, kind: "I", bits }], file);
}

// A program with random weights in which everything is masked, and a batch for it: for trials of devices and for benchmarks.

import type { Batch } from "../data/batches.ts";
import { type ModelConfig, parseConfig } from "../model/config.ts";
import { allMatrices } from "../model/names.ts";
import { PretrainedWeights } from "../model/weights/pretrained.ts";
import { fillWords, streamOf, uniform } from "../philox.ts";
import { Program } from "../program/program.ts";
import type { Device } from "../runtime/device.ts";
import { sizeOf } from "../tensor.ts";

/** What stands where a model's folder would. */
const NAME = "random weights";

export const VOCABULARY = 1000;

function drawn(name: string, count: number, low: number, high: number): Float32Array {
  const words = new Uint32Array(count);
  fillWords(words, 1, streamOf(name));
  return Float32Array.from(words, (word) => low + (high - low) * uniform(word));
}

/** The model of a shape of (layers, hidden size, attention heads, intermediate size, batch, length). */
export function configOf([layers, width, heads, feedForward]: readonly number[]): ModelConfig {
  return parseConfig(
    {
      ...{ model_type: "bert", vocab_size: VOCABULARY, hidden_size: width, num_hidden_layers: layers },
      ...{ type_vocab_size: 2, num_attention_heads: heads, intermediate_size: feedForward },
      max_position_embeddings: 512,
    },
    NAME,
  );
}

/** A program for a shape as above. */
export function randomProgram(
  shape: readonly number[],
  {
    dropout = 0,
    device = "cpu",
    signal,
  }: {
    readonly dropout?: number;
    readonly device?: Device;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Program> {
  const config = configOf(shape);
  return Program.create(config, new PretrainedWeights(NAME, new Map(), new Map()), {
    ...{ classifier: "sequence", labels: 2, matrices: allMatrices(config, { labels: 2 }), trained: [] },
    initialScores: ({ name, rows, columns }) => drawn(`scores ${name}`, rows * columns, -0.02, 0.58),
    own: (name, shape) =>
      name.includes("LayerNorm.weight")
        ? new Float32Array(sizeOf(shape)).fill(1)
        : drawn(name, sizeOf(shape), -0.035, 0.035),
    ...{ binarizer: "threshold", threshold: 0.01, dropout, dropoutSeed: 1, steered: false },
    ...{ device, signal },
  });
}

/** A batch for a shape as above. */
export function randomBatch([, , , , size, length]: readonly number[]): Batch {
  const places = size! * length!;
  return {
    ...{ size: size!, rows: size!, choices: 1, length: length!, index: [...Array(size).keys()] },
    ids: BigInt64Array.from({ length: places }, (_, i) => BigInt((i * 37) % VOCABULARY)),
    typeIds: new BigInt64Array(places),
    attention: new Float32Array(places).fill(1),
    targets: BigInt64Array.from({ length: size! }, (_, i) => BigInt(i % 2)),
  };
}

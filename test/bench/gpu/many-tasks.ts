// Many tasks over one base model: the time of an answer when each comes from another task than the last.

import type { BitMatrix } from "../../../src/mask/bits.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { PretrainedWeights } from "../../../src/model/weights/pretrained.ts";
import { fillWords, streamOf } from "../../../src/philox.ts";
import { layout } from "../../../src/program/layout.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { sizeOf } from "../../../src/tensor.ts";
import { configOf, randomBatch } from "../../../src/train/random-program.ts";

/** Layers, hidden size, attention heads, intermediate size, batch, length: BERT-base, one text. */
export const SHAPE = [12, 768, 12, 3072, 1, 64];
const ANSWERS = 40;
/** Answers that compile and fill memory. */
const SKIPPED = 12;

/** Pretrained weights that are drawn when they are read. */
class Drawn extends PretrainedWeights {
  override async readFloat32(name: string): Promise<Float32Array> {
    const size = sizeOf(this.tensors.get(name)!.shape);
    const words = new Uint32Array(size);
    fillWords(words, 1, streamOf(name));
    return Float32Array.from(words, (word) => 0.07 * (word / 2 ** 32 - 0.5));
  }
}

/** A mask that keeps about half of the weights. */
function bitsOf(rows: number, columns: number, task: number): BitMatrix {
  const stride = Math.ceil(columns / 8);
  const words = new Uint32Array(Math.ceil((rows * stride) / 4));
  fillWords(words, task, streamOf(`${rows}×${columns}`));
  return { rows, columns, stride, bytes: new Uint8Array(words.buffer, 0, rows * stride) };
}

/** Milliseconds of each answer, the tasks in turn. */
export async function answers(device: Device, tasks: number): Promise<{ times: readonly number[] }> {
  const config = configOf(SHAPE);
  const shape = { classifier: "sequence", labels: 2 } as const;
  const tensors = new Map(
    layout(config, shape).map(({ name, shape }) => [name, { name, type: "F32", shape, shard: "", begin: 0, end: 0 }]),
  );
  const model = new ScoringModel(config, new Drawn("drawn", tensors as never, new Map()), device);
  const matrices = allMatrices(config, { labels: 2 });
  const loaded = [];
  for (let task = 0; task < tasks; task++) {
    const masks = matrices.map(({ name, rows, columns }) => ({ name, bits: bitsOf(rows, columns, task) }));
    loaded.push(await model.under(shape, { matrices: masks, tensors: [] }, `task ${task}`));
  }
  const batch = randomBatch(SHAPE);
  const times: number[] = [];
  for (let i = 0; i < SKIPPED + ANSWERS; i++) {
    const start = performance.now();
    await loaded[i % tasks]!.logits(batch);
    if (i >= SKIPPED) times.push(performance.now() - start);
  }
  await model.release();
  return { times };
}

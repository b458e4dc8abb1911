// Model folders for the benchmark of memory: the sample model, and one of BERT-base's shape with random weights, each in half
// precision and with the same values as float32.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeAtomic } from "../../../src/files.ts";
import type { JsonObject } from "../../../src/json.ts";
import { parseConfig } from "../../../src/model/config.ts";
import { openPretrained } from "../../../src/model/pretrained.ts";
import { expectedTensors } from "../../../src/model/tensors.ts";
import { fillWords, streamOf } from "../../../src/philox.ts";
import { encodeSafetensors, type TensorBytes, toFloat32 } from "../../../src/safetensors.ts";
import { sizeOf } from "../../../src/tensor.ts";

const SAMPLE = "media/sample/model";
/** BERT-base: the sample model's vocabulary is smaller, and its tokenizer is used. */
const BASE = { num_hidden_layers: 12, hidden_size: 768, num_attention_heads: 12, intermediate_size: 3072 };
const VOCABULARY = 30_522;

export interface Model {
  readonly name: string;
  readonly half: string;
  readonly wide: string;
}

/** The models in folders of `root`. */
export async function modelsIn(root: string): Promise<Model[]> {
  const sample = { ...(await widened("sample", SAMPLE, root)), name: "the sample model (float16, 6 layers of 384)" };
  const half = path.join(root, "base-half");
  const config = { ...JSON.parse(readFileSync(path.join(SAMPLE, "config.json"), "utf8")), ...BASE };
  await write(half, { ...config, vocab_size: VOCABULARY }, drawn({ ...config, vocab_size: VOCABULARY }));
  const base = { ...(await widened("base", half, root)), name: "BERT-base's shape (bfloat16, 12 layers of 768)" };
  return [sample, base];
}

/** The folder, and a copy of it with the weights as float32. */
async function widened(name: string, half: string, root: string): Promise<Omit<Model, "name">> {
  const wide = path.join(root, `${name}-wide`);
  const pretrained = await openPretrained(half);
  const tensors: TensorBytes[] = [];
  for (const [name, { type, shape }] of pretrained.tensors) {
    const values = new Float32Array(sizeOf(shape));
    toFloat32(await pretrained.readRaw(name), type, values);
    tensors.push({ name, type: "F32", shape, bytes: new Uint8Array(values.buffer) });
  }
  await pretrained.close();
  await write(wide, JSON.parse(readFileSync(path.join(half, "config.json"), "utf8")), tensors);
  return { half, wide };
}

async function write(folder: string, config: object, tensors: readonly TensorBytes[]): Promise<void> {
  mkdirSync(folder);
  for (const file of readdirSync(SAMPLE).filter((name) => /^(tokenizer|vocab)/.test(name)))
    copyFileSync(path.join(SAMPLE, file), path.join(folder, file));
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  await writeAtomic(path.join(folder, "model.safetensors"), encodeSafetensors(tensors, {}));
}

/** Random bfloat16 weights, of either sign and between 2⁻⁸ and 2⁻⁵. */
function drawn(config: JsonObject): TensorBytes[] {
  return [...expectedTensors(parseConfig(config, "random weights"))].map(([name, { shape }]) => {
    const words = new Uint32Array(sizeOf(shape));
    fillWords(words, 1, streamOf(name));
    const halves = Uint16Array.from(words, (word) => ((word & 1) << 15) | (0x3b80 + ((word >>> 1) % 0x180)));
    return { name, type: "BF16", shape, bytes: new Uint8Array(halves.buffer) };
  });
}

/** Examples of the short runs: enough for batches of several lengths, few enough to be evaluated soon. */
const EXAMPLES = 300;

/** A task of the first examples of the sample's sentiment task. */
export function taskIn(root: string): string {
  const lines = readFileSync("media/sample/tasks/sentiment/train.csv", "utf8").split("\n");
  writeFileSync(path.join(root, "train.csv"), lines.slice(0, EXAMPLES).join("\n"));
  const sentiment = JSON.parse(readFileSync("media/sample/tasks/sentiment.task.json", "utf8"));
  const file = path.join(root, "sentiment.task.json");
  const split = { validation: 0.1, test: 0.1, seed: 1 };
  writeFileSync(file, JSON.stringify({ ...sentiment, files: { train: "train.csv" }, split }));
  return file;
}

// A model as large as one likes that takes no room on the disk.

import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { parseConfig } from "../../../src/model/config.ts";
import { expectedTensors } from "../../../src/model/tensors.ts";
import { withHeader } from "../folders.ts";

export interface Sizes {
  readonly layers: number;
  readonly width: number;
  readonly feedForward: number;
  readonly vocabSize: number;
}

export const BERT_LARGE: Sizes = { layers: 24, width: 1024, feedForward: 4096, vocabSize: 30_522 };

/** Writes a BERT whose weights are a hole in the file, but for the last value, 1.5; gives the last tensor's name. */
export function writeSparseModel(folder: string, { layers, width, feedForward, vocabSize }: Sizes): string {
  const json = {
    ...{ model_type: "bert", vocab_size: vocabSize, hidden_size: width, num_hidden_layers: layers, type_vocab_size: 2 },
    ...{ num_attention_heads: 16, intermediate_size: feedForward, max_position_embeddings: 512 },
  };
  let offset = 0;
  const header = [...expectedTensors(parseConfig(json, "config.json"))].map(([name, { shape }]) => {
    const begin = offset;
    offset += 4 * shape.reduce((a, b) => a * b, 1);
    return [`bert.${name}`, { dtype: "F32", shape, data_offsets: [begin, offset] }] as const;
  });
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(json));
  const file = path.join(folder, "model.safetensors");
  writeFileSync(file, withHeader(Object.fromEntries(header), 0));
  const size = readFileSync(file).length + offset;
  truncateSync(file, size);
  const handle = openSync(file, "r+");
  writeSync(handle, new Uint8Array(Float32Array.of(1.5).buffer), 0, 4, size - 4);
  closeSync(handle);
  return header.at(-1)![0].slice("bert.".length);
}

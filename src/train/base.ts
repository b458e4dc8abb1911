// A base model from its folder, as training, evaluation and prediction open it.

import path from "node:path";
import { loadTokenizer, type Tokenizer } from "../data/tokenizer.ts";
import type { Device } from "../graph/session.ts";
import type { BaseModel } from "../mask/metadata.ts";
import { type Checkpoint, checkShapes, openCheckpoint } from "../model/checkpoint.ts";
import { type ModelConfig, readConfig } from "../model/config.ts";
import { fingerprintOf, weightHashes } from "../model/fingerprint.ts";

/** An open base model; close its checkpoint after use. */
export interface Base {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
}

/** InputError for whatever of config, weights and tokenizer is missing, damaged or does not fit the others. */
export async function openBase(folder: string): Promise<Base> {
  const config = await readConfig(folder);
  const checkpoint = await openCheckpoint(folder);
  try {
    checkShapes(checkpoint, config);
    return { folder, config, checkpoint, tokenizer: await loadTokenizer(folder, config.vocabSize) };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** What an adaptation's file says of its base model: `matrices` are those whose weights must be the same to use it. */
export async function factsOf(
  { folder, config, checkpoint }: Base,
  matrices: readonly { readonly name: string }[],
): Promise<BaseModel> {
  const hashes = await weightHashes(checkpoint, matrices);
  return {
    id: config.id,
    path: path.resolve(folder),
    modelType: config.modelType,
    blocks: config.blocks,
    width: config.width,
    heads: config.heads,
    feedForward: config.feedForward,
    fingerprint: fingerprintOf(hashes),
    weights: Object.fromEntries(hashes),
  };
}

/** The device that an option means. What "auto" may take beside the CPU is for whoever has probed it to say. */
export function deviceOf(option: string): Device {
  return option === "auto" ? "cpu" : (option as Device);
}

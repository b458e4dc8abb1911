// A base model from its folder, as training, evaluation and prediction open it.

import path from "node:path";
import { loadTokenizer, type Tokenizer } from "../data/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { Device } from "../graph/session.ts";
import type { WeightsOf } from "../mask/changed.ts";
import { checkBase, type Mask } from "../mask/file.ts";
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

/**
 * The base weights of a mask's matrices, for initial masks that follow from them; `folder` is where the model lies, if not
 * where the mask says. InputError where it is not there or is another model.
 */
export async function baseWeightsOf({ metadata, matrices, file }: Mask, folder?: string): Promise<WeightsOf> {
  const place = folder ?? metadata.base.path;
  if (!place)
    throw new InputError("it does not say where its base model lies", { file }, "name its folder with --model");
  const checkpoint = await openCheckpoint(place);
  try {
    const modules = Object.keys(metadata.base.weights).map((name) => ({ name: name.replace(/\.weight$/, "") }));
    checkBase(metadata, await weightHashes(checkpoint, modules), file);
    const weights = new Map<string, Float32Array>();
    for (const { name } of matrices)
      if (Object.hasOwn(metadata.base.weights, name)) weights.set(name, await checkpoint.readFloat32(name));
    return (name) => weights.get(name);
  } finally {
    await checkpoint.close();
  }
}

/** The device that an option means. What "auto" may take beside the CPU is for whoever has probed it to say. */
export function deviceOf(option: string): Device {
  return option === "auto" ? "cpu" : (option as Device);
}

/**
 * Steps a run of the runtime. On CUDA the state would cross the bus at every run, so several steps share one; elsewhere a run
 * is a step, so that stopping waits for one step only (docs/speed.md has what a longer run gains on the CPU).
 */
export function stepsPerRunOn(device: Device): number {
  return device.startsWith("cuda:") ? 8 : 1;
}

// Opens a base model's folder for training, evaluation and prediction, and finds the base model of an adaptation.

import path from "node:path";
import type { HeadLayout } from "../anatomy/heads.ts";
import type { Stacks } from "../anatomy/layers.ts";
import { loadTokenizer, type Tokenizer } from "../data/tokenizer/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { Adaptation, Based } from "../mask/file.ts";
import type { WeightsOf } from "../mask/initial.ts";
import type { BaseModel } from "../mask/metadata.ts";
import { type ModelConfig, readConfig } from "../model/config.ts";
import { fingerprintOf, weightHashes } from "../model/fingerprint.ts";
import { modelFolder } from "../model/folder.ts";
import { openPretrained, type PretrainedWeights } from "../model/pretrained.ts";
import { checkShapes } from "../model/shapes.ts";
import { DEVICE } from "../recipe/options.ts";
import { ADD_MODEL_FOLDER } from "../remedies.ts";
import type { Device } from "../runtime/device.ts";
import { quoted } from "../visible.ts";

/** An open base model; close the pretrained weights after use. */
export interface Base {
  /** The folder with its files; in the Hub's cache, the snapshot. */
  readonly folder: string;
  readonly config: ModelConfig;
  readonly pretrained: PretrainedWeights;
  readonly tokenizer: Tokenizer;
  /** Notes on how the weights were read: for example, that a wrapper's prefix was removed or that tensors are unused. */
  readonly notes: readonly string[];
}

/**
 * Opens a model's folder, resolved by `modelFolder`. Throws an InputError if config, weights or tokenizer are missing
 * or damaged, or do not match.
 */
export async function openBase(given: string): Promise<Base> {
  const folder = await modelFolder(given);
  const config = await readConfig(folder);
  const pretrained = await openPretrained(folder);
  try {
    const notes = [...pretrained.notes, ...checkShapes(pretrained, config)];
    const tokenizer = await loadTokenizer(folder, config.vocabSize, { bare: config.stacks !== "encoder" });
    return { folder, config, pretrained, tokenizer, notes: [...notes, ...tokenizer.notes] };
  } catch (error) {
    await pretrained.close();
    throw error;
  }
}

/**
 * The description of the base model to store in an adaptation's file. The adaptation can only be used with a base model
 * that has the same weights in `matrices`.
 */
export async function factsOf(
  { folder, config, pretrained }: Base,
  matrices: readonly { readonly name: string }[],
): Promise<BaseModel> {
  const hashes = await weightHashes(pretrained, matrices);
  return {
    id: config.id,
    path: path.resolve(folder),
    modelType: config.modelType,
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    heads: config.heads,
    ...shapeFacts(config),
    feedForward: config.feedForward,
    fingerprint: fingerprintOf(hashes),
    weights: Object.fromEntries(hashes),
  };
}

type Shape = Pick<ModelConfig, "hiddenSize"> & HeadLayout & Stacks & { readonly headSize?: number | undefined };

/** What a file says of heads and stacks only where the model differs from an encoder with a key for each head. */
function shapeFacts({ hiddenSize, heads, keyHeads = heads, headSize = hiddenSize / heads, encoderLayers }: Shape) {
  return {
    ...(keyHeads !== heads && { keyHeads }),
    ...(headSize !== hiddenSize / heads && { headSize }),
    ...(encoderLayers !== undefined && { encoderLayers }),
  };
}

/** Where to look for base models besides the folders that adaptations name. */
export interface Places {
  /** The only folder to look in, if the user named one. */
  readonly model?: string | undefined;
  /** Lists model folders to search if a base model is not where its adaptation says; not called otherwise. */
  readonly models?: (() => Promise<readonly string[]>) | undefined;
}

/** The maximum number of searched folders that an error names. */
const NAMED = 5;

/**
 * Opens the weights that an adaptation was trained on: the hashes of the tensors in `names` must equal those in the
 * adaptation's file. Throws an InputError that names the searched folders if no folder has these weights. Close the
 * weights after use.
 */
export async function openWeightsOf(
  { metadata: { base }, file }: Pick<Adaptation, "metadata" | "file">,
  { model, models = async () => [] }: Places,
  names: readonly string[] = Object.keys(base.weights),
): Promise<PretrainedWeights> {
  if (model !== undefined) {
    const found = await openSame(model, base, names);
    if (typeof found !== "string") return found;
    throw new InputError(
      `it was not trained on the base model in ${model}: ${found}`,
      { file },
      `specify the folder of its base model ${base.id}`,
    );
  }
  const looked: string[] = [];
  if (base.path !== undefined) {
    const found = await openSame(base.path, base, names).catch(whatOf);
    if (typeof found !== "string") return found;
    looked.push(`${base.path} (${found})`);
  }
  // Without a hash to compare, no folder can be recognized.
  const others = names.length ? (await models()).filter((folder) => folder !== base.path) : [];
  for (const folder of await alike(others, base)) {
    const found = await openSame(folder, base, names).catch(whatOf);
    if (typeof found !== "string") return found;
  }
  looked.push(...others.slice(0, NAMED));
  if (others.length > NAMED) looked.push(`${others.length - NAMED} more`);
  throw new InputError(
    looked.length
      ? `its base model ${base.id} was not found in ${looked.join(", ")}`
      : "it does not name the folder of its base model",
    { file },
    ADD_MODEL_FOLDER,
  );
}

/**
 * A folder's weights or, if they are not the base model's, the first difference. Throws an InputError if they cannot be
 * read.
 */
async function openSame(
  folder: string,
  base: BaseModel,
  names: readonly string[],
): Promise<PretrainedWeights | string> {
  const pretrained = await openPretrained(folder);
  try {
    // One by one: in a different model of the same size, the first tensor usually differs already.
    for (const name of names) {
      const hash = (await weightHashes(pretrained, [{ name: name.replace(/\.weight$/, "") }])).get(name);
      if (hash === base.weights[name]) continue;
      await pretrained.close();
      return `${name} ${hash ? "differs" : "is missing"}`;
    }
    return pretrained;
  } catch (error) {
    await pretrained.close();
    throw error;
  }
}

/** The problem that an InputError describes; rethrows other errors. */
function whatOf(error: unknown): string {
  if (error instanceof InputError) return error.what;
  throw error;
}

/** The folders whose configs match the base model's, those with the base model's name first; reads no weights. */
async function alike(folders: readonly string[], base: BaseModel): Promise<string[]> {
  const configs = await Promise.all(folders.map((folder) => readConfig(folder).catch(() => undefined)));
  const keys = ["modelType", "layers", "hiddenSize", "heads", "feedForward"] as const;
  const [named, other]: [string[], string[]] = [[], []];
  for (const [i, config] of configs.entries())
    if (config && keys.every((key) => config[key] === base[key]))
      (config.id === base.id ? named : other).push(folders[i]!);
  return [...named, ...other];
}

/**
 * The base model's weights in the masks' matrices, for initial masks that depend on these weights. All masks share one base
 * model, so each matrix is read once. Throws an InputError if the base model is not found.
 */
export async function baseWeightsOf(masks: readonly Based[], places: Places): Promise<WeightsOf> {
  const weights = new Map<string, Float32Array>();
  for (const mask of masks) {
    const { base } = mask.metadata;
    const names = mask.matrices.flatMap(({ name }) => (Object.hasOwn(base.weights, name) ? name : []));
    const missing = names.filter((name) => !weights.has(name));
    if (!missing.length) continue;
    const pretrained = await openWeightsOf(mask, places, missing);
    try {
      for (const name of missing) weights.set(name, await pretrained.readFloat32(name));
    } finally {
      await pretrained.close();
    }
  }
  return (name) => weights.get(name);
}

/**
 * The device that an option names. Throws an InputError if there is no such device. "auto" is the device that the parent
 * process named in MASKLENS_AUTO, the fastest that passed its trial, or else the CPU.
 */
export function deviceOf(option: string): Device {
  if (!DEVICE.pattern.test(option))
    throw new InputError(`unknown device ${quoted(option)}`, { at: "device" }, `choose ${DEVICE.expected}`);
  return (option === "auto" ? (process.env.MASKLENS_AUTO ?? "cpu") : option) as Device;
}

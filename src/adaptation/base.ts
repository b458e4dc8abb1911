// A base model from its folder, as training, evaluation and prediction open it, and the folder of an adaptation's.

import path from "node:path";
import { loadTokenizer, type Tokenizer } from "../data/tokenizer/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { Device } from "../graph/session.ts";
import type { WeightsOf } from "../mask/changed.ts";
import type { Adaptation, Mask } from "../mask/file.ts";
import type { BaseModel } from "../mask/metadata.ts";
import { type Checkpoint, openCheckpoint } from "../model/checkpoint.ts";
import { type ModelConfig, readConfig } from "../model/config.ts";
import { fingerprintOf, weightHashes } from "../model/fingerprint.ts";
import { modelFolder } from "../model/folder.ts";
import { checkShapes } from "../model/shapes.ts";
import { DEVICE } from "../recipe/options.ts";
import { quoted } from "../visible.ts";

/** An open base model; close its checkpoint after use. */
export interface Base {
  /** With its files: of the Hub's cache the snapshot. */
  readonly folder: string;
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  /** What is to be said of how its weights were read, in sentences: names without a wrapper's prefix, tensors not used. */
  readonly notes: readonly string[];
}

/**
 * Opens a model's folder, as `modelFolder` understands it. InputError for whatever of config, weights and tokenizer is
 * missing, damaged or does not fit the others.
 */
export async function openBase(given: string): Promise<Base> {
  const folder = await modelFolder(given);
  const config = await readConfig(folder);
  const checkpoint = await openCheckpoint(folder);
  try {
    const notes = [...checkpoint.notes, ...checkShapes(checkpoint, config)];
    const tokenizer = await loadTokenizer(folder, config.vocabSize);
    return { folder, config, checkpoint, tokenizer, notes: [...notes, ...tokenizer.notes] };
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
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    heads: config.heads,
    feedForward: config.feedForward,
    fingerprint: fingerprintOf(hashes),
    weights: Object.fromEntries(hashes),
  };
}

/** Where the base models of adaptations may lie, beside the folders that they name. */
export interface Places {
  /** The only folder to look in, where a person has named one. */
  readonly model?: string | undefined;
  /** Gives folders with models, among which a base model is looked for that is not where its adaptation says; called only then. */
  readonly models?: (() => Promise<readonly string[]>) | undefined;
}

/** So many folders that were looked in vain are named. */
const NAMED = 5;

/**
 * The weights that an adaptation was trained over, of the folder that holds them: the hashes of `names` are those that the
 * adaptation's file states. InputError where no folder does, saying which were looked in. Close them after use.
 */
export async function openWeightsOf(
  { metadata: { base }, file }: Pick<Adaptation, "metadata" | "file">,
  { model, models = async () => [] }: Places,
  names: readonly string[] = Object.keys(base.weights),
): Promise<Checkpoint> {
  if (model !== undefined) {
    const found = await openSame(model, base, names);
    if (typeof found !== "string") return found;
    throw new InputError(
      `it belongs to another base model than that in ${model}: ${found}`,
      { file },
      `give the model ${base.id} that it was trained over`,
    );
  }
  const looked: string[] = [];
  if (base.path !== undefined) {
    const found = await openSame(base.path, base, names).catch(whatOf);
    if (typeof found !== "string") return found;
    looked.push(`${base.path} (${found})`);
  }
  // Without a hash to compare, no folder shows that it is the one.
  const others = names.length ? (await models()).filter((folder) => folder !== base.path) : [];
  for (const folder of await alike(others, base)) {
    const found = await openSame(folder, base, names).catch(whatOf);
    if (typeof found !== "string") return found;
  }
  looked.push(...others.slice(0, NAMED));
  if (others.length > NAMED) looked.push(`${others.length - NAMED} more`);
  throw new InputError(
    looked.length
      ? `its base model ${base.id} does not lie in ${looked.join(", nor in ")}`
      : "it does not say where its base model lies",
    { file },
    "put it there, or name its folder with --model (in the editor: Add Model Folder…)",
  );
}

/** A folder's weights; where they are not the base model's, what is the first that differs. InputError where they cannot be read. */
async function openSame(folder: string, base: BaseModel, names: readonly string[]): Promise<Checkpoint | string> {
  const checkpoint = await openCheckpoint(folder);
  try {
    // One by one: of another model of the same size the first differs.
    for (const name of names) {
      const hash = (await weightHashes(checkpoint, [{ name: name.replace(/\.weight$/, "") }])).get(name);
      if (hash === base.weights[name]) continue;
      await checkpoint.close();
      return `${name} ${hash ? "differs" : "is missing"}`;
    }
    return checkpoint;
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** What is wrong with input; throws what is no fault of the input. */
function whatOf(error: unknown): string {
  if (error instanceof InputError) return error.what;
  throw error;
}

/** The folders whose configs are as the base model's, those of its name first; no weight is read for it. */
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
 * The base weights of masks' matrices, for initial masks that follow from them; of masks over one base model, so each is read
 * once. InputError where they are not found.
 */
export async function baseWeightsOf(masks: readonly Mask[], places: Places): Promise<WeightsOf> {
  const weights = new Map<string, Float32Array>();
  for (const mask of masks) {
    const { base } = mask.metadata;
    const names = mask.matrices.flatMap(({ name }) => (Object.hasOwn(base.weights, name) ? name : []));
    const missing = names.filter((name) => !weights.has(name));
    if (!missing.length) continue;
    const checkpoint = await openWeightsOf(mask, places, missing);
    try {
      for (const name of missing) weights.set(name, await checkpoint.readFloat32(name));
    } finally {
      await checkpoint.close();
    }
  }
  return (name) => weights.get(name);
}

/**
 * The device that an option means; InputError where it means none. What "auto" may take beside the CPU is for whoever has
 * probed it to say.
 */
export function deviceOf(option: string): Device {
  if (!DEVICE.pattern.test(option))
    throw new InputError(`${quoted(option)} is no device`, { at: "device" }, `give ${DEVICE.expected}`);
  return option === "auto" ? "cpu" : (option as Device);
}

/**
 * Steps a run of the runtime. On CUDA the state would cross the bus at every run, so several steps share one; elsewhere a run
 * is a step, so that stopping waits for one step only (docs/speed.md has what a longer run gains on the CPU).
 */
export function stepsPerRunOn(device: Device): number {
  return device.startsWith("cuda:") ? 8 : 1;
}

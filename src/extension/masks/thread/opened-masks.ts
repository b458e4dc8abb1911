// The masks that the thread has read, and the weights that it needs from their base models. Both are cached because pages
// request the same mask repeatedly.

import { baseWeightsOf, openWeightsOf, type Places } from "../../../adaptation/base.ts";
import { InputError } from "../../../errors.ts";
import { readFileLimited, writtenOf } from "../../../files.ts";
import { needsBase, ownWeights } from "../../../mask/changed.ts";
import { type Based, decodeMask, type Mask, type MaskMatrix, type Unpacking } from "../../../mask/file.ts";
import { initialScores, needsWeights, roleOf, type WeightsOf } from "../../../mask/initial.ts";
import type { FindModels } from "../../../worker/channel.ts";

/** The maximum size of a mask file, in bytes; the mask of a model with 10 billion weights takes 1.25 GB. */
const LARGEST = 2 ** 31 - 1;

/** How long the list of model folders is cached, in milliseconds: a request may need it once per matrix. */
const CACHE_MODELS_FOR = 5000;

let models: Promise<readonly string[]> | undefined;

/** The known model folders, from `find` unless they are cached. */
function knownModels(find: FindModels): Promise<readonly string[]> {
  models ??= find().then((folders) => {
    setTimeout(() => {
      models = undefined;
    }, CACHE_MODELS_FOR).unref();
    return folders;
  });
  return models;
}

/**
 * Reads from a mask's base model, which is searched for only in the known model folders: the path in a mask may point anywhere,
 * and opening a mask must not read other files. Rejects if none of the folders contains the model.
 */
async function inBase<M extends Based, T>(
  mask: M,
  find: FindModels,
  look: (mask: M, places: Places) => Promise<T>,
): Promise<T> {
  const { path, ...base } = mask.metadata.base;
  const folders = await knownModels(find);
  const isKnown = path !== undefined && folders.includes(path);
  const within = { ...mask, metadata: { ...mask.metadata, base: isKnown ? { ...base, path } : base } };
  return look(within, { models: async () => folders });
}

const masks = new Map<string, { readonly written: string; readonly mask: Promise<Mask> }>();
const weights = new WeakMap<Mask, Promise<WeightsOf | undefined>>();

/**
 * The mask in a file: reread if the file has been rewritten, taken from the cache if the file was deleted. `onProgress`
 * is called while a packed file is read.
 */
export async function openMask(file: string, find: FindModels, onProgress?: Unpacking["onProgress"]): Promise<Mask> {
  const found = await writtenOf(file);
  const known = masks.get(file);
  const written = found ?? known?.written ?? "";
  if (known?.written === written) return known.mask;
  const mask = readFileLimited(file, LARGEST, "choose a mask file").then(async (bytes) => {
    if (!bytes.length) throw new InputError("the file is empty", { file }, "train the mask again");
    const read: { base?: Promise<WeightsOf> } = {};
    const baseOf = (based: Based) => (read.base = readBase(based, find));
    const decoded = await decodeMask(bytes, file, { baseOf, onProgress });
    if (read.base && needsBase(decoded)) weights.set(decoded, read.base); // for its initial mask, too
    return decoded;
  });
  masks.set(file, { written, mask });
  mask.catch(() => masks.delete(file));
  return mask;
}

const readBase = (mask: Based, find: FindModels): Promise<WeightsOf> =>
  inBase(mask, find, (within, places) => baseWeightsOf([within], places));

/** Frees all that is cached. */
export function forgetMasks(): void {
  masks.clear(); // the weights of base models go with their masks
  looked = [];
  models = undefined;
}

/** The base weights that determine an initial mask; undefined if none are needed or they are unavailable. */
export function baseOf(mask: Mask, find: FindModels): Promise<WeightsOf | undefined> {
  if (!needsBase(mask)) return Promise.resolve(undefined);
  let found = weights.get(mask);
  if (!found) {
    found = readBase(mask, find).catch(() => undefined);
    weights.set(mask, found);
    // A missing base model may become available later.
    void found.then((base) => base || weights.delete(mask));
  }
  return found;
}

/** Like `baseOf`, for several masks over the same base; a matrix's weights come from the first mask that provides them. */
export async function basesOf(masks: readonly Mask[], find: FindModels): Promise<WeightsOf> {
  const bases = await Promise.all(masks.map((mask) => baseOf(mask, find)));
  return (name) => bases.map((base) => base?.(name)).find((found) => found);
}

/**
 * The known folder that contains a mask's base model, verified by the hashes of all its weights; undefined if there is
 * none.
 */
export function folderOf(mask: Mask, find: FindModels): Promise<string | undefined> {
  return inBase(mask, find, async (within, places) => {
    const pretrained = await openWeightsOf(within, places);
    await pretrained.close();
    return pretrained.folder;
  }).catch(() => undefined);
}

export function matrixOf(mask: Mask, name: string): MaskMatrix {
  const matrix = mask.matrices.find((candidate) => candidate.name === name);
  if (!matrix)
    throw new InputError(`the mask does not contain the matrix ${name}`, { file: mask.file }, "choose another matrix");
  return matrix;
}

/** A matrix's weights, from the mask file or its base model; undefined if unavailable. */
export async function valuesOf(mask: Mask, name: string, find: FindModels): Promise<Float32Array | undefined> {
  const own = ownWeights(mask, name);
  if (own) return own;
  if (!Object.hasOwn(mask.metadata.base.weights, name)) return undefined;
  return inBase(mask, find, async (within, places) => {
    const pretrained = await openWeightsOf(within, places, [name]);
    try {
      return await pretrained.readFloat32(name);
    } finally {
      await pretrained.close();
    }
  }).catch(() => undefined);
}

/** The initial scores and the base model's values of a matrix; undefined if unavailable. */
interface Inside {
  readonly mask: Mask;
  readonly name: string;
  readonly scores: Float32Array | undefined;
  readonly values: Float32Array | undefined;
}

/** The two matrices inspected last: a diff inspects the same matrix in two masks. */
let looked: readonly Inside[] = [];

export async function lookInto(mask: Mask, name: string, find: FindModels): Promise<Inside> {
  const before = looked.find((one) => one.mask === mask && one.name === name);
  if (before) return before;
  const { layer, bits } = matrixOf(mask, name);
  const { initial } = mask.metadata;
  const values = await valuesOf(mask, name, find);
  const known = initial && (values || !needsWeights(initial, roleOf(layer)));
  const scores = known ? initialScores(initial, name, bits.rows, bits.columns, values, roleOf(layer)) : undefined;
  const inside = { mask, name, scores, values };
  looked = [inside, ...looked].slice(0, 2);
  return inside;
}

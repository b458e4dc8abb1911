// A control: a base model with some of its layers as they were before pretraining. What a mask over it reaches shows what those
// layers' pretrained weights are worth.

import { parseLayers } from "../../anatomy/layers.ts";
import { InputError } from "../../errors.ts";
import { readFileLimited } from "../../files.ts";
import type { ModelConfig } from "../../model/config.ts";
import { familyOf } from "../../model/families/families.ts";
import { namesOf } from "../../model/names.ts";
import { pathInside } from "../../own-files.ts";
import { encodeSafetensors, type TensorBytes } from "../../safetensors.ts";
import { sizeOf } from "../../tensor.ts";
import { openBase } from "../base.ts";
import { drawnTensor } from "./drawn.ts";
import { checkNew, writeNewFolder } from "./new-folder.ts";
import { asStored, storedName } from "./stored.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";

export interface ReinitializeOptions {
  /** The base model's folder. */
  readonly model: string;
  /** "all", or a range such as "0,3-5". */
  readonly layers: string;
  readonly seed: number;
  /** A new or empty folder. */
  readonly out: string;
}

export interface Reinitialized {
  readonly folder: string;
  /** The layers that were drawn, in order, of how many. */
  readonly layers: readonly number[];
  readonly count: number;
  /** Of an encoder–decoder, how many of all layers belong to the encoder. */
  readonly encoderLayers?: number | undefined;
  /** How many weights were drawn, of how many in the model. */
  readonly weights: number;
  readonly all: number;
}

/** In bytes: a config takes a few kB. */
const LARGEST_CONFIG = 10_000_000;

/**
 * Writes a model whose chosen layers are initialized anew from the seed, in every family as BERT is before pretraining: weights from a
 * normal distribution with deviation 0.02, biases 0, normalizations 1 and 0. Embeddings, tables of biases by distance, pooler and all else
 * stay. Throws an InputError for
 * a model that cannot be read, layers that it does not have, and a folder that is not new or empty.
 */
export async function reinitialize({ model, layers, seed, out }: ReinitializeOptions): Promise<Reinitialized> {
  const { config, pretrained, folder } = await openBase(model);
  try {
    const chosen = parseLayers(layers, config);
    await checkNew(out);
    const files = new Map<string, Iterable<Uint8Array>>(await tokenizerFiles(folder));
    const remedy = "choose a model folder in the Hub's layout";
    const configFile = await pathInside(folder, "config.json", remedy);
    files.set("config.json", [await readFileLimited(configFile, LARGEST_CONFIG, remedy)]);
    let [weights, all] = [0, 0];
    const family = familyOf(config);
    const layerIn = layersOf(config);
    const tensors: TensorBytes[] = [];
    const names = new Map<string, string>();
    for (const [name, { stored, type, shape }] of pretrained.tensors) {
      all += sizeOf(shape);
      const layer = layerIn(name);
      const isDrawn = layer !== null && chosen.has(layer);
      if (isDrawn) weights += sizeOf(shape);
      names.set(storedName(family, name), stored);
      tensors.push({
        ...{ name, shape },
        ...(isDrawn
          ? { type: "F32", bytes: new Uint8Array(drawnTensor(seed, `reinitialized ${name}`, shape).buffer) }
          : { type, bytes: await pretrained.readRaw(name) }),
      });
    }
    if (!weights) throw new InputError("the model stores no weights of these layers", { file: folder }, remedy);
    // Last, so that a folder with weights is complete.
    const whole = asStored(family, tensors).map((tensor) => ({ ...tensor, name: names.get(tensor.name)! }));
    files.set("model.safetensors", encodeSafetensors(whole, { format: "pt" }));
    await writeNewFolder(out, files);
    return {
      folder: out,
      layers: [...chosen].sort((a, b) => a - b),
      count: config.layers,
      ...(config.encoderLayers !== undefined && { encoderLayers: config.encoderLayers }),
      weights,
      all,
    };
  } finally {
    await pretrained.close();
  }
}

/** The layer of a tensor by its canonical name: "encoder.layer.3.output.dense.weight", "h.3.…". */
function layersOf(config: ModelConfig): (name: string) => number | null {
  const { matrices, relative, decoder } = namesOf(config);
  const shared = [relative, decoder?.relative].map((module) => `${module}.weight`); // T5 stores these in the first layer
  const stems = new Map<string, number>();
  for (let layer = 0; layer < config.layers; layer++) {
    const stem = STEM.exec(matrices.Q(layer))![0];
    if (!stems.has(stem)) stems.set(stem, layer); // several layers may share their weights
  }
  return (name) => (shared.includes(name) ? null : (stems.get(STEM.exec(name)?.[0] ?? "") ?? null));
}

/** The part of a name that tells the layer. */
const STEM = /^.*?\.\d+\./;

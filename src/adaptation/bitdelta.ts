// BitDelta (Liu et al. 2024): a finetuned copy as the base model plus, for each matrix, the signs of the differences and one scale. It
// takes as many bits as a mask of the same matrices, so it shows what a mask is compared with at equal size.

import path from "node:path";
import { version } from "../../package.json";
import { InputError } from "../errors.ts";
import { writeAtomic } from "../files.ts";
import { encodeTuned } from "../mask/file.ts";
import { sum } from "../mask/statistics.ts";
import type { NamedTensor } from "../mask/stored.ts";
import { readConfig } from "../model/config.ts";
import { allMatrices, isClassifier } from "../model/names.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import { headingOf } from "../recipe/recipe.ts";
import { openWeightsOf, type Places } from "./base.ts";
import { readAdaptation, shapeOf } from "./read.ts";

/** Which tensors beside the matrices stay as finetuning left them: all, as in the paper; those with one axis (biases, LayerNorms); none. The classifier always does. */
export const RESTS = ["all", "vectors", "none"] as const;
export type Rest = (typeof RESTS)[number];

export interface BitDeltaOptions extends Places {
  /** The adaptation of a finetuning run. */
  readonly adaptation: string;
  /** The file to write, NAME.tuned.safetensors. */
  readonly out: string;
  readonly rest: Rest;
}

/** A matrix: every weight is the base model's plus or minus the scale. */
export interface BitDeltaMatrix {
  readonly name: string;
  readonly weights: number;
  /** The mean of |W′ − W|. */
  readonly scale: number;
}

export interface BitDelta {
  readonly adaptation: string;
  readonly matrices: readonly BitDeltaMatrix[];
  /** In bytes: the signs, one bit a weight, and a float32 scale a matrix; the float32 tensors beside them; both without compression. */
  readonly bytes: { readonly matrices: number; readonly tensors: number; readonly finetuned: number };
  /** The names of finetuned tensors that were reset to the base model's values. */
  readonly leftOut: readonly string[];
}

/**
 * One matrix: W + α where W′ ≥ W and W − α elsewhere, in float32, with α = mean |W′ − W|. The scale is the paper's initial one; the
 * paper trains it further by distillation.
 */
export function bitDelta(before: Float32Array, after: Float32Array): { scale: number; weights: Float32Array } {
  let total = 0;
  for (let i = 0; i < before.length; i++) total += Math.abs(after[i]! - before[i]!);
  const scale = Math.fround(total / before.length);
  return { scale, weights: before.map((value, i) => (after[i]! >= value ? value + scale : value - scale)) };
}

/**
 * Writes a finetuned adaptation with its matrices rebuilt from signs and scales: those of the layers and of the pooler that the base model
 * has. It can be evaluated like the one that it was made of. Throws an InputError if the adaptation is not a finetuned copy, or its base
 * model is not found.
 */
export async function writeBitDelta({ adaptation, out, rest, ...places }: BitDeltaOptions): Promise<BitDelta> {
  const tuned = await readAdaptation(adaptation);
  const place = { file: adaptation };
  if (tuned.format === "mask")
    throw new InputError("this is a mask", place, "choose the adaptation of a finetuning run");
  const pretrained = await openWeightsOf(tuned, places);
  try {
    const config = await readConfig(pretrained.folder);
    const candidates = allMatrices(config, headingOf(shapeOf(tuned)))
      .filter(({ name }) => !isClassifier(name))
      .map(({ name }) => `${name}.weight`)
      .filter((name) => pretrained.tensors.has(name));
    const own = new Map(tuned.tensors.map((tensor) => [tensor.name, tensor]));
    const names = new Set(candidates.filter((name) => own.has(name)));
    if (!names.size)
      throw new InputError(
        "it changes no matrix of the base model",
        place,
        "choose the adaptation of a finetuning run",
      );
    const matrices: BitDeltaMatrix[] = [];
    const rebuilt: NamedTensor[] = [];
    for (const name of names) {
      const { shape, data } = own.get(name)!;
      const { scale, weights } = bitDelta(await pretrained.readFloat32(name), data);
      matrices.push({ name, weights: data.length, scale });
      rebuilt.push({ name, shape, data: weights });
    }
    const others = tuned.tensors.filter(({ name }) => !names.has(name));
    const kept = others.filter((tensor) => isKept(tensor, rest, pretrained));
    const { metadata } = tuned;
    const facts = {
      ...metadata,
      ...{ tool: `masklens ${version}`, metrics: {} },
      imported: {
        ...{ file: path.basename(adaptation), format: "BitDelta of a finetuned copy", options: ["--rest", rest] },
        known: [],
        assumed: ["Scales are mean differences, without the distillation of the paper."],
      },
    };
    await writeAtomic(out, await encodeTuned({ metadata: facts, tensors: [...rebuilt, ...kept] }));
    return {
      adaptation: out,
      matrices,
      bytes: {
        matrices: sum(matrices, ({ weights }) => Math.ceil(weights / 8) + 4),
        tensors: sum(kept, ({ data }) => data.byteLength),
        finetuned: sum(tuned.tensors, ({ data }) => data.byteLength),
      },
      leftOut: others.filter((tensor) => !kept.includes(tensor)).map(({ name }) => name),
    };
  } finally {
    await pretrained.close();
  }
}

function isKept({ name, shape }: NamedTensor, rest: Rest, pretrained: PretrainedWeights): boolean {
  if (rest === "all" || isClassifier(name) || !pretrained.tensors.has(name)) return true;
  return rest === "vectors" && shape.length === 1;
}

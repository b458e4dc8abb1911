// Checks whether pretrained weights match a config: all tensors exist, with the right shape and type; also reports
// unused tensors.

import { InputError } from "../../errors.ts";
import type { ModelConfig } from "../config.ts";
import { namesOf } from "../names.ts";
import { expectedTensors } from "../tensors.ts";
import { listed, type PretrainedWeights, requireFloats, thereInstead } from "./pretrained.ts";

/**
 * Tensors that are not reported as unused: those of classifiers and language-model heads, copies of the word embeddings, indices, and
 * a table that T5's first checkpoints have by mistake.
 */
const KNOWN_UNREAD =
  /^((cls|lm_head|vocab_transform|vocab_layer_norm|vocab_projector|classifier|pre_classifier|pooler|qa_outputs|generator_predictions|generator_lm_head|discriminator_predictions|sequence_summary|predictions|sop_classifier|lm_predictions|mask_predictions|head|classification_head)\.|decoder\.(weight|bias)$|final_logits_bias$|((en|de)coder\.)?embed_tokens\.weight$|decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.|embeddings\.(position_ids|token_type_ids)$)/;

/** What old weight files have besides parameters: GPT-2's causal masks, and the wavelengths of rotary positions. */
const CONSTANTS = /^(h\.\d+\.attn\.(masked_)?bias|(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq)$/;

/** Whether a tensor of this name is a constant, which no model learns and MaskLens computes itself. */
export const isConstant = (name: string): boolean => CONSTANTS.test(name);

/**
 * Checks that the pretrained weights have every tensor that a model of this config reads, with the expected shape
 * and a floating-point type; a pooler may be missing. Throws an InputError that names the first mismatch. Returns notes
 * on unused tensors: layers beyond those in the config, and tensors that belong to neither the model nor a known
 * classifier.
 */
export function checkShapes(pretrained: PretrainedWeights, config: ModelConfig): string[] {
  const { tensors } = pretrained;
  const stacks = stacksOf(config, tensors);
  const expected = expectedTensors(config);
  // If an expected tensor has a different name in the weights, that name is among the unexpected names.
  const spare = [...tensors.keys()].filter((name) => !expected.has(name));
  for (const [name, { shape, optional }] of expected) {
    const tensor = tensors.get(name);
    const place = { file: tensor?.shard ?? pretrained.folder, at: `tensor ${name}` };
    const remedy = "use the weights that belong to its config.json";
    if (!tensor) {
      if (optional) continue;
      const short = stacks.find(({ stem, stored }) => name.startsWith(`${stem}.${stored}.`));
      const instead = short
        ? `they have ${short.stored} ${short.what}, but config.json specifies ${short.read} ${short.what}`
        : thereInstead(name, spare.length ? spare : [...tensors.keys()]);
      throw new InputError(
        `the weights do not contain this tensor, which config.json requires (${instead})`,
        place,
        remedy,
      );
    }
    if (tensor.shape.join() !== shape.join())
      throw new InputError(
        `its shape is [${tensor.shape.join(", ")}], but config.json requires [${shape.join(", ")}]`,
        place,
        remedy,
      );
    requireFloats(tensor, place);
  }
  return unreadNotes(spare, stacks);
}

/** The layers of a stack: how many the config specifies, and how many the weights have. */
interface StackLayers {
  /** What the names of its layers begin with, followed by an index. */
  readonly stem: string;
  readonly read: number;
  readonly stored: number;
  readonly what: string;
}

function stacksOf(config: ModelConfig, tensors: PretrainedWeights["tensors"]): StackLayers[] {
  const { layers, encoderLayers } = config;
  const stack = (first: number, read: number, what: string): StackLayers => {
    const stem = namesOf(config).matrices.Q(first).split(".0.")[0]!;
    return { stem, read, stored: layersUnder(stem, tensors.keys()), what };
  };
  if (encoderLayers === undefined) return [stack(0, layers, "layers")];
  return [stack(0, encoderLayers, "encoder layers"), stack(encoderLayers, layers - encoderLayers, "decoder layers")];
}

/** The number of layers: one more than the highest index after `stem`. */
function layersUnder(stem: string, names: Iterable<string>): number {
  let most = 0;
  for (const name of names) {
    const number = name.startsWith(`${stem}.`) ? /^\d{1,4}(?=\.)/.exec(name.slice(stem.length + 1))?.[0] : undefined;
    if (number !== undefined) most = Math.max(most, Number(number) + 1);
  }
  return most;
}

/** Notes on unused tensors: layers that the config does not specify, and others. */
function unreadNotes(spare: readonly string[], stacks: readonly StackLayers[]): string[] {
  const notes: string[] = [];
  for (const { stem, read, stored, what } of stacks)
    if (stored > read)
      notes.push(
        `config.json specifies ${read} ${read === 1 ? what.slice(0, -1) : what}, but the weights have ${stored}; layers from ${stem}.${read} onward are not used.`,
      );
  const isBeyond = (name: string) =>
    stacks.some(
      ({ stem, read }) => name.startsWith(`${stem}.`) && Number(name.split(".")[stem.split(".").length]) >= read,
    );
  const unread = spare.filter((name) => !KNOWN_UNREAD.test(name) && !isConstant(name) && !isBeyond(name));
  if (unread.length)
    notes.push(
      `Unused weights: ${unread.length === 1 ? "a tensor" : `${unread.length} tensors`} that this kind of model does not have (${listed(unread)}).`,
    );
  return notes;
}

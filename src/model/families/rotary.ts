// Rotary positions as config.json describes them.

import { InputError } from "../../errors.ts";
import { quoted } from "../../visible.ts";
import { type ConfigReader, OTHER_CONFIG } from "../config-reader.ts";
import type { Rotary } from "../design.ts";

/** Models for long texts have bases up to tens of millions. */
const LARGEST_BASE = 1e12;
const LARGEST_FACTOR = 1e6;
const MOST_POSITIONS = 100_000_000;

/**
 * Rotary positions, whose `parameters` are those of transformers 5 (rope_parameters) or 4 (rope_scaling and, beside it, the key
 * `base`). What stretches them to longer texts, other than as in Llama 3.1, is refused with an InputError.
 */
export function rotaryOf(
  read: ConfigReader,
  parameters: ConfigReader | undefined,
  size: number,
  base: { readonly key: string; readonly value: number },
): Rotary {
  if (size % 2 === 1)
    throw new InputError(
      `rotary positions turn pairs of dimensions, but each head has ${size}`,
      read.place(read.get("head_dim") === undefined ? "num_attention_heads" : "head_dim"),
      OTHER_CONFIG,
    );
  const given = parameters ?? read.object("rope_scaling");
  const key = given?.has("rope_type") ? "rope_type" : "type";
  const kind = given?.get(key) ?? "default";
  if (kind !== "default" && kind !== "llama3")
    throw new InputError(
      `rotary positions of type ${quoted(kind)} are not supported`,
      given!.place(key),
      "use a model with plain rotary positions, or with those of Llama 3",
    );
  const old = read.positive(base.key, base.value, LARGEST_BASE);
  const plain = { base: parameters?.positive("rope_theta", old, LARGEST_BASE) ?? old, size };
  if (!given || kind === "default") return plain;
  const factor = (key: string) => given.positive(key, undefined, LARGEST_FACTOR);
  return {
    ...plain,
    stretched: {
      ...{ factor: factor("factor"), low: factor("low_freq_factor"), high: factor("high_freq_factor") },
      positions: given.count("original_max_position_embeddings", MOST_POSITIONS),
    },
  };
}

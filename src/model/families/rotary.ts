// Rotary positions as config.json describes them.

import { InputError } from "../../errors.ts";
import type { ConfigReader } from "../config-reader.ts";
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
  const given = parameters ?? read.object("rope_scaling");
  const kind = given?.get("rope_type") ?? given?.get("type") ?? "default";
  if (kind !== "default" && kind !== "llama3")
    throw new InputError(
      `rotary positions of type "${String(kind)}" are not supported`,
      { file: read.file, at: "rope_parameters" },
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

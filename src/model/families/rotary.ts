// Rotary positions as config.json describes them.

import { InputError } from "../../errors.ts";
import type { ConfigReader } from "../config-reader.ts";
import type { Rotary } from "../design.ts";

/** Models for long texts have bases up to tens of millions. */
const LARGEST_BASE = 1e12;

/**
 * Plain rotary positions, whose `parameters` are those of transformers 5 (rope_parameters) or 4 (rope_scaling and, beside it, the key
 * `base`). What stretches them to longer texts is refused with an InputError.
 */
export function rotaryOf(
  read: ConfigReader,
  parameters: ConfigReader | undefined,
  size: number,
  base: { readonly key: string; readonly value: number },
): Rotary {
  const given = parameters ?? read.object("rope_scaling");
  const kind = given?.get("rope_type") ?? given?.get("type") ?? "default";
  if (kind !== "default")
    throw new InputError(
      `rotary positions of type "${String(kind)}" are not supported`,
      { file: read.file, at: "rope_parameters" },
      "use a model with plain rotary positions",
    );
  const old = read.positive(base.key, base.value, LARGEST_BASE);
  return { base: parameters?.positive("rope_theta", old, LARGEST_BASE) ?? old, size };
}

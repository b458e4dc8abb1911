// The windows of a model's layers, as config.json describes them.

import { InputError } from "../../errors.ts";
import { quoted } from "../../visible.ts";
import { type ConfigReader, OTHER_CONFIG } from "../config-reader.ts";

/** The names of layers whose tokens attend to all tokens, and of layers whose tokens attend to those within a window. */
export const FULL = "full_attention";
export const LOCAL = "sliding_attention";

const MOST_TOKENS = 1_000_000;

/** The number of tokens in a window under this key; null: there is no window. */
export function windowIn(read: ConfigReader, key: string, fallback: number): number | null {
  return read.has(key) && read.get(key) === undefined ? null : read.count(key, MOST_TOKENS, fallback);
}

/**
 * The window of each layer: null for a layer that attends to all tokens, as `layer_types` says; without this list, `isLocal` decides.
 * Throws an InputError if the list has other types, or not one for each layer.
 */
export function windowsOf(
  read: ConfigReader,
  layers: number,
  window: number | null,
  isLocal: (layer: number) => boolean,
): (number | null)[] {
  const given = read.get("layer_types");
  if (given === undefined) return Array.from({ length: layers }, (_, layer) => (isLocal(layer) ? window : null));
  const known = window === null ? [FULL] : [FULL, LOCAL];
  const isKnown = (type: unknown) => known.some((name) => name === type);
  if (Array.isArray(given) && given.length === layers && given.every(isKnown))
    return given.map((type) => (type === LOCAL ? window : null));
  const other = Array.isArray(given) ? given.find((type) => !isKnown(type)) : given;
  const what =
    other === undefined
      ? `it names ${(given as unknown[]).length} layers, but the model has ${layers}`
      : `${quoted(other)} is not one of ${known.join(", ")}`;
  throw new InputError(what, read.place("layer_types"), OTHER_CONFIG);
}

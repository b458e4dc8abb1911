// How layers are numbered, named and chosen. An encoder–decoder's layers are numbered through, the encoder's first, but
// each of its two stacks is shown with numbers of its own.

import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";
import { type HeadLayout, type HeadView, wholeOf } from "./heads.ts";

export interface Stacks {
  /** Of an encoder–decoder, how many of the layers belong to the encoder. */
  readonly encoderLayers?: number | undefined;
}

export type StackName = "encoder" | "decoder";

/** The stack of a layer, the encoder if there is only one, and its index there. */
export function placeOf(layer: number, { encoderLayers = Number.POSITIVE_INFINITY }: Stacks): [StackName, number] {
  return layer < encoderLayers ? ["encoder", layer] : ["decoder", layer - encoderLayers];
}

/** "3" or, in an encoder–decoder, "E3" or "D3". */
export function layerNumber(layer: number, stacks: Stacks): string {
  if (stacks.encoderLayers === undefined) return String(layer);
  const [stack, number] = placeOf(layer, stacks);
  return `${stack === "encoder" ? "E" : "D"}${number}`;
}

/** "L3" or, in an encoder–decoder, "E3" or "D3". */
export const layerName = (layer: number, stacks: Stacks): string =>
  stacks.encoderLayers === undefined ? `L${layer}` : layerNumber(layer, stacks);

/** "L3H9", "D3H9" */
export const headName = ({ layer, head }: { readonly layer: number; readonly head: number }, stacks: Stacks): string =>
  `${layerName(layer, stacks)}H${head}`;

const SHARED: Partial<Record<HeadView, string>> = {
  ...{ K: "key head", V: "value head" },
  ...{ CK: "cross-attention key head", CV: "cross-attention value head" },
};

/** "head L3H9"; "cross-attention head D3H9"; where several heads share keys, "key head L3H1". */
export function headWords(
  head: { readonly layer: number; readonly head: number; readonly kind: HeadView },
  base: HeadLayout & Stacks,
): string {
  const whole = wholeOf(head.kind, base);
  const what = whole === null ? SHARED[head.kind] : whole === "all" ? "head" : "cross-attention head";
  return `${what} ${headName(head, base)}`;
}

/** The first layer, and the number of layers, that numbers after a letter (or after none) refer to. */
function stackOf(letter: string, count: number, { encoderLayers }: Stacks): readonly [first: number, count: number] {
  if (!letter) return [0, count];
  return letter === "E" ? [0, encoderLayers!] : [encoderLayers!, count - encoderLayers!];
}

/** The layer that "3", "L3", "E3" or "D3" names; undefined if the model has none of this name. */
export function layerNamed(
  text: string,
  { layers, ...stacks }: Stacks & { readonly layers: number },
): number | undefined {
  const [, letter = "", number] = /^(?:L|([ED]))?(\d{1,6})$/i.exec(text) ?? [];
  if (number === undefined || (letter && stacks.encoderLayers === undefined)) return undefined;
  const [first, count] = stackOf(letter.toUpperCase(), layers, stacks);
  return Number(number) < count ? first + Number(number) : undefined;
}

/**
 * The layer indices of a range such as "2-11", "0,3-5" or "all"; of an encoder–decoder also "E0-5", "D3", and "E" or
 * "D" for a whole stack. Throws an InputError for a malformed range, and for layers that the model does not have.
 */
export function parseLayers(range: string, model: Stacks & { readonly layers: number }): Set<number> {
  const hasStacks = model.encoderLayers !== undefined;
  const chosen = new Set<number>();
  if (range.trim() === "all") range = `0-${model.layers - 1}`;
  for (const part of range.split(",")) {
    const [, letter = "", first, last = first] =
      /^\s*([ED]?)(?:(\d+)\s*(?:-\s*(?:\1)?(\d+)\s*)?)?\s*$/.exec(part) ?? [];
    if ((first === undefined && !letter) || (letter && !hasStacks) || Number(first) > Number(last))
      throw new InputError(
        `${quoted(range)} is not a layer range`,
        { at: "layers" },
        hasStacks
          ? 'write it as "2-11", "E0-5,D3", "D" or "all"'
          : `write it as "2-11", "0,3-5" or "all"${letter ? " (E and D are the stacks of an encoder–decoder, and this model has one stack)" : ""}`,
      );
    const [start, count] = stackOf(letter, model.layers, model);
    if (Number(last ?? 0) >= count)
      throw new InputError(
        `${part.trim()} exceeds the ${letter ? { E: "encoder", D: "decoder" }[letter] : "model"}'s ${count} layers`,
        { at: "layers" },
        `choose from layers ${letter}0 to ${letter}${count - 1}`,
      );
    for (let layer = Number(first ?? 0); layer <= Number(last ?? count - 1); layer++) chosen.add(start + layer);
  }
  return chosen;
}

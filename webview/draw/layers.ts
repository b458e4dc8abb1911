// The order of a model's layers, and the names of layers, heads and matrices.

import { headName as headIn, layerNumber, type Stacks } from "../../src/anatomy/layers.ts";
import type { MatrixKind } from "../../src/kinds.ts";
import * as l10n from "../ui/l10n.ts";

type Layer = number | null;

let stacks: Stacks = {};

/** Sets how the layers of the page's model are numbered; call it before rendering. */
export function numberLayers({ encoderLayers }: Stacks): void {
  stacks = { encoderLayers };
}

export const layerTitle = (layer: Layer): string =>
  layer === null ? l10n.t("above") : l10n.t("layer {0}", layerNumber(layer, stacks));

/** "3" or, in an encoder–decoder, "E3" or "D3". */
export const shortLayer = (layer: number): string => layerNumber(layer, stacks);

/** "L3H9"; also the name for highlighting a head (see point.tsx). */
export const headName = (head: { readonly layer: number; readonly head: number }): string => headIn(head, stacks);

/** A matrix in words: "Layer 3 · Q". */
export function placeOf({ layer, kind }: { readonly layer: Layer; readonly kind: MatrixKind }): string {
  const above: Partial<Record<MatrixKind, string>> = { P: l10n.t("The pooler"), T: l10n.t("The classifier") };
  return layer === null ? (above[kind] ?? kind) : l10n.t("Layer {0} · {1}", layerNumber(layer, stacks), kind);
}

/** Layer numbers from the highest to the lowest, null (above the layers) first. */
export function layersOf(all: readonly { readonly layer: Layer }[]): Layer[] {
  const height = (layer: Layer) => layer ?? Number.POSITIVE_INFINITY;
  return [...new Set(all.map(({ layer }) => layer))].sort((a, b) => height(b) - height(a));
}

// The order of an encoder's layers, and the names of layers, heads and matrices. Pure.

import type { MatrixKind } from "../../src/kinds.ts";
import * as l10n from "../ui/l10n.ts";

type Layer = number | null;

export const layerTitle = (layer: Layer): string => (layer === null ? l10n.t("above") : l10n.t("layer {0}", layer));

/** "L3H9"; also the name for highlighting a head (see point.tsx). */
export const headName = ({ layer, head }: { readonly layer: number; readonly head: number }): string =>
  `L${layer}H${head}`;

/** A matrix in words: "Layer 3 · Q". */
export function placeOf({ layer, kind }: { readonly layer: Layer; readonly kind: MatrixKind }): string {
  const above: Partial<Record<MatrixKind, string>> = { P: l10n.t("The pooler"), T: l10n.t("The classifier") };
  return layer === null ? (above[kind] ?? kind) : l10n.t("Layer {0} · {1}", layer, kind);
}

/** Layer numbers from the highest to the lowest, null (above the layers) first. */
export function layersOf(all: readonly { readonly layer: Layer }[]): Layer[] {
  const height = (layer: Layer) => layer ?? Number.POSITIVE_INFINITY;
  return [...new Set(all.map(({ layer }) => layer))].sort((a, b) => height(b) - height(a));
}

// The order of an encoder's layers, and the names of layers and matrices. Pure.

import type { MatrixKind } from "../../src/kinds.ts";
import { t } from "../ui/host.ts";

type Layer = number | null;

export const layerTitle = (layer: Layer): string => (layer === null ? t("above") : t("layer {0}", layer));

/** A matrix in words. */
export function placeOf({ layer, kind }: { readonly layer: Layer; readonly kind: MatrixKind }): string {
  const above: Partial<Record<MatrixKind, string>> = { P: t("The pooler"), T: t("The classifier") };
  return layer === null ? (above[kind] ?? kind) : t("Layer {0} · {1}", layer, kind);
}

/** Layer numbers from the highest to the lowest, null (above the layers) first. */
export function layersOf(all: readonly { readonly layer: Layer }[]): Layer[] {
  const height = (layer: Layer) => layer ?? Number.POSITIVE_INFINITY;
  return [...new Set(all.map(({ layer }) => layer))].sort((a, b) => height(b) - height(a));
}

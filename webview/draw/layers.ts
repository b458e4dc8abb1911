// An encoder drawn as grids: layers from bottom to top, in the direction of data flow, against matrix kinds or attention heads.

import type { MatrixKind } from "../../src/kinds.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { type Cell, type GridEvents, grid } from "./grid.ts";

type Layer = number | null;

export const layerTitle = (layer: Layer): string => (layer === null ? t("above") : t("layer {0}", layer));

/** A matrix in words. */
export function placeOf({ layer, kind }: { readonly layer: Layer; readonly kind: MatrixKind }): string {
  const above: Partial<Record<MatrixKind, string>> = { P: t("The pooler"), T: t("The classifier") };
  return layer === null ? (above[kind] ?? kind) : t("Layer {0} · {1}", layer, kind);
}

/** The same, with the matrix's name as tooltip. */
export const placeCell = (matrix: Parameters<typeof placeOf>[0] & { readonly name: string }): HTMLElement =>
  el("span", { title: matrix.name }, placeOf(matrix));

/** Layer numbers from the highest to the lowest, null (above the layers) first. */
export function layersOf(all: readonly { readonly layer: Layer }[]): Layer[] {
  const height = (layer: Layer) => layer ?? Number.POSITIVE_INFINITY;
  return [...new Set(all.map(({ layer }) => layer))].sort((a, b) => height(b) - height(a));
}

export interface KindGrid<M> extends GridEvents {
  readonly matrices: readonly M[];
  readonly kinds: readonly MatrixKind[];
  readonly cellOf: (matrix: M) => Cell | null;
  /** An extra column with all matrices of each layer, and an extra row with all matrices of each kind and of the mask. */
  readonly together?: {
    readonly layer: (layer: Layer) => Cell | null | undefined;
    readonly kinds: readonly (Cell | null)[];
  };
}

/** A cell for each matrix. */
export function kindGrid<M extends { readonly layer: Layer; readonly kind: MatrixKind }>({
  matrices,
  kinds,
  cellOf,
  together,
  ...events
}: KindGrid<M>): HTMLElement {
  const rows = layersOf(matrices).map((layer) => ({
    title: layerTitle(layer),
    cells: [
      ...kinds.map((kind) => {
        const matrix = matrices.find((one) => one.layer === layer && one.kind === kind);
        return matrix && cellOf(matrix);
      }),
      ...(together ? [together.layer(layer)] : []),
    ],
  }));
  return grid({
    ...events,
    columns: [...kinds, ...(together ? [t("all")] : [])],
    rows: [...rows, ...(together ? [{ title: t("all"), cells: together.kinds }] : [])],
  });
}

export interface HeadGrid<H> extends GridEvents {
  readonly heads: readonly H[];
  /** The rows of the grid beside it, so that layers line up; rows without heads stay empty. */
  readonly beside?: readonly { readonly layer: Layer }[];
  readonly cellOf: (head: H) => Cell | null;
}

/** A cell for each attention head. */
export function headGrid<H extends { readonly layer: number; readonly head: number }>({
  heads,
  cellOf,
  beside = heads,
  ...events
}: HeadGrid<H>): HTMLElement {
  const numbers = [...new Set(heads.map(({ head }) => head))].sort((a, b) => a - b);
  const table = grid({
    ...events,
    columns: numbers.map(String),
    rows: layersOf(beside).map((layer) => ({
      title: heads.some((head) => head.layer === layer) ? layerTitle(layer) : "",
      cells: numbers.map((number) => {
        const head = heads.find((one) => one.layer === layer && one.head === number);
        return head && cellOf(head);
      }),
    })),
  });
  table.classList.add("heads");
  return table;
}

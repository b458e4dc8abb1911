// Grids of an encoder: a row per layer, from bottom to top in the direction of data flow, and a column per matrix kind or head.

import type { MatrixKind } from "../../src/kinds.ts";
import * as l10n from "../ui/l10n.ts";
import type { Cell as TableCell } from "../ui/table.tsx";
import { type Cell, Grid, type GridEvents } from "./grid.tsx";
import { layersOf, layerTitle, placeOf } from "./layers.ts";

type Layer = number | null;

/** A matrix in words, with its name as the tooltip. */
export function placeCell(matrix: Parameters<typeof placeOf>[0] & { readonly name: string }): TableCell {
  const text = placeOf(matrix);
  return { text, view: <span title={matrix.name}>{text}</span> };
}

interface KindGridProps<M> extends GridEvents {
  readonly matrices: readonly M[];
  readonly kinds: readonly MatrixKind[];
  readonly cellOf: (matrix: M) => Cell | null;
  /** An extra column with a cell for each whole layer, and an extra row with a cell for each whole kind. */
  readonly together?: {
    readonly layer: (layer: Layer) => Cell | null | undefined;
    readonly kinds: readonly (Cell | null)[];
  };
}

/** A cell for each matrix. */
export function KindGrid<M extends { readonly layer: Layer; readonly kind: MatrixKind }>({
  matrices,
  kinds,
  cellOf,
  together,
  ...events
}: KindGridProps<M>) {
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
  return (
    <Grid
      {...events}
      columns={[...kinds, ...(together ? [l10n.t("all")] : [])]}
      rows={[...rows, ...(together ? [{ title: l10n.t("all"), cells: together.kinds }] : [])]}
    />
  );
}

interface HeadGridProps<H> extends GridEvents {
  readonly heads: readonly H[];
  /** The rows of the adjacent grid, so that layers line up; rows without heads stay empty. */
  readonly beside?: readonly { readonly layer: Layer }[];
  readonly cellOf: (head: H) => Cell | null;
}

/** A cell for each attention head. */
export function HeadGrid<H extends { readonly layer: number; readonly head: number }>({
  heads,
  cellOf,
  beside = heads,
  ...events
}: HeadGridProps<H>) {
  const numbers = [...new Set(heads.map(({ head }) => head))].sort((a, b) => a - b);
  const rows = layersOf(beside).map((layer) => ({
    title: heads.some((head) => head.layer === layer) ? layerTitle(layer) : "",
    cells: numbers.map((number) => {
      const head = heads.find((one) => one.layer === layer && one.head === number);
      return head && cellOf(head);
    }),
  }));
  return <Grid {...events} look="heads" columns={numbers.map(String)} rows={rows} />;
}

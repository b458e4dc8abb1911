// An encoder drawn as grids: blocks from below upwards, as data flows, against kinds of matrices or attention heads.

import type { MatrixKind } from "../../src/kinds.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { type Cell, type GridEvents, grid } from "./grid.ts";

type Block = number | null;

export const blockTitle = (block: Block): string => (block === null ? t("above") : t("block {0}", block));

/** A matrix in words. */
export function placeOf({ block, kind }: { readonly block: Block; readonly kind: MatrixKind }): string {
  const above: Partial<Record<MatrixKind, string>> = { P: t("The pooler"), T: t("The classifier") };
  return block === null ? (above[kind] ?? kind) : t("Block {0} · {1}", block, kind);
}

/** The same, with the matrix's own name over it. */
export const placeCell = (matrix: Parameters<typeof placeOf>[0] & { readonly name: string }): HTMLElement =>
  el("span", { title: matrix.name }, placeOf(matrix));

/** Block numbers from the highest to the lowest, null (above the blocks) first. */
export function blocksOf(all: readonly { readonly block: Block }[]): Block[] {
  const height = (block: Block) => block ?? Number.POSITIVE_INFINITY;
  return [...new Set(all.map(({ block }) => block))].sort((a, b) => height(b) - height(a));
}

export interface KindGrid<M> extends GridEvents {
  readonly matrices: readonly M[];
  readonly kinds: readonly MatrixKind[];
  readonly cellOf: (matrix: M) => Cell | null;
  /** A last column for all matrices of a block, and a last row for all of each kind, then for all together. */
  readonly together?: {
    readonly block: (block: Block) => Cell | null | undefined;
    readonly kinds: readonly (Cell | null)[];
  };
}

/** A cell for each matrix. */
export function kindGrid<M extends { readonly block: Block; readonly kind: MatrixKind }>({
  matrices,
  kinds,
  cellOf,
  together,
  ...events
}: KindGrid<M>): HTMLElement {
  const rows = blocksOf(matrices).map((block) => ({
    title: blockTitle(block),
    cells: [
      ...kinds.map((kind) => {
        const matrix = matrices.find((one) => one.block === block && one.kind === kind);
        return matrix && cellOf(matrix);
      }),
      ...(together ? [together.block(block)] : []),
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
  /** The rows of the grid beside it, so that blocks stand at one height; rows without heads stay empty. */
  readonly beside?: readonly { readonly block: Block }[];
  readonly cellOf: (head: H) => Cell | null;
}

/** A cell for each attention head. */
export function headGrid<H extends { readonly block: number; readonly head: number }>({
  heads,
  cellOf,
  beside = heads,
  ...events
}: HeadGrid<H>): HTMLElement {
  const numbers = [...new Set(heads.map(({ head }) => head))].sort((a, b) => a - b);
  const table = grid({
    ...events,
    columns: numbers.map(String),
    rows: blocksOf(beside).map((block) => ({
      title: heads.some((head) => head.block === block) ? blockTitle(block) : "",
      cells: numbers.map((number) => {
        const head = heads.find((one) => one.block === block && one.head === number);
        return head && cellOf(head);
      }),
    })),
  });
  table.classList.add("heads");
  return table;
}

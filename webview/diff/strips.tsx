// Strips of z beside the rows and columns of a matrix in two masks: chooses the mask whose z is shown and used for sorting.

import type { LinePruningView, MatrixView } from "../../src/messages.ts";
import { OrderChooser } from "../draw/lines/order-chooser.tsx";
import { lineText, markedLines } from "../draw/lines/pruning.ts";
import type { MatrixData, Orders, Weight } from "../draw/matrix-painter.ts";
import type { Order } from "../draw/order.ts";
import * as l10n from "../ui/l10n.ts";
import { useStore } from "../ui/store.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { saved } from "./state.ts";

export type Views = readonly [a: MatrixView, b: MatrixView];
type Bands = Pick<MatrixData, "rowBand" | "columnBand">;

/** The strips beside a matrix. */
export interface Strips extends Pick<MatrixData, "rowZ" | "columnZ"> {
  /** The index of the mask whose z they show. */
  readonly of: 0 | 1;
}

const stripsIn = (views: Views, of: 0 | 1): Strips => ({
  of,
  rowZ: views[of].rowPruning?.z ?? null,
  columnZ: views[of].columnPruning?.z ?? null,
});

const isKnown = ({ rowPruning, columnPruning }: MatrixView): boolean => rowPruning !== null && columnPruning !== null;

/** The chosen mask's strips, or the other mask's if only those are known; and the orders of rows and columns. */
export function useStrips(views: Views, bands: Bands): { readonly strips: Strips; readonly orders: Orders } {
  const { strips: chosen, rowOrder, columnOrder } = useStore(saved, (state) => state);
  const wanted = chosen === "b" ? 1 : 0;
  const strips = stripsIn(views, isKnown(views[wanted]) ? wanted : wanted === 1 ? 0 : 1);
  const orderIn = (order: Order, z: Strips["rowZ"], band: number): Order =>
    z === null || (order === "head" && !band) ? "own" : order;
  const orders = {
    rows: orderIn(rowOrder, strips.rowZ, bands.rowBand),
    columns: orderIn(columnOrder, strips.columnZ, bands.columnBand),
  };
  return { strips, orders };
}

/** The strips beside one mask's matrix: its own if both masks have strips and nothing is sorted, otherwise the chosen ones. */
export const ownStrips = (views: Views, of: 0 | 1, { rows, columns }: Orders, chosen: Strips): Strips =>
  rows === "own" && columns === "own" && views.every(isKnown) ? stripsIn(views, of) : chosen;

interface ChoosersProps {
  readonly views: Views;
  readonly bands: Bands;
  readonly names: readonly [string, string];
}

export function StripChoosers({ views, bands, names }: ChoosersProps) {
  const { rowOrder, columnOrder } = useStore(saved, (state) => state);
  const { strips } = useStrips(views, bands);
  if (!strips.rowZ) return null;
  return (
    <>
      {views.every(isKnown) && (
        <Dropdown
          key="of"
          label={l10n.t("z of rows and columns")}
          options={[
            ["a", l10n.t("z of {0}", names[0])],
            ["b", l10n.t("z of {0}", names[1])],
          ]}
          chosen={strips.of === 1 ? "b" : "a"}
          onChange={(of) => saved.change({ strips: of === "b" ? "b" : "a" })}
        />
      )}
      {(["row", "column"] as const).map((level) => (
        <OrderChooser
          key={level}
          label={level === "row" ? l10n.t("Rows") : l10n.t("Columns")}
          chosen={level === "row" ? rowOrder : columnOrder}
          byHead={bands[`${level}Band`] > 0}
          onChange={(order) => saved.change({ [`${level}Order`]: order })}
        />
      ))}
    </>
  );
}

/** What the strips show, and how many lines each mask marks; empty without strips. */
export function stripsText(views: Views, names: readonly [string, string], strips: Strips, isOwn: boolean): string[] {
  if (!strips.rowZ) return [];
  const of = isOwn ? l10n.t("each mask") : names[strips.of];
  return [
    l10n.t(
      "strips: z of the weights that {0} pruned per row and column, compared with the count expected given the initial scores at the matrix's own pruning rates",
      of,
    ),
    ...views.flatMap((view, i) => markedLines(view).map((marked) => `${names[i]}: ${marked}`)),
  ];
}

/** The numbers for a weight's row and column in both masks. */
export function linesText(views: Views, names: readonly [string, string], { row, column }: Weight): string[] {
  const textOf = (level: string, of: (view: MatrixView) => LinePruningView | null, line: number) => {
    const known = views.flatMap((view, i) => {
      const drops = of(view);
      return drops ? [`${names[i]} ${lineText(drops, line)}`] : [];
    });
    return known.length ? [`${level}: ${known.join(", ")}`] : [];
  };
  const lines = [
    ...textOf(l10n.t("row"), (view) => view.rowPruning, row),
    ...textOf(l10n.t("column"), (view) => view.columnPruning, column),
  ];
  return lines.length ? [...lines, l10n.t("effect: pruned / expected at the matrix's own pruning rates")] : [];
}

// Finds the weight, row, column or attention head that the user's text refers to. Pure.

import type { MatrixDescription } from "../../src/mask/describe.ts";
import { headName, placeOf } from "../draw/layers.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";

/** A matrix, and optionally a head, row or column in it. */
export interface Destination {
  readonly matrix: MatrixDescription;
  readonly head?: number;
  readonly row?: number;
  readonly column?: number;
}

const HEAD = /^(?:l(?:ayer)?\s*(\d{1,6})[\s,]*)?h(?:ead)?\s*(\d{1,6})$/i;
const LINE = /^(row|r|column|col|c)\s*(\d{1,9})$/i;
const WEIGHT = /^(?:row|r)?\s*(\d{1,9})\s*(?:[\s,;:]|[\s,;:]\s*(?:column|col|c))\s*(\d{1,9})$/i;

/** What `typed` refers to while `shown` is open, or a sentence saying why it is invalid. `heads`: heads per layer. */
export function destinationOf(
  typed: string,
  shown: MatrixDescription,
  matrices: readonly MatrixDescription[],
  heads: number,
): Destination | string {
  const text = typed.trim();
  const [, layer, head] = HEAD.exec(text) ?? [];
  if (head !== undefined) return headOf(layer === undefined ? shown.layer : Number(layer), Number(head));
  const [, kind, line] = LINE.exec(text) ?? [];
  if (kind !== undefined) return lineOf(/^r/i.test(kind) ? { row: Number(line) } : { column: Number(line) });
  const [, row, column] = WEIGHT.exec(text) ?? [];
  if (row !== undefined) return lineOf({ row: Number(row), column: Number(column) });
  if (/^\d{1,9}$/.test(text)) return lineOf({ row: Number(text) });
  return l10n.t("Enter a row and a column (12, 40), only a row or column (row 12 or column 40), or a head (L1H3).");

  function lineOf(at: { readonly row?: number; readonly column?: number }): Destination | string {
    const { row = 0, column = 0 } = at;
    if (row < shown.rows && column < shown.columns) return { matrix: shown, ...at };
    return l10n.t(
      "{0} has rows 0 to {1} and columns 0 to {2}.",
      ...[placeOf(shown), grouped(shown.rows - 1), grouped(shown.columns - 1)],
    );
  }

  /** A head in the layer's matrix of the same kind as `shown`, or else in the layer's V, Q, K or AO matrix. */
  function headOf(layer: number | null, head: number): Destination | string {
    const there = matrices.filter((matrix) => matrix.layer === layer);
    const kinds = [shown.kind, "V", "Q", "K", "AO"].filter((kind) => /^(Q|K|V|AO)$/.test(kind));
    const [matrix] = kinds.flatMap((kind) => there.find((matrix) => matrix.kind === kind) ?? []);
    if (matrix && head < heads) return { matrix, head };
    if (layer === null) return l10n.t("{0} has no attention heads. Include a layer, as in L1H3.", placeOf(shown));
    if (!matrix) return l10n.t("The mask covers no attention heads in layer {0}.", layer);
    return l10n.t(
      "Layer {0} has heads {1} to {2}.",
      layer,
      headName({ layer, head: 0 }),
      headName({ layer, head: heads - 1 }),
    );
  }
}

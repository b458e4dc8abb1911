// Finds the weight, row, column or attention head that the user's text refers to. Pure.

import { type HeadLayout, headCount, isGrouped } from "../../src/anatomy/heads.ts";
import { layerNamed, layerNumber, type Stacks } from "../../src/anatomy/layers.ts";
import { HEAD_KINDS, type HeadKind, isHeadKind } from "../../src/kinds.ts";
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

const HEAD = /^(?:(?:l(?:ayer)?\s*)?([ed]?\d{1,6})[\s,]*)?h(?:ead)?\s*(\d{1,6})$/i;
const LINE = /^(row|r|column|col|c)\s*(\d{1,9})$/i;
const WEIGHT = /^(?:row|r)?\s*(\d{1,9})\s*(?:[\s,;:]|[\s,;:]\s*(?:column|col|c))\s*(\d{1,9})$/i;

const noHeads = (layer: string): string =>
  l10n.t("The mask covers no attention heads in layer {0}.", layer.toUpperCase());

/** The base model's layers, and heads per layer. */
type Model = HeadLayout & Stacks & { readonly layers: number };

/** How heads are written in a model with one stack of layers or two. */
export const exampleHead = ({ encoderLayers }: Stacks): string => (encoderLayers === undefined ? "L1H3" : "D1H3");

/** What `typed` refers to while `shown` is open, or a sentence saying why it is invalid. */
export function destinationOf(
  typed: string,
  shown: MatrixDescription,
  matrices: readonly MatrixDescription[],
  model: Model,
): Destination | string {
  const text = typed.trim();
  const [, layer, head] = HEAD.exec(text) ?? [];
  if (head !== undefined) {
    const inLayer = layer === undefined ? shown.layer : layerNamed(layer, model);
    return inLayer === undefined ? noHeads(layer!) : headOf(inLayer, Number(head));
  }
  const [, kind, line] = LINE.exec(text) ?? [];
  if (kind !== undefined) return lineOf(/^r/i.test(kind) ? { row: Number(line) } : { column: Number(line) });
  const [, row, column] = WEIGHT.exec(text) ?? [];
  if (row !== undefined) return lineOf({ row: Number(row), column: Number(column) });
  if (/^\d{1,9}$/.test(text)) return lineOf({ row: Number(text) });
  return l10n.t(
    "Enter a row and a column (12, 40), only a row or column (row 12 or column 40), or a head ({0}).",
    exampleHead(model),
  );

  function lineOf(at: { readonly row?: number; readonly column?: number }): Destination | string {
    const { row = 0, column = 0 } = at;
    if (row < shown.rows && column < shown.columns) return { matrix: shown, ...at };
    return l10n.t(
      "{0} has rows 0 to {1} and columns 0 to {2}.",
      ...[placeOf(shown), grouped(shown.rows - 1), grouped(shown.columns - 1)],
    );
  }

  /** A head in the layer's matrix of the same kind as `shown`, or else in one that shows it well. */
  function headOf(layer: number | null, head: number): Destination | string {
    const there = matrices.filter((matrix) => matrix.layer === layer);
    const best: readonly HeadKind[] = isGrouped(model) ? ["AO", "Q"] : ["V", "Q", "K", "AO"];
    const kinds = [...(isHeadKind(shown.kind) ? [shown.kind] : []), ...best, ...HEAD_KINDS];
    const [found] = kinds.flatMap((kind) => {
      const matrix = there.find((one) => one.kind === kind);
      return matrix ? [{ matrix, heads: headCount(kind, model) }] : [];
    });
    if (found && head < found.heads) return { matrix: found.matrix, head };
    if (layer === null)
      return l10n.t("{0} has no attention heads. Include a layer, as in {1}.", placeOf(shown), exampleHead(model));
    if (!found) return noHeads(layerNumber(layer, model));
    return l10n.t(
      "{0} has heads {1} to {2}.",
      isGrouped(model) ? placeOf(found.matrix) : l10n.t("Layer {0}", layerNumber(layer, model)),
      headName({ layer, head: 0 }),
      headName({ layer, head: found.heads - 1 }),
    );
  }
}

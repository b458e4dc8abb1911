// The parts of a mask whose effect is measured, attention heads and the kinds of matrix in each layer, and masks in which one part
// is changed.

import { type HeadLayout, isByColumn, kindsOfView, WHOLE_HEADS, type WholeHead } from "../../anatomy/heads.ts";
import { layerNumber, type Stacks } from "../../anatomy/layers.ts";
import type { MatrixKind } from "../../kinds.ts";
import { type BitMatrix, checkShapes, ones32 } from "../../mask/bits.ts";
import type { Mask, MaskMatrix } from "../../mask/file.ts";
import { headBands } from "../../mask/statistics.ts";

/**
 * An attention head over all its masked matrices (kind "all", or "cross" in cross attention; without keys and values that
 * other heads share), or all matrices of one kind in a layer (head null).
 */
export interface Part {
  /** null above the layers. */
  readonly layer: number | null;
  readonly head: number | null;
  readonly kind: MatrixKind | WholeHead;
}

/** A rectangle of a matrix: the rows and columns from the first number up to, but not including, the second. */
export interface Region {
  /** The name of the matrix's weight. */
  readonly matrix: string;
  readonly rows: readonly [from: number, to: number];
  readonly columns: readonly [from: number, to: number];
}

export interface MaskPart extends Part {
  readonly regions: readonly Region[];
}

/** "layer 3, head 2", "layer D3, cross-attention head 2", "layer 3, V", "P" */
export function partName({ layer, head, kind }: Part, stacks: Stacks): string {
  const within = head === null ? kind : `${kind === "cross" ? "cross-attention head" : "head"} ${head}`;
  return layer === null ? within : `layer ${layerNumber(layer, stacks)}, ${within}`;
}

/** The heads of each layer, if heads divide its masked matrices, first of self-attention, then the kinds of each layer, all in the model's order. */
export function partsOf({ matrices, metadata: { base } }: Pick<Mask, "matrices" | "metadata">): MaskPart[] {
  const layers = [...new Set(matrices.map(({ layer }) => layer))];
  const heads = layers.flatMap((layer) =>
    WHOLE_HEADS.flatMap((view) => {
      const kinds = kindsOfView(view, base);
      const own = matrices.filter((matrix) => matrix.layer === layer && kinds.some((kind) => kind === matrix.kind));
      return Array.from({ length: base.heads }, (_, head): MaskPart => {
        return { layer, head, kind: view, regions: own.flatMap((matrix) => headRegion(matrix, base, head)) };
      });
    }),
  );
  const kinds = layers.flatMap((layer) => {
    const inLayer = matrices.filter((matrix) => matrix.layer === layer);
    return [...new Set(inLayer.map(({ kind }) => kind))].map((kind): MaskPart => {
      const own = inLayer.filter((matrix) => matrix.kind === kind);
      return { layer, head: null, kind, regions: own.map(wholeRegion) };
    });
  });
  return [...heads.filter(({ regions }) => regions.length), ...kinds];
}

function headRegion(matrix: MaskMatrix, layout: HeadLayout, head: number): Region[] {
  const bands = headBands(matrix, layout);
  if (!bands) return [];
  const [from, to] = [head, head + 1];
  const isRows = !isByColumn(matrix.kind);
  return [
    {
      matrix: matrix.name,
      rows: isRows ? [from * bands.rows, to * bands.rows] : [0, bands.rows],
      columns: isRows ? [0, bands.columns] : [from * bands.columns, to * bands.columns],
    },
  ];
}

const wholeRegion = ({ name, bits: { rows, columns } }: MaskMatrix): Region => ({
  ...{ matrix: name, rows: [0, rows], columns: [0, columns] },
});

/** The number of weights in a part. */
export function sizeOfPart({ regions }: Pick<MaskPart, "regions">): number {
  return regions.reduce((sum, { rows, columns }) => sum + (rows[1] - rows[0]) * (columns[1] - columns[0]), 0);
}

/** Visits the bytes of a region; `within` has a bit for each of the byte's columns that belong to it. */
function eachByte(
  { stride }: BitMatrix,
  { rows, columns }: Region,
  visit: (byte: number, within: number) => void,
): void {
  const [from, to] = columns;
  for (let row = rows[0]; row < rows[1]; row++)
    for (let byte = from >> 3; byte < Math.ceil(to / 8); byte++) {
      const first = Math.max(0, from - 8 * byte);
      const last = Math.min(8, to - 8 * byte);
      visit(row * stride + byte, (0xff << first) & (0xff >> (8 - last)));
    }
}

/** A mask that is `other` in the region, and `own` elsewhere. Throws a RangeError if their shapes differ. */
export function replacedIn(own: BitMatrix, other: BitMatrix, region: Region): BitMatrix {
  checkShapes(own, other);
  const bytes = new Uint8Array(own.bytes);
  eachByte(own, region, (byte, within) => {
    bytes[byte] = (own.bytes[byte]! & ~within) | (other.bytes[byte]! & within);
  });
  return { ...own, bytes };
}

/** The number of weights in a region that are on in only one of two masks. */
export function differing(own: BitMatrix, other: BitMatrix, region: Region): number {
  checkShapes(own, other);
  let count = 0;
  eachByte(own, region, (byte, within) => {
    count += ones32((own.bytes[byte]! ^ other.bytes[byte]!) & within);
  });
  return count;
}

/** Σ values · (other − own) over a region, with `values` [rows, columns]. */
export function changeOf(own: BitMatrix, other: BitMatrix, region: Region, values: Float64Array): number {
  checkShapes(own, other);
  const { stride, columns } = own;
  let sum = 0;
  eachByte(own, region, (byte, within) => {
    const after = other.bytes[byte]!;
    let changed = (own.bytes[byte]! ^ after) & within;
    const first = Math.floor(byte / stride) * columns + (byte % stride) * 8;
    for (; changed; changed &= changed - 1) {
      const bit = 31 - Math.clz32(changed & -changed);
      const value = values[first + bit]!;
      sum += (after >> bit) & 1 ? value : -value;
    }
  });
  return sum;
}

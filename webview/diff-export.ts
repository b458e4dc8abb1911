// What the page of two or more masks saves.

import type { PairComparison } from "../src/mask/compare.ts";
import { nameOf, sideOf, state, told } from "./diff-state.ts";
import { standingOut } from "./diff-words.ts";
import { exportRow } from "./exports.ts";
import { type Row, rowOf } from "./save.ts";

export const pairName = ({ a, b }: PairComparison): string => `${nameOf(a)}-${nameOf(b)}`;

/** What a saved file says of itself. */
export function provenanceOf({ a, b }: PairComparison): string[] {
  return [a, b].map((file, i) => {
    const mask = told.masks[sideOf(file)];
    const facts =
      mask && `${mask.task.name} over ${mask.base.id}, mask seed ${mask.seeds.mask ?? "unknown"}, ${mask.tool}: `;
    return `${"AB"[i]}: ${facts ?? ""}${file}`;
  });
}

export function diffExports(pair: PairComparison): HTMLElement {
  return exportRow({
    name: () => pairName(pair),
    provenance: () => provenanceOf(pair),
    pictures: state.tab !== "numbers",
    csv: () => rowsOf(pair),
  });
}

/** All numbers of a comparison, each block with its matrices and heads. */
function rowsOf({ lift, z, observed, expected, d, chance, kinds, blocks, matrices, heads }: PairComparison): Row[] {
  const marked = standingOut(heads);
  const inBlock = (block: number | null): Row[] => [
    ...matrices.filter((one) => one.block === block).map((one) => rowOf({ level: "matrix", ...one })),
    ...heads
      .filter((head) => head.block === block)
      .map((head) => rowOf({ level: "head", ...head, standsOut: marked.has(head) })),
  ];
  return [
    rowOf({ level: "all", lift, z, observed, expected, d, chance }),
    ...kinds.map((kind) => rowOf({ level: "kind", ...kind })),
    ...blocks.flatMap((block) => [rowOf({ level: "block", ...block }), ...inBlock(block.block)]),
    ...inBlock(null),
  ];
}

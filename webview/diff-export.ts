// What the page of two or more masks saves.

import type { Likeness, PairComparison } from "../src/mask/compare.ts";
import { nameOf, sideOf, state, told } from "./diff-state.ts";
import { standingOut } from "./diff-words.ts";
import { exportRow } from "./exports.ts";

export const pairName = ({ a, b }: PairComparison): string => `${nameOf(a)}-${nameOf(b)}`;

/** What a saved file says of itself. */
export function provenanceOf({ a, b }: PairComparison): string[] {
  return [a, b].map((file) => {
    const mask = told.masks[sideOf(file)];
    return mask
      ? `${mask.task.name} over ${mask.base.id}, mask seed ${mask.seeds.mask ?? "unknown"}, ${mask.tool}: ${file}`
      : file;
  });
}

export function diffExports(pair: PairComparison): HTMLElement {
  const cells = ({ lift, z, observed, expected, d, chance }: Likeness) =>
    [lift, z, observed, expected, d, chance].map((value) => value ?? "");
  const marked = standingOut(pair.heads);
  return exportRow({
    name: () => pairName(pair),
    provenance: () => provenanceOf(pair),
    pictures: state.tab !== "numbers",
    csv: () => [
      ["part", "lift", "z", "dropped by both", "expected", "d", "d by chance"],
      ["all", ...cells(pair)],
      ...pair.blocks.map((block) => [`block ${block.block}`, ...cells(block)]),
      ...pair.kinds.map((kind) => [kind.kind, ...cells(kind)]),
      ...pair.matrices.map((matrix) => [matrix.name, ...cells(matrix)]),
      ["head", "lift", "z", "z of A", "z of B", "corrected"],
      ...pair.heads.map((head) => [
        `${head.block}.${head.head}`,
        ...[head.lift, head.z, head.zA, head.zB].map((value) => value ?? ""),
        marked.has(head) ? 1 : 0,
      ]),
    ],
  });
}

// What the page of one mask saves.

import type { MaskDescription } from "../src/mask/describe.ts";
import { combineHeads } from "../src/mask/seeds.ts";
import { exportRow } from "./exports.ts";
import { state, told } from "./heatmap-state.ts";

/** What a saved file says of itself. */
export function provenanceOf({ task, base, tool, file, initial }: MaskDescription): string[] {
  const { seeds, described } = told;
  const combined = state.combined && seeds.length > 0 && state.tab === "changed";
  return [
    `${task.name} over ${base.id}, ${tool}`,
    `base ${base.fingerprint}`,
    `mask ${file}`,
    `mask checksum ${described!.metadata.checksum}`,
    ...(combined
      ? [
          `heads: z of ${seeds.length + 1} mask seeds combined, in a table the column combinedZ (${[initial!.maskSeed, ...seeds.map((s) => s.maskSeed)].join(", ")})`,
        ]
      : []),
  ];
}

export function heatmapExports(mask: MaskDescription): HTMLElement {
  return exportRow({
    name: () => mask.task.name,
    provenance: () => provenanceOf(mask),
    pictures: state.tab !== "numbers",
    csv: () => [
      ["block", "head", "kind", "keepRate", "dropped", "expected", "z", "combinedZ", "seeds"],
      ...headRows(mask),
      ["matrix", "block", "kind", "zeroShare", "dropped", "revived", "expected", "z"],
      ...mask.matrices.map((m) => [
        ...[m.name, m.block ?? "", m.kind, m.zeroShare, m.dropped ?? "", m.revived ?? "", m.expected ?? ""],
        m.z ?? "",
      ]),
    ],
  });
}

/** Each head of this mask, and what the seeds that were found say of it together. */
function headRows({ heads }: MaskDescription): (string | number)[][] {
  const together = combineHeads([heads, ...told.seeds.map((seed) => seed.heads)]);
  return heads.map(({ block, head, kind, keepRate, dropped, expected, z }, i) => [
    ...[block, head, kind, keepRate, dropped ?? "", expected ?? "", z ?? ""],
    ...[together[i]!.z ?? "", together[i]!.seeds],
  ]);
}

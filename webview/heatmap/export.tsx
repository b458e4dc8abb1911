// Exports of a mask's page.

import type { HeadDescription, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import type { SeedView } from "../../src/messages.ts";
import { ExportRow } from "../draw/exports.tsx";
import { type Row, rowOf } from "../draw/save.ts";
import { KINDS } from "../ui/head-kinds.ts";
import { keptAgainst, rankedHeads } from "./heads.ts";
import { type Described, told } from "./state.ts";

/** Provenance lines of a saved file; `combined`: the other seeds that the heads are combined with. */
export function provenanceOf({ description, metadata }: Described, combined: readonly SeedView[] = []): string[] {
  const { task, base, tool, file, initial, seeds, permuteLabels } = description;
  const all = [{ maskSeed: initial?.maskSeed, runSeed: seeds.run }, ...combined];
  return [
    `${task.name} over ${base.id}, ${tool}`,
    ...(permuteLabels === null ? [] : [`a control: trained on labels permuted with seed ${permuteLabels}`]),
    "effect: pruned / expected given the initial scores, with its 95 % interval; marked: false discovery rate 5 %",
    `base ${base.fingerprint}`,
    `mask ${file}`,
    `mask checksum ${metadata.checksum}`,
    ...(combined.length
      ? [
          `heads: z of ${all.length} mask seeds combined, in tables in the column combinedZ (mask seeds ${all.map((one) => one.maskSeed).join(", ")}; run seeds ${all.map((one) => one.runSeed ?? "unknown").join(", ")})`,
        ]
      : []),
  ];
}

interface ExportsProps {
  readonly subject: Described;
  /** The mask's description with the numbers that are shown. */
  readonly mask: MaskDescription;
  readonly combined?: readonly SeedView[];
  readonly pictures?: boolean;
}

export const HeatmapExports = ({ subject, mask, combined = [], pictures = false }: ExportsProps) => (
  <ExportRow
    name={mask.task.name}
    provenance={() => provenanceOf(subject, combined)}
    pictures={pictures}
    csv={() => rowsOf(mask, combined)}
  />
);

/** All numbers of a mask: each layer with its matrices, their most deviating rows and columns, and its heads. */
function rowsOf(mask: MaskDescription, combined: readonly SeedView[]): Row[] {
  const { weights, sparsity, pruned, regrown, sizes, kinds, layers, matrices, heads } = mask;
  const nameOf = ({ layer, head, kind }: HeadDescription) => `${layer}.${head}.${kind}`;
  const ranked = new Map(
    KINDS.flatMap(([kind]) => rankedHeads(mask, kind, combined)).map((head) => [nameOf(head), head]),
  );
  const headRow = (head: HeadDescription): Row => {
    const { rate, z } = keptAgainst(mask, head);
    const found = ranked.get(nameOf(head));
    return rowOf({
      ...{ level: "head", ...head, matricesKeepRate: rate, keepZ: z },
      ...(combined.length > 0 && {
        ...{ combinedZ: found?.z, combinedMarked: found?.marked, seeds: found?.seeds, agree: found?.agree },
      }),
    });
  };
  return [
    {
      ...{ level: "mask", weights, sparsity, pruned, regrown, denseBytes: sizes.dense, packedBytes: sizes.packed },
      ...{
        gzipBytes: told.state.compressed,
        entropyBytes: sizes.entropy,
        entropyGivenInitialBytes: sizes.givenInitial,
      },
    },
    ...kinds.map((kind) => rowOf({ level: "kind", ...kind })),
    ...layers.flatMap((layer) => [
      rowOf({ level: "layer", ...layer }),
      ...matrices.filter((matrix) => matrix.layer === layer.layer).flatMap(matrixRows),
      ...heads.filter((head) => head.layer === layer.layer).map(headRow),
    ]),
  ];
}

function matrixRows(matrix: MatrixDescription): Row[] {
  const { name, layer, kind } = matrix;
  const { rows, columns, magnitudes } = told.state.details.get(name) ?? {};
  return [
    rowOf({
      ...{ level: "matrix", ...matrix, deadRows: rows?.dead, deadColumns: columns?.dead },
      ...{ meanAbsKept: magnitudes?.kept, meanAbsOff: magnitudes?.off, meanAbsPruned: magnitudes?.pruned },
    }),
    ...(rows?.furthest ?? []).map((line) => rowOf({ level: "row", name, layer, kind, ...line })),
    ...(columns?.furthest ?? []).map((line) => rowOf({ level: "column", name, layer, kind, ...line })),
  ];
}

// Saves the tables and figures of a mask's page.

import { HEAD_VIEWS } from "../../src/anatomy/heads.ts";
import { adaptationName } from "../../src/file-name.ts";
import type { HeadDescription, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import type { SeedView } from "../../src/messages.ts";
import type { Caption } from "../draw/exports/caption.ts";
import { ExportRow, type Table } from "../draw/exports/exports.tsx";
import { type Row, rowOf } from "../draw/exports/save.ts";
import * as l10n from "../ui/l10n.ts";
import { named } from "../ui/text.ts";
import { keptAgainst, rankedHeads } from "./heads.ts";
import { completeDetails, type Described, told } from "./state.ts";

/** Provenance lines of a saved file; `combined`: other seeds whose heads are combined with this mask's. */
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
          `heads: z of ${all.length} mask seeds combined, called combinedZ in tables (mask seeds ${all.map((one) => one.maskSeed).join(", ")}; run seeds ${all.map((one) => one.runSeed ?? "unknown").join(", ")})`,
        ]
      : []),
  ];
}

/** The metadata of saved tables: a mask's own metadata, without the entries that are as large as the tables. */
export function metadataOf({ description, metadata }: Described, combined: readonly SeedView[] = []) {
  const { matrices: _, base, ...rest } = metadata;
  const { weights: __, ...facts } = base;
  const seeds = combined.map(({ name, maskSeed, runSeed }) => ({ name, maskSeed, runSeed }));
  return { mask: description.file, ...rest, base: facts, ...(seeds.length > 0 && { combinedWith: seeds }) };
}

/** The last note below the figures: which mask file they show. */
const fileNote = ({ description, metadata }: Described): string =>
  l10n.t(
    "File {0}, checksum {1}…, written by {2}",
    baseName(description.file),
    metadata.checksum.slice(0, 12),
    metadata.tool,
  );

const baseName = (file: string): string => file.split(/[\\/]/).at(-1)!;

/** The caption of a mask's figures. `shown`: what the figures show. */
export function captionOf(subject: Described, shown: string, ...notes: readonly string[]): Caption {
  const { file, base } = subject.description;
  return {
    title: l10n.t("{0} over {1}: {2}", named(adaptationName(file)), named(base.id), shown),
    notes: [...notes, fileNote(subject)],
  };
}

interface ExportsProps {
  readonly subject: Described;
  /** The mask's description, with the numbers as shown on the page. */
  readonly mask: MaskDescription;
  readonly combined?: readonly SeedView[];
  readonly caption?: Caption;
}

export const HeatmapExports = ({ subject, mask, combined = [], caption }: ExportsProps) => (
  <ExportRow
    name={adaptationName(mask.file)}
    provenance={() => provenanceOf(subject, combined)}
    metadata={() => metadataOf(subject, combined)}
    tables={tablesOf(mask, combined)}
    caption={caption}
  />
);

/** All numbers of a mask, in one table for each kind of part. */
const tablesOf = (mask: MaskDescription, combined: readonly SeedView[]): Table[] => [
  {
    ...{ id: "matrices", title: l10n.t("Matrices"), complete: completeDetails },
    rows: () => mask.matrices.map(matrixRow),
  },
  ...(mask.heads.length
    ? [{ id: "heads", title: l10n.t("Attention heads"), rows: () => headRows(mask, combined) }]
    : []),
  { id: "layers", title: l10n.t("Layers"), rows: () => mask.layers.map((layer) => rowOf({ ...layer })) },
  { id: "kinds", title: l10n.t("Kinds"), rows: () => mask.kinds.map((kind) => rowOf({ ...kind })) },
  {
    ...{ id: "furthest", title: l10n.t("Rows and columns furthest from expectation"), complete: completeDetails },
    rows: () => mask.matrices.flatMap(lineRows),
  },
  { id: "mask", title: l10n.t("Whole mask"), complete: completeDetails, rows: () => [maskRow(mask)] },
];

function maskRow({ weights, sparsity, pruned, regrown, sizes }: MaskDescription): Row {
  return {
    ...{ weights, sparsity, pruned, regrown, denseBytes: sizes.dense, packedBytes: sizes.packed },
    ...{ gzipBytes: told.state.compressed, entropyBytes: sizes.entropy, entropyGivenInitialBytes: sizes.givenInitial },
    tensorBytes: sizes.tensors,
  };
}

function headRows(mask: MaskDescription, combined: readonly SeedView[]): Row[] {
  const nameOf = ({ layer, head, kind }: HeadDescription) => `${layer}.${head}.${kind}`;
  const ranked = new Map(
    HEAD_VIEWS.flatMap((view) => rankedHeads(mask, view, combined)).map((head) => [nameOf(head), head]),
  );
  return mask.heads.map((head) => {
    const { rate, z } = keptAgainst(mask, head);
    const found = ranked.get(nameOf(head));
    return rowOf({
      ...{ ...head, matricesKeepRate: rate, keepZ: mask.units ? null : z },
      ...(combined.length > 0 && {
        ...{ combinedZ: found?.z, combinedMarked: found?.marked, seeds: found?.seeds, agree: found?.agree },
      }),
    });
  });
}

function matrixRow(matrix: MatrixDescription): Row {
  const { rows, columns, magnitudes } = told.state.details.get(matrix.name) ?? {};
  return rowOf({
    ...{ ...matrix, deadRows: rows?.dead, deadColumns: columns?.dead },
    ...{ meanAbsKept: magnitudes?.kept, meanAbsOff: magnitudes?.off, meanAbsPruned: magnitudes?.pruned },
  });
}

/** The rows and columns of a matrix that deviate most. */
function lineRows({ name, layer, kind }: MatrixDescription): Row[] {
  const { rows, columns } = told.state.details.get(name) ?? {};
  return [
    ...(rows?.furthest ?? []).map((line) => rowOf({ name, layer, kind, axis: "row", ...line })),
    ...(columns?.furthest ?? []).map((line) => rowOf({ name, layer, kind, axis: "column", ...line })),
  ];
}

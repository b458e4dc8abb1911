// Exports of the diff page.

import type { PairComparison } from "../../src/mask/compare.ts";
import { ExportRow } from "../draw/exports.tsx";
import { type Row, rowOf } from "../draw/save.ts";
import { maskOf, nameOf } from "./state.ts";

export const pairName = ({ a, b }: PairComparison): string => `${nameOf(a)}-${nameOf(b)}`;

/** Provenance lines of a saved file. */
export function provenanceOf(pair: PairComparison): string[] {
  const sides = [pair.a, pair.b].map((file, i) => {
    const mask = maskOf(file);
    const control =
      mask && mask.permuteLabels !== null
        ? `, a control trained on labels permuted with seed ${mask.permuteLabels}`
        : "";
    const facts =
      mask &&
      `${mask.task.name} over ${mask.base.id}, mask seed ${mask.seeds.mask ?? "unknown"}${control}, ${mask.tool}: `;
    return `${"AB"[i]}: ${facts ?? ""}${file}`;
  });
  const { place } = pair;
  const among = place
    ? `, ${place.pairs} reference pairs with a median lift of ${place.median}, 95 % of such pairs from ${place.low} to ${place.high}`
    : "";
  return [...sides, `lift judged by: ${pair.null}${among}`];
}

interface Props {
  readonly pair: PairComparison;
  /** Whether the tab shows figures that can be saved as pictures. */
  readonly pictures?: boolean;
}

export const DiffExports = ({ pair, pictures = false }: Props) => (
  <ExportRow name={pairName(pair)} provenance={() => provenanceOf(pair)} pictures={pictures} csv={() => rowsOf(pair)} />
);

/** All numbers of a comparison: each layer with its matrices and heads. */
function rowsOf(pair: PairComparison): Row[] {
  const {
    lift,
    z,
    observed,
    expected,
    d,
    chance,
    over,
    place,
    headCorrelation,
    kinds,
    layers,
    matrices,
    heads,
    headKinds,
  } = pair;
  const inLayer = (layer: number | null): Row[] => [
    ...matrices.filter((one) => one.layer === layer).map((one) => rowOf({ level: "matrix", ...one })),
    ...heads.filter((head) => head.layer === layer).map((head) => rowOf({ level: "head", ...head })),
    ...headKinds.flatMap((of) =>
      of.heads
        .filter((head) => head.layer === layer)
        .map((head) => rowOf({ level: "head in one kind", kind: of.kind, ...head })),
    ),
  ];
  const judged = {
    ...{ null: pair.null, referencePairs: place?.pairs, referenceMedian: place?.median, referenceMad: place?.mad },
    ...{ referenceLow: place?.low, referenceHigh: place?.high, deviations: place?.deviations },
  };
  return [
    rowOf({ level: "headline", over, lift, z, observed, expected, d, chance, headCorrelation, ...judged }),
    ...pair.apart.map((part) => rowOf({ level: "apart", ...part })),
    ...kinds.map((kind) => rowOf({ level: "kind", ...kind })),
    ...layers.flatMap((layer) => [rowOf({ level: "layer", ...layer }), ...inLayer(layer.layer)]),
    ...inLayer(null),
  ];
}

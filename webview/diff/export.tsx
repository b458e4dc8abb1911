// Saves the tables and figures of the diff page.

import type { PairComparison } from "../../src/mask/compare.ts";
import type { Caption } from "../draw/exports/caption.ts";
import { ExportRow, type Table } from "../draw/exports/exports.tsx";
import { type Row, rowOf } from "../draw/exports/save.ts";
import * as l10n from "../ui/l10n.ts";
import { named } from "../ui/text.ts";
import { maskOf, nameOf } from "./state.ts";
import { nullWords } from "./words.tsx";

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
    ? `, ${place.pairs} reference pairs with a median lift of ${place.median}; 95 % of such pairs have a lift between ${place.low} and ${place.high}`
    : "";
  return [...sides, `lift compared with: ${pair.null}${among}`];
}

/** The metadata of saved tables: both masks, and what the headline is compared with. */
export function metadataOf(pair: PairComparison) {
  const masks = [pair.a, pair.b].map((file, i) => {
    const { base, ...rest } = maskOf(file)!;
    const { weights: _, ...facts } = base;
    return { side: "AB"[i], ...rest, base: facts };
  });
  return { masks, null: pair.null, place: pair.place };
}

/** The caption of a comparison's figures. `shown`: what the figures show. */
export const captionOf = (pair: PairComparison, shown: string, ...notes: readonly string[]): Caption => ({
  title: l10n.t("{0} ↔ {1}: {2}", nameOf(pair.a), nameOf(pair.b), shown),
  notes: [
    ...notes,
    ...[pair.a, pair.b].map((file) => {
      const { base, task, checksum, tool } = maskOf(file)!;
      const facts = [nameOf(file), named(task.name), named(base.id), checksum.slice(0, 12), tool];
      return l10n.t("{0}: task {1} over {2}, checksum {3}…, written by {4}", ...facts);
    }),
  ],
});

/** Notes for saved figures: what lifts are compared with. */
export const liftNotes = (pair: PairComparison): string[] => [
  l10n.t(
    "Lift: weights that both masks pruned, divided by the number expected given their initial scores; 1 if they prune independently. z and marks: compared with independent pruning; ●: false discovery rate 5 %.",
  ),
  nullWords(pair),
];

interface Props {
  readonly pair: PairComparison;
  /** The caption of the tab's figures, if it has any. */
  readonly caption?: Caption;
}

export const DiffExports = ({ pair, caption }: Props) => (
  <ExportRow
    name={pairName(pair)}
    provenance={() => provenanceOf(pair)}
    metadata={() => metadataOf(pair)}
    tables={tablesOf(pair)}
    caption={caption}
  />
);

/** All numbers of a comparison, in one table for each kind of part. */
function tablesOf(pair: PairComparison): Table[] {
  const { kinds, layers, matrices, heads, headKinds, apart } = pair;
  const tables = [
    [matrices, { id: "matrices", title: l10n.t("Matrices"), rows: () => matrices.map((one) => rowOf({ ...one })) }],
    [
      heads,
      { id: "heads", title: l10n.t("Attention heads"), rows: () => headRows([{ kind: "all", heads }, ...headKinds]) },
    ],
    [layers, { id: "layers", title: l10n.t("Layers"), rows: () => layers.map((layer) => rowOf({ ...layer })) }],
    [kinds, { id: "kinds", title: l10n.t("Kinds"), rows: () => kinds.map((kind) => rowOf({ ...kind })) }],
    [[pair], { id: "headline", title: l10n.t("Headline"), rows: () => [headlineRow(pair)] }],
    [
      apart,
      { id: "excluded", title: l10n.t("Not in the headline"), rows: () => apart.map((part) => rowOf({ ...part })) },
    ],
  ] as const;
  return tables.flatMap(([of, table]) => (of.length ? [table] : []));
}

/** Heads over all of their matrices, then in each matrix kind. */
const headRows = (kinds: readonly { readonly kind: string; readonly heads: PairComparison["heads"] }[]): Row[] =>
  kinds.flatMap(({ kind, heads }) => heads.map(({ layer, head, ...rest }) => rowOf({ layer, head, kind, ...rest })));

function headlineRow(pair: PairComparison): Row {
  const { over, lift, z, observed, expected, d, chance, headCorrelation, place } = pair;
  return rowOf({
    ...{ over, lift, z, observed, expected, d, chance, headCorrelation, null: pair.null },
    ...{ referencePairs: place?.pairs, referenceMedian: place?.median, referenceMad: place?.mad },
    ...{ referenceLow: place?.low, referenceHigh: place?.high, deviations: place?.deviations },
  });
}

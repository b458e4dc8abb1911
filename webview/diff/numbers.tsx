// The exact figures of a comparison, in tables.

import type { Likeness, PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { dot, markedWords, rangeOf } from "../draw/effects.ts";
import { placeCell } from "../draw/layer-grids.tsx";
import { headName, layerTitle } from "../draw/layers.ts";
import * as l10n from "../ui/l10n.ts";
import { count, fixed, thousands } from "../ui/numbers.ts";
import { Heading } from "../ui/parts.tsx";
import { type Cell, CopyHint, NumbersTable } from "../ui/table.tsx";
import { CONFIDENCE, EXPECTED } from "../ui/words.ts";
import { DiffExports } from "./export.tsx";
import { HeadKindChooser, useHeads } from "./head-kinds.tsx";
import { nameOf } from "./state.ts";
import { APART_WORDS } from "./words.tsx";

export const NumbersTab = ({ subject: pair }: { readonly subject: PairComparison }) => (
  <>
    <CopyHint />
    <Judgement pair={pair} />
    <div class="beside">
      <Likenesses
        title={l10n.t("By layer")}
        aside={markedWords(pair.layers)}
        rows={[
          rowOf(l10n.t("headline"), pair),
          ...pair.apart.map((part) => rowOf(l10n.t("excluded: {0}", APART_WORDS[part.part]), part)),
          ...pair.layers.toReversed().map((layer) => rowOf(layerTitle(layer.layer), layer)),
        ]}
      />
      <Likenesses
        title={l10n.t("By kind")}
        aside={markedWords(pair.kinds)}
        rows={pair.kinds.map((kind) => rowOf(kind.kind, kind))}
      />
    </div>
    <Likenesses
      title={l10n.t("By matrix")}
      aside={markedWords(pair.matrices)}
      first={l10n.t("matrix")}
      rows={pair.matrices.map((matrix) => rowOf(placeCell(matrix), matrix))}
    />
    <ByHead pair={pair} />
    <DiffExports pair={pair} />
  </>
);

/** The reference pairs that the headline is compared with; renders nothing if the null is independence. */
function Judgement({ pair: { null: judgedBy, place } }: { readonly pair: PairComparison }) {
  if (!place) return null;
  const title = l10n.t("Null of the headline");
  return (
    <>
      <Heading
        title={title}
        aside={judgedBy === "permuted labels" ? l10n.t("masks trained on permuted labels") : l10n.t("unrelated masks")}
      />
      <NumbersTable
        caption={title}
        header={[
          l10n.t("reference pairs"),
          l10n.t("median lift"),
          l10n.t("median absolute deviation"),
          l10n.t("95 % range"),
          l10n.t("deviations from median"),
        ]}
        rows={[
          [
            ...[String(place.pairs), fixed(place.median, 3), fixed(place.mad, 4), rangeOf(place, 3)],
            fixed(place.deviations, 2),
          ],
        ]}
      />
    </>
  );
}

interface LikenessesProps {
  readonly title: string;
  readonly aside: string;
  /** The header of the first column; empty by default. */
  readonly first?: string;
  readonly rows: readonly (readonly Cell[])[];
}

/** How similar the masks are, part by part. */
const Likenesses = ({ title, aside, first = "", rows }: LikenessesProps) => (
  <section>
    <Heading title={title} aside={aside} />
    <NumbersTable
      sorts
      caption={title}
      header={[
        first,
        l10n.t("lift"),
        CONFIDENCE,
        "z",
        "●",
        l10n.t("pruned by both"),
        EXPECTED,
        "d",
        l10n.t("d by chance"),
      ]}
      rows={rows}
    />
  </section>
);

const rowOf = (name: Cell, { marked = null, ...part }: Likeness & { readonly marked?: boolean | null }): Cell[] => [
  ...[name, fixed(part.lift?.value, 3), rangeOf(part.lift, 3), fixed(part.z, 1), dot({ marked })],
  ...[count(part.observed), thousands(fixed(part.expected, 1)), fixed(part.d, 4), fixed(part.chance, 4)],
];

function ByHead({ pair }: { readonly pair: PairComparison }) {
  const { a, b } = pair;
  const { heads } = useHeads(pair);
  const side = (file: string) => [l10n.t("{0}:\npruned / expected", nameOf(file)), CONFIDENCE, "z", "●"];
  const own = (effect: Estimate | null, z: number | null, marked: boolean | null) => [
    ...[fixed(effect?.value, 3), rangeOf(effect, 3), fixed(z, 2), dot({ marked })],
  ];
  return (
    <>
      <Heading title={l10n.t("By attention head")} aside={markedWords(heads)} />
      {heads.length > 0 && <HeadKindChooser pair={pair} />}
      <NumbersTable
        sorts
        caption={l10n.t("By attention head")}
        header={[l10n.t("head"), l10n.t("lift"), CONFIDENCE, "z", "●", ...side(a), ...side(b)]}
        rows={heads.map((head) => [
          ...[headName(head), ...own(head.lift, head.z, head.marked)],
          ...own(head.effectA, head.zA, head.markedA),
          ...own(head.effectB, head.zB, head.markedB),
        ])}
      />
    </>
  );
}

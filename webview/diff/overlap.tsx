// Where two masks overlap: lift by matrix, layer and kind, and by pair if there are more than two masks.

import type { Likeness, PairComparison } from "../../src/mask/compare.ts";
import { brightness, zColour } from "../draw/colours.ts";
import { Detail, MatrixDetail, useDetail } from "../draw/detail.tsx";
import { effectShort, markedWords, rangeOf, shownWords } from "../draw/effects.ts";
import type { Cell } from "../draw/grid.tsx";
import { KindGrid } from "../draw/layer-grids.tsx";
import { layersOf, layerTitle, placeOf } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { CellLink } from "../draw/point.tsx";
import * as l10n from "../ui/l10n.ts";
import { signed } from "../ui/numbers.ts";
import { Figure, Hint } from "../ui/parts.tsx";
import { NumbersTable } from "../ui/table.tsx";
import { useTheme } from "../ui/theme.ts";
import { CONFIDENCE } from "../ui/words.ts";
import { captionOf, DiffExports, liftNotes } from "./export.tsx";
import { PairGrid } from "./pair-grid.tsx";
import { isComplete, openMatrix } from "./state.ts";
import { APART_WORDS, detailOf } from "./words.tsx";

/** The minimum length of the ranked list of matrices; the list is longer if there are more layers. */
const RANKED = 8;

function cellOf(likeness: Likeness & { readonly marked?: boolean | null }, of: string, opens?: string): Cell {
  return {
    text: effectShort(likeness.lift),
    colour: zColour(likeness.z ?? 0, brightness()),
    detail: `${of}: ${detailOf(likeness)}`,
    marked: likeness.marked === true,
    ...(opens !== undefined && { opens }),
  };
}

/** The lift of every pair, shown for more than two masks; opening a cell shows its pair. */
export function EveryPair({
  pairs,
  shown,
}: {
  readonly pairs: readonly PairComparison[];
  readonly shown: PairComparison;
}) {
  const detail = useDetail();
  useTheme();
  return (
    <Figure title={l10n.t("All pairs")} aside={l10n.t("lift, coloured by z")}>
      <PairGrid
        label={l10n.t("Lift of all pairs")}
        pairs={pairs}
        shown={shown}
        cellOf={(pair, names) => cellOf(pair, names)}
        detail={detail}
      />
      <ZLegend />
      <Detail
        detail={detail}
        hint={l10n.t(
          "Hover over a cell for details. Click to show its pair and pin the cell; press Enter only to show the pair, or Space only to pin the cell.",
        )}
      />
    </Figure>
  );
}

export function OverlapTab({ subject: pair }: { readonly subject: PairComparison }) {
  const detail = useDetail();
  useTheme();
  const marks = [
    [l10n.t("matrices"), markedWords(pair.matrices)],
    [l10n.t("layers"), markedWords(pair.layers)],
    [l10n.t("kinds"), markedWords(pair.kinds)],
  ].flatMap(([of, words]) => (words ? [`${of}: ${words}`] : []));
  const what = l10n.t(
    "weights pruned by both / expected given the initial scores, coloured by z; z and marks: compared with independent pruning",
  );
  const ofLayer = (layer: number | null) => {
    const all = pair.layers.find((one) => one.layer === layer);
    return all && cellOf(all, layerTitle(layer));
  };
  return (
    <>
      <div class="beside">
        <Figure title={l10n.t("Lift")} aside={[what, ...marks].join("; ")}>
          <KindGrid
            label={l10n.t("Lift by layer and matrix kind")}
            matrices={pair.matrices}
            kinds={pair.kinds.map(({ kind }) => kind)}
            cellOf={(matrix) => cellOf(matrix, matrix.name, matrix.name)}
            together={{ layer: ofLayer, kinds: pair.kinds.map((kind) => cellOf(kind, kind.kind)) }}
            detail={detail}
            onOpen={openMatrix}
          />
          <ZLegend />
        </Figure>
        <Ranked pair={pair} />
        {pair.apart.length > 0 && <NotInHeadline pair={pair} />}
      </div>
      <MatrixDetail detail={detail} />
      <DiffExports pair={pair} caption={captionOf(pair, l10n.t("overlap"), ...liftNotes(pair))} />
    </>
  );
}

interface Props {
  readonly pair: PairComparison;
}

/** Parts that are not in the headline because masks resemble each other there for reasons other than their tasks. */
const NotInHeadline = ({ pair: { apart } }: Props) => (
  <Figure title={l10n.t("Not in the headline")} aside={l10n.t("unrelated masks also overlap here")}>
    <NumbersTable
      caption={l10n.t("Not in the headline")}
      header={["", l10n.t("lift"), CONFIDENCE, "z"]}
      rows={apart.map(({ part, lift, z }) => [APART_WORDS[part], effectShort(lift), rangeOf(lift), signed(z, 1)])}
    />
  </Figure>
);

/** The matrices whose overlap is furthest from chance. */
function Ranked({ pair: { matrices } }: Props) {
  const known = matrices.filter(({ z }) => z !== null).sort((a, b) => Math.abs(b.z!) - Math.abs(a.z!));
  const listed = known.slice(0, Math.max(RANKED, layersOf(matrices).length));
  const title = l10n.t("Furthest from chance");
  if (!known.length)
    return (
      <Figure title={title} aside="">
        <Hint>
          {isComplete()
            ? l10n.t("No expected counts are available for the matrices.")
            : l10n.t("Recomputing the initial masks…")}
        </Hint>
      </Figure>
    );
  return (
    <Figure title={title} aside={`${l10n.t("by matrix")}; ${shownWords(listed, known)}`}>
      <NumbersTable
        caption={title}
        header={[l10n.t("matrix"), l10n.t("lift"), CONFIDENCE, "z"]}
        rows={listed.map(({ name, lift, z, marked, ...place }) => [
          {
            text: name,
            view: <CellLink text={placeOf(place)} name={name} marked={marked} onOpen={() => openMatrix(name)} />,
          },
          ...[effectShort(lift), rangeOf(lift), signed(z!, 1)],
        ])}
      />
    </Figure>
  );
}

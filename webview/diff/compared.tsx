// One matrix of two masks: four states on one canvas, or both masks in synchronized views (side by side, swipe, blink).

import { useMemo, useRef } from "preact/hooks";
import type { BitMatrix } from "../../src/mask/bits.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { WeightFacts } from "../../src/messages.ts";
import { useDetail } from "../draw/detail.tsx";
import { ExportRow } from "../draw/exports/exports.tsx";
import { Key } from "../draw/key.tsx";
import { placeOf } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { lineCounts } from "../draw/line-counts.ts";
import { headOf, lineRow } from "../draw/lines/pruning.ts";
import { Matrix, type MatrixProps, WeightDetail } from "../draw/matrix.tsx";
import type { Overlay, Weight } from "../draw/matrix-painter.ts";
import { bandsOf } from "../draw/weights.ts";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped } from "../ui/numbers.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { useTheme } from "../ui/theme.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { enlarged, useReach } from "./enlarge.ts";
import { captionOf, metadataOf, pairName, provenanceOf } from "./export.tsx";
import { Beside, Blink, Swipe } from "./sides.tsx";
import { factsOf, maskOf, nameOf, needWeight, type Saved, type StatesDrawn, saved, told } from "./state.ts";
import { coloursOf, isEnlarged, overlaysOf, rareOf, STATES, type State, setsOf, stateAt } from "./states.ts";
import { linesText, ownStrips, StripChoosers, type Strips, stripsText, useStrips, type Views } from "./strips.tsx";
import { detailOf } from "./words.tsx";

interface Props {
  readonly pair: PairComparison;
  readonly matrix: PairComparison["matrices"][number];
  readonly views: Views;
  /** The weights compared, in each mask. */
  readonly first: BitMatrix;
  readonly second: BitMatrix;
}

const SIDES = { beside: Beside, swipe: Swipe, blink: Blink };

/** The weights of both masks, in the chosen view. */
export function Compared({ pair, matrix, views, first, second }: Props) {
  const { of, view, states: drawn } = useStore(saved, (state) => state);
  const weight = useStore(told, (state) => state.weight);
  const theme = useTheme();
  const figure = useRef<HTMLElement>(null);
  const detail = useDetail([matrix.name, of, pair.a, pair.b].join());
  const bands = bandsOf(matrix, first, maskOf(pair.a)!.base);
  const { strips, orders } = useStrips(views, bands);
  const reach = useReach(figure, matrix.name, view, first);
  const sets = useMemo(() => setsOf(first, second), [first, second]);
  const colours = useMemo(() => coloursOf(of), [of, theme]);
  const { rowZ, columnZ } = strips;
  const four = useMemo(
    () => overlaysOf(sets, colours, of, drawn, (bits) => enlarged(bits, reach, { orders, rowZ, columnZ, ...bands })),
    [sets, colours, drawn, reach.down, reach.across, orders.rows, orders.columns, rowZ, columnZ],
  );
  const alone = useMemo(
    () => [[{ bits: first, colour: colours.onlyA }], [{ bits: second, colour: colours.onlyB }]] as const,
    [sets, colours],
  );

  const names = [nameOf(pair.a), nameOf(pair.b)] as const;
  const stateNames = namesOf(names);
  const pictureOf = (overlays: readonly Overlay[], name: string, beside: Strips): MatrixProps => ({
    ...{ name: matrix.name, rows: first.rows, columns: first.columns, overlays, orders },
    ...{ rowZ: beside.rowZ, columnZ: beside.columnZ, ...bands },
    label: `${placeOf(matrix)}, ${name}`,
    detail,
    textOf: (at) =>
      [
        l10n.t("row {0}, column {1}: {2}", at.row, at.column, stateNames[stateAt(sets, at.row, at.column)]),
        ...headText(bands, at),
        ...factsText(factsOf(weight, { name: matrix.name, ...at }, pair), names),
        ...linesText(views, names, at),
      ].join(" · "),
    onWeight: (at) => needWeight(at ? { name: matrix.name, row: at.row, column: at.column } : undefined, pair),
  });
  const sideOf = (i: 0 | 1) => ({
    ...{ name: names[i], colour: [colours.onlyA, colours.onlyB][i]! },
    text: `${words} ${grouped(sets.counts.both + (i ? sets.counts.onlyB : sets.counts.onlyA))}`,
    picture: pictureOf(alone[i], names[i], ownStrips(views, i, orders, strips)),
  });
  const words = of === "kept" ? l10n.t("kept") : l10n.t("pruned by training");
  const Sides = view === "four" ? undefined : SIDES[view];
  const isOwn = Sides !== undefined && ownStrips(views, 0, orders, strips) !== strips;
  const isLarge = !Sides && isEnlarged(drawn) && reach.down + reach.across > 0;
  const explained = [
    l10n.t("each pixel is the mean of its weights"),
    ...(isLarge
      ? [l10n.t("weights in the state “{0}” are enlarged to at least 3 pixels", stateNames[rareOf(of)])]
      : []),
    ...stripsText(views, names, strips, isOwn),
  ].join("; ");
  const lines = () =>
    lineCounts(sets.bits, (axis, line) => ({
      head: headOf(bands, axis, line),
      ...lineRow(views[0][`${axis}Pruning`], line, "A"),
      ...lineRow(views[1][`${axis}Pruning`], line, "B"),
    }));
  return (
    <>
      <div class="row">
        {!Sides && <StatesChooser key="states" of={of} drawn={drawn} names={names} />}
        <StripChoosers key="strips" views={views} bands={bands} names={names} />
      </div>
      <section class="figure" ref={figure}>
        <Hint>{`${matrix.name}: ${detailOf(matrix)}`}</Hint>
        <Hint>{explained}</Hint>
        <div class="keys">
          {!Sides && (
            <Key
              key="states"
              of={shownStates(of, drawn).map((state) => [
                colours[state],
                `${stateNames[state]} ${grouped(sets.counts[state])}`,
              ])}
            />
          )}
          {strips.rowZ && <ZLegend key="z" />}
        </div>
        {Sides ? (
          <Sides sides={[sideOf(0), sideOf(1)]} />
        ) : (
          <Matrix {...pictureOf(four, l10n.t("four states"), strips)} />
        )}
      </section>
      <WeightDetail detail={detail} />
      <ExportRow
        name={`${pairName(pair)}-${matrix.name}`}
        provenance={() => [...provenanceOf(pair), `${matrix.name}, ${words}: ${detailOf(matrix)}`, explained]}
        metadata={() => ({ ...metadataOf(pair), matrix: matrix.name, weights: of })}
        tables={[{ id: "lines", title: l10n.t("Rows and columns"), rows: lines }]}
        caption={captionOf(
          pair,
          `${placeOf(matrix)}, ${words}`,
          l10n.t("Lift and z: compared with independent pruning."),
        )}
      />
    </>
  );
}

const namesOf = ([a, b]: readonly [string, string]): Readonly<Record<State, string>> => ({
  both: l10n.t("both"),
  onlyA: l10n.t("only {0}", a),
  onlyB: l10n.t("only {0}", b),
  neither: l10n.t("neither"),
});

/** The states in the key: all, or the only one that is drawn. */
function shownStates(of: Saved["of"], drawn: StatesDrawn): readonly State[] {
  if (drawn === "rare") return [rareOf(of)];
  return drawn === "onlyA" || drawn === "onlyB" ? [drawn] : STATES;
}

interface StatesChooserProps {
  readonly of: Saved["of"];
  readonly drawn: StatesDrawn;
  readonly names: readonly [string, string];
}

const StatesChooser = ({ of, drawn, names: [a, b] }: StatesChooserProps) => (
  <Dropdown
    label={l10n.t("States")}
    options={[
      ["enlarged", of === "kept" ? l10n.t("All states, “neither” enlarged") : l10n.t("All states, “both” enlarged")],
      ["all", l10n.t("All states, true to scale")],
      ["rare", of === "kept" ? l10n.t("Only neither") : l10n.t("Only both")],
      ["onlyA", l10n.t("Only {0}", a)],
      ["onlyB", l10n.t("Only {0}", b)],
    ]}
    chosen={drawn}
    onChange={(next) => saved.change({ states: next as StatesDrawn })}
  />
);

function headText(bands: Parameters<typeof headOf>[0], { row, column }: Weight): string[] {
  const head = headOf(bands, "row", row) ?? headOf(bands, "column", column);
  return head === undefined ? [] : [l10n.t("head {0}", head)];
}

/** A weight's initial score in both masks, and its pretrained value. */
function factsText(facts: readonly WeightFacts[], names: readonly [string, string]): string[] {
  const scores = facts.flatMap(({ score }, i) => (score === null ? [] : [`${names[i]} ${fixed(score, 4)}`]));
  const value = facts.find((one) => one.value !== null)?.value ?? null;
  return [
    ...(scores.length ? [l10n.t("initial score: {0}", scores.join(", "))] : []),
    ...(value === null ? [] : [l10n.t("weight {0}", fixed(value, 4))]),
  ];
}

// One matrix of a mask: a picture in which each pixel is the mean of its weights, and facts about the weight under the pointer.

import { useLayoutEffect, useMemo } from "preact/hooks";
import { type HeadLayout, headCount, sharedBy, wholeOf } from "../../src/anatomy/heads.ts";
import { adaptationName } from "../../src/file-name.ts";
import { isHeadKind } from "../../src/kinds.ts";
import { bitAt, countOnes } from "../../src/mask/bits.ts";
import type { MatrixDescription } from "../../src/mask/describe.ts";
import type { MatrixView } from "../../src/messages.ts";
import { brightness, WEIGHTS } from "../draw/colours.ts";
import { useDetail } from "../draw/detail.tsx";
import { ExportButtons } from "../draw/exports/exports.tsx";
import { Key } from "../draw/key.tsx";
import { headName, placeOf } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { lineCounts } from "../draw/line-counts.ts";
import { OrderChooser } from "../draw/lines/order-chooser.tsx";
import { headOf, lineRow, lineText, markedLines } from "../draw/lines/pruning.ts";
import { Matrix, WeightDetail } from "../draw/matrix.tsx";
import type { Weight } from "../draw/matrix-painter.ts";
import { bandsOf, bitsOf, changesOf } from "../draw/weights.ts";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped } from "../ui/numbers.ts";
import { Heading, Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { useTheme } from "../ui/theme.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { HeadAlive } from "./effect/alive.tsx";
import { captionOf, metadataOf, provenanceOf } from "./export.tsx";
import { GoTo } from "./go-to.tsx";
import { NumpyButton } from "./numpy.tsx";
import { type Described, needMatrix, needWeight, openMatrix, saved, told } from "./state.ts";

export function MatrixTab({ subject }: { readonly subject: Described }) {
  const { matrices, base } = subject.description;
  const chosen = useStore(saved, (state) => state.matrix);
  const view = useStore(told, (state) => state.view);
  const matrix = matrices.find(({ name }) => name === chosen) ?? matrices[0];
  const isHere = view !== undefined && view.name === matrix?.name;
  useLayoutEffect(() => {
    if (matrix && !isHere) needMatrix(matrix.name);
  }, [matrix?.name, isHere]);
  const sets = useMemo(() => view && setsOf(view), [view]);
  if (!matrix) return <Hint>{l10n.t("This mask contains no matrices.")}</Hint>;
  const shown = isHere && { subject, matrix, view, sets: sets!, bands: bandsOf(matrix, sets!.bits, base) };
  return (
    <>
      <div class="row">
        <Dropdown
          label={l10n.t("Matrix")}
          options={matrices.map((one) => [one.name, placeOf(one)])}
          chosen={matrix.name}
          onChange={(name) => openMatrix(name, { head: headIn(matrices.find((one) => one.name === name)!, base) })}
        />
        {shown && <Choosers key="choosers" {...shown} />}
        <GoTo key="go" mask={subject.description} matrix={matrix} />
      </div>
      {shown ? <Picture key="picture" {...shown} /> : <Hint key="hint">{l10n.t("Reading the matrix…")}</Hint>}
      {shown && <Saving key="saving" {...shown} />}
    </>
  );
}

/** The head that is highlighted, if the matrix has it: heads of keys and values may be fewer. */
function headIn({ kind }: MatrixDescription, base: HeadLayout): number | null {
  const { head } = saved.state;
  return head !== null && isHeadKind(kind) && head < headCount(kind, base) ? head : null;
}

/** Sets of a matrix's weights: kept, kept before training (null: unknown), pruned, regrown, and off both before and after. */
function setsOf(view: MatrixView) {
  const bits = bitsOf(view.bits, view);
  const initial = view.initial && bitsOf(view.initial, view);
  return { bits, initial, ...changesOf(bits, initial ?? bits) };
}

interface Shown {
  readonly subject: Described;
  readonly matrix: MatrixDescription;
  readonly view: MatrixView;
  readonly sets: ReturnType<typeof setsOf>;
  readonly bands: ReturnType<typeof bandsOf>;
}

function Choosers({ subject, matrix, view, bands }: Shown) {
  const { rowOrder, columnOrder, head, shape } = useStore(saved, (state) => state);
  const { layer, kind } = matrix;
  return (
    <>
      {layer !== null && isHeadKind(kind) && hasHeads(bands) && (
        <Dropdown
          key="head"
          label={l10n.t("Highlighted head")}
          options={[
            ["", l10n.t("All heads")],
            ...Array.from({ length: headCount(kind, subject.description.base) }, (_, i): [string, string] => {
              return [String(i), headName({ layer, head: i })];
            }),
          ]}
          chosen={head === null ? "" : String(head)}
          onChange={(chosen) => saved.change({ head: chosen === "" ? null : Number(chosen) })}
        />
      )}
      {view.rowPruning && (
        <OrderChooser
          key="rows"
          label={l10n.t("Rows")}
          chosen={rowOrder}
          byHead={bands.rowBand > 0}
          onChange={(order) => saved.change({ rowOrder: order })}
        />
      )}
      {view.columnPruning && (
        <OrderChooser
          key="columns"
          label={l10n.t("Columns")}
          chosen={columnOrder}
          byHead={bands.columnBand > 0}
          onChange={(order) => saved.change({ columnOrder: order })}
        />
      )}
      <Dropdown
        key="shape"
        label={l10n.t("Size")}
        options={[
          ["square", l10n.t("Square pixels")],
          ["fill", l10n.t("Fill the width")],
        ]}
        chosen={shape}
        onChange={(chosen) => saved.change({ shape: chosen === "fill" ? "fill" : "square" })}
      />
    </>
  );
}

const hasHeads = ({ rowBand, columnBand }: Shown["bands"]): boolean => rowBand > 0 || columnBand > 0;

function Saving({ subject, matrix, view, sets, bands }: Shown) {
  const { bits, initial, pruned, regrown } = sets;
  const head = useStore(saved, (state) => state.head);
  const { layer, kind } = matrix;
  const part = layer !== null && head !== null && isHeadKind(kind) && hasHeads(bands) && { layer, head, kind };
  const whole = part && wholeOf(part.kind, subject.description.base);
  const rows = () =>
    lineCounts({ kept: bits, ...(initial && { pruned, regrown }) }, (axis, line) => ({
      head: headOf(bands, axis, line),
      ...lineRow(axis === "row" ? view.rowPruning : view.columnPruning, line),
    }));
  return (
    <div class="row">
      <ExportButtons
        name={`${adaptationName(subject.description.file)}-${matrix.name}`}
        provenance={() => [...provenanceOf(subject), `matrix ${matrix.name}`]}
        metadata={() => ({ ...metadataOf(subject), matrix: matrix.name })}
        tables={[{ id: "lines", title: l10n.t("Rows and columns"), rows }]}
        caption={captionOf(subject, placeOf(matrix), ...notes(subject))}
      />
      <NumpyButton subject={subject} of={{ matrix }} />
      {part && <NumpyButton key="head" subject={subject} of={part} />}
      {part && whole && <HeadAlive key="alive" {...part} kind={whole} />}
    </div>
  );
}

/** Notes for a saved picture: what its pixels show. */
function notes({ description: { initial, unknownBecause, units } }: Described): string[] {
  if (units) return [l10n.t("Pixels show weights that are off.")];
  if (unknownBecause !== null || !initial)
    return [l10n.t("The initial mask is unknown, so the pixels show weights that are off.")];
  return [
    l10n.t(
      "Compared with the initial mask for mask seed {0}. Pruned: on in the initial mask, off after training; regrown: the reverse.",
      initial.maskSeed,
    ),
  ];
}

function Picture({ subject, matrix, view, sets, bands: sides }: Shown) {
  const { name, layer, kind } = matrix;
  const shared = isHeadKind(kind) ? sharedBy(kind, subject.description.base) : 1;
  const { rows, columns, rowPruning, columnPruning } = view;
  const rowOrder = useStore(saved, (state) => state.rowOrder);
  const columnOrder = useStore(saved, (state) => state.columnOrder);
  const shape = useStore(saved, (state) => state.shape);
  const head = useStore(saved, (state) => state.head);
  const goTo = useStore(told, (state) => state.goTo);
  const weight = useStore(told, (state) => state.weight);
  const theme = useTheme();
  const drawn = useMemo(() => drawnSets(sets), [sets, theme]);
  const detail = useDetail(name);
  const bands = layer !== null && hasHeads(sides) ? { layer, head } : undefined;
  const textOf = (at: Weight) => {
    const isKnown = weight?.name === name && weight.row === at.row && weight.column === at.column;
    const { score = null, value = null } = isKnown ? weight.facts : {};
    return [
      weightText(at, view, sets, sides),
      ...(score === null ? [] : [l10n.t("initial score {0}", fixed(score, 4))]),
      ...(value === null ? [] : [l10n.t("weight {0}", fixed(value, 4))]),
    ].join(" · ");
  };
  return (
    <>
      <section class="figure">
        <Heading
          title={`${placeOf(matrix)} · ${rows} × ${columns}`}
          aside={l10n.t("each pixel is the mean of its weights")}
        />
        <div class="keys">
          <Key of={drawn.key} />
          {rowPruning && <ZLegend />}
        </div>
        <Matrix
          name={name}
          label={[
            l10n.t("{0}: {1} rows, {2} columns", placeOf(matrix), rows, columns),
            ...(bands && bands.head !== null
              ? [l10n.t("{0} highlighted", headName({ ...bands, head: bands.head }))]
              : []),
          ].join("; ")}
          rows={rows}
          columns={columns}
          overlays={drawn.overlays}
          rowZ={rowPruning?.z ?? null}
          columnZ={columnPruning?.z ?? null}
          {...sides}
          orders={{ rows: rowOrder, columns: columnOrder }}
          shape={shape}
          bands={bands}
          goTo={goTo?.name === name ? goTo : undefined}
          detail={detail}
          textOf={textOf}
          onWeight={(at) => needWeight(at ? { name, ...at } : undefined)}
        />
      </section>
      <WeightDetail detail={detail} />
      <section class="figure">
        {shared > 1 && <Hint>{l10n.t("{0} heads of queries share each head of this matrix.", shared)}</Hint>}
        {stripsText(view).map((text) => (
          <Hint key={text}>{text}</Hint>
        ))}
      </section>
    </>
  );
}

/** The sets to draw, with their colours, and the key with their counts. */
function drawnSets({ initial, pruned, regrown, off }: Shown["sets"]) {
  const colours = WEIGHTS[brightness()];
  const flips = [
    { bits: pruned, colour: colours.one, name: l10n.t("pruned") },
    { bits: regrown, colour: colours.other, name: l10n.t("regrown") },
  ];
  const isKnown = initial !== null;
  const never = { bits: off, colour: colours.off, name: isKnown ? l10n.t("off from the start") : l10n.t("off") };
  const overlays = isKnown ? [...flips, never] : [never];
  return {
    overlays,
    key: overlays.map(({ bits, colour, name }) => [colour, `${name} ${grouped(countOnes(bits))}`] as const),
  };
}

function weightText(
  { row, column }: Weight,
  view: MatrixView,
  { bits, initial }: Shown["sets"],
  bands: Shown["bands"],
) {
  const now = bitAt(bits, row, column);
  const before = initial ? bitAt(initial, row, column) : now;
  const changed = now ? l10n.t("regrown by training") : l10n.t("pruned by training");
  const what = before !== now ? changed : now ? l10n.t("kept") : l10n.t("off");
  const head = headOf(bands, "row", row) ?? headOf(bands, "column", column);
  const parts = [l10n.t("row {0}, column {1}: {2}", row, column, what)];
  if (head !== undefined) parts.push(l10n.t("head {0}", head));
  const { rowPruning, columnPruning } = view;
  if (rowPruning && columnPruning)
    parts.push(
      l10n.t("row: {0}", lineText(rowPruning, row)),
      l10n.t("column: {0}", lineText(columnPruning, column)),
      l10n.t("effect: pruned / expected at the matrix's own pruning rates"),
    );
  return parts.join(" · ");
}

/** What the strips show, and how many rows and columns are marked. */
function stripsText(view: MatrixView): string[] {
  if (!view.rowPruning || !view.columnPruning) return [];
  return [
    l10n.t(
      "strips: z of the pruned weights per row and column, compared with the count expected given the initial scores at the matrix's own pruning rates",
    ),
    ...markedLines(view),
  ];
}

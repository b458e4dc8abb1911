// One matrix of two masks: four states on one canvas, or both masks with synchronized views: side by side, swiped or blinking.

import { useLayoutEffect, useMemo } from "preact/hooks";
import type { BitMatrix } from "../../src/mask/bits.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { MatrixView } from "../../src/messages.ts";
import { useDetail } from "../draw/detail.tsx";
import { ExportRow } from "../draw/exports.tsx";
import { Key } from "../draw/key.tsx";
import { placeOf } from "../draw/layers.ts";
import { lineCounts } from "../draw/line-counts.ts";
import { Matrix, type MatrixProps, WeightDetail } from "../draw/matrix.tsx";
import { bandsOf, bitsOf, changesOf } from "../draw/weights.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { useTheme } from "../ui/theme.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { pairName, provenanceOf } from "./export.tsx";
import { Beside, Blink, Swipe } from "./sides.tsx";
import { askMatrix, maskOf, nameOf, openMatrix, type Saved, saved, viewOf } from "./state.ts";
import { coloursOf, overlaysOf, STATES, setsOf, stateAt } from "./states.ts";
import { detailOf } from "./words.tsx";

type Matrices = PairComparison["matrices"];

export function MatrixTab({ subject: pair }: { readonly subject: PairComparison }) {
  const name = useStore(saved, (state) => state.matrix);
  const clearest = pair.matrices.toSorted((x, y) => Math.abs(y.z ?? 0) - Math.abs(x.z ?? 0))[0];
  const matrix = pair.matrices.find((one) => one.name === name) ?? clearest;
  useLayoutEffect(() => {
    if (matrix) askMatrix(matrix.name);
  }, [matrix?.name]);
  if (!matrix) return <Hint>{l10n.t("The masks have no matrix in common.")}</Hint>;
  return (
    <>
      <Choosers matrices={pair.matrices} chosen={matrix.name} />
      <Received pair={pair} matrix={matrix} />
    </>
  );
}

function Choosers({ matrices, chosen }: { readonly matrices: Matrices; readonly chosen: string }) {
  const { of, view } = useStore(saved, (state) => state);
  return (
    <div class="row">
      <Dropdown
        label={l10n.t("Matrix")}
        options={matrices.map((one) => [one.name, placeOf(one)] as const)}
        chosen={chosen}
        onChange={openMatrix}
      />
      <Dropdown
        label={l10n.t("Weights")}
        options={[
          ["pruned", l10n.t("Pruned by training")],
          ["kept", l10n.t("Kept")],
        ]}
        chosen={of}
        onChange={(next) => saved.change({ of: next as Saved["of"] })}
      />
      <Dropdown
        label={l10n.t("View")}
        options={[
          ["four", l10n.t("Four states")],
          ["beside", l10n.t("Side by side")],
          ["swipe", l10n.t("Swipe")],
          ["blink", l10n.t("Blink")],
        ]}
        chosen={view}
        onChange={(next) => saved.change({ view: next as Saved["view"] })}
      />
    </div>
  );
}

interface Props {
  readonly pair: PairComparison;
  readonly matrix: Matrices[number];
}

/** The matrix of both masks, once the editor has sent it. */
function Received({ pair, matrix }: Props) {
  const of = useStore(saved, (state) => state.of);
  const [a, b] = [viewOf(pair.a), viewOf(pair.b)];
  const [first, second] = useMemo(() => [shownOf(a, of), shownOf(b, of)], [a, b, of]);
  if (a === null || b === null)
    return <Hint>{l10n.t("{0} is no longer in both files. Open the masks again.", matrix.name)}</Hint>;
  if (a?.name !== matrix.name || b?.name !== matrix.name) return <Hint>{l10n.t("Reading the matrix…")}</Hint>;
  if (!first || !second)
    return (
      <Hint>{l10n.t("Pruned weights are not known for both masks. Choose Kept to compare the kept weights.")}</Hint>
    );
  return <Compared pair={pair} matrix={matrix} first={first} second={second} />;
}

/** The weights compared: those that training pruned, or those kept; null if unknown. */
function shownOf(view: MatrixView | null | undefined, of: Saved["of"]): BitMatrix | null {
  if (!view) return null;
  const bits = bitsOf(view.bits, view);
  if (of === "kept") return bits;
  return view.initial && changesOf(bits, bitsOf(view.initial, view)).pruned;
}

interface ComparedProps extends Props {
  readonly first: BitMatrix;
  readonly second: BitMatrix;
}

const VIEWS = { beside: Beside, swipe: Swipe, blink: Blink };

/** The weights of both masks, in the chosen view. */
function Compared({ pair, matrix, first, second }: ComparedProps) {
  const { of, view } = useStore(saved, (state) => state);
  const theme = useTheme();
  const detail = useDetail([matrix.name, of, pair.a, pair.b].join());
  const sets = useMemo(() => setsOf(first, second), [first, second]);
  const colours = useMemo(() => coloursOf(of), [of, theme]);
  const overlays = useMemo(
    () => ({
      four: overlaysOf(sets, colours, of),
      a: [{ bits: first, colour: colours.onlyA }],
      b: [{ bits: second, colour: colours.onlyB }],
    }),
    [sets, colours],
  );

  const [a, b] = [nameOf(pair.a), nameOf(pair.b)];
  const names = {
    both: l10n.t("both"),
    onlyA: l10n.t("only {0}", a),
    onlyB: l10n.t("only {0}", b),
    neither: l10n.t("neither"),
  };
  const pictureOf = (what: keyof typeof overlays, name: string): MatrixProps => ({
    ...{ name: matrix.name, rows: first.rows, columns: first.columns, overlays: overlays[what] },
    ...{ rowZ: null, columnZ: null, ...bandsOf(matrix, first, maskOf(pair.a)!.base.heads) },
    label: `${placeOf(matrix)}, ${name}`,
    detail,
    textOf: ({ row, column }) => l10n.t("row {0}, column {1}: {2}", row, column, names[stateAt(sets, row, column)]),
  });
  const words = of === "kept" ? l10n.t("kept") : l10n.t("pruned by training");
  const { both, onlyA, onlyB } = sets.counts;
  const View = view === "four" ? undefined : VIEWS[view];
  return (
    <>
      <section class="figure">
        <Hint>{`${matrix.name}: ${detailOf(matrix)}`}</Hint>
        {View ? (
          <View
            sides={[
              { name: a, colour: colours.onlyA, text: `${words} ${grouped(both + onlyA)}`, picture: pictureOf("a", a) },
              { name: b, colour: colours.onlyB, text: `${words} ${grouped(both + onlyB)}`, picture: pictureOf("b", b) },
            ]}
          />
        ) : (
          <>
            <Key of={STATES.map((state) => [colours[state], `${names[state]} ${grouped(sets.counts[state])}`])} />
            <Matrix {...pictureOf("four", l10n.t("four states"))} />
          </>
        )}
      </section>
      <WeightDetail detail={detail} />
      <ExportRow
        pictures
        name={`${pairName(pair)}-${matrix.name}`}
        provenance={() => [...provenanceOf(pair), `${matrix.name}, ${words}: ${detailOf(matrix)}`]}
        csv={() => lineCounts(sets.bits)}
      />
    </>
  );
}

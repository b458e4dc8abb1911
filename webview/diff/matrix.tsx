// One matrix of two masks: four states on one canvas, or both masks with synchronized views: side by side, swiped or blinking.

import { useLayoutEffect, useMemo } from "preact/hooks";
import { combine } from "../../src/mask/algebra.ts";
import { type BitMatrix, bitAt, countOnes, fullBits } from "../../src/mask/bits.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { MatrixView } from "../../src/messages.ts";
import { brightness, ground, WEIGHTS } from "../draw/colours.ts";
import { ExportRow } from "../draw/exports.tsx";
import { placeOf } from "../draw/layers.tsx";
import { lineCounts } from "../draw/line-counts.ts";
import { t } from "../ui/host.ts";
import { grouped } from "../ui/numbers.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { useTheme } from "../ui/theme.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { pairName, provenanceOf } from "./export.tsx";
import { type Side, Sides } from "./sides.tsx";
import { askMatrix, maskOf, nameOf, openMatrix, type Saved, saved, viewOf } from "./state.ts";
import { detailOf } from "./words.tsx";

type Matrices = PairComparison["matrices"];

export function Matrix({ subject: pair }: { readonly subject: PairComparison }) {
  const name = useStore(saved, (state) => state.matrix);
  const clearest = pair.matrices.toSorted((x, y) => Math.abs(y.z ?? 0) - Math.abs(x.z ?? 0))[0];
  const matrix = pair.matrices.find((one) => one.name === name) ?? clearest;
  useLayoutEffect(() => {
    if (matrix) askMatrix(matrix.name);
  }, [matrix?.name]);
  if (!matrix) return <Hint>{t("The masks have no matrix in common.")}</Hint>;
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
        label={t("Matrix")}
        options={matrices.map((one) => [one.name, placeOf(one)] as const)}
        chosen={chosen}
        onChange={openMatrix}
      />
      <Dropdown
        label={t("Weights")}
        options={[
          ["pruned", t("Pruned by training")],
          ["kept", t("Kept")],
        ]}
        chosen={of}
        onChange={(next) => saved.change({ of: next as Saved["of"] })}
      />
      <Dropdown
        label={t("View")}
        options={[
          ["four", t("Four states")],
          ["beside", t("Side by side")],
          ["swipe", t("Swipe")],
          ["blink", t("Blink")],
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
    return <Hint>{t("{0} is no longer in both files. Open the masks again.", matrix.name)}</Hint>;
  if (a?.name !== matrix.name || b?.name !== matrix.name) return <Hint>{t("Reading the matrix…")}</Hint>;
  if (!first || !second)
    return <Hint>{t("Pruned weights are not known for both masks. Choose Kept to compare the kept weights.")}</Hint>;
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

/** The weights of both masks, in the view that is chosen. */
function Compared({ pair, matrix, first, second }: ComparedProps) {
  const { of, view } = useStore(saved, (state) => state);
  const sets = useMemo(() => setsOf(first, second), [first, second]);
  const words = of === "kept" ? t("kept") : t("pruned by training");
  return (
    <>
      <section class="figure">
        <Hint>{`${matrix.name}: ${detailOf(matrix)}`}</Hint>
      </section>
      <ExportRow
        pictures
        name={`${pairName(pair)}-${matrix.name}`}
        provenance={() => [...provenanceOf(pair), `${matrix.name}, ${words}: ${detailOf(matrix)}`]}
        csv={() => lineCounts(sets)}
      />
    </>
  );
}

/** The weights of both, one or neither mask. */
function setsOf(first: BitMatrix, second: BitMatrix) {
  const union = combine("or", first, second);
  return {
    both: combine("and", first, second),
    onlyA: combine("andNot", first, second),
    onlyB: combine("andNot", second, first),
    neither: combine("andNot", fullBits(first.rows, first.columns), union),
  };
}

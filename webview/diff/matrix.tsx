// The tab for one matrix of two masks: chooses the matrix, its weights and the view.

import { useLayoutEffect, useMemo } from "preact/hooks";
import type { BitMatrix } from "../../src/mask/bits.ts";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { MatrixView } from "../../src/messages.ts";
import { placeOf } from "../draw/layers.ts";
import { bitsOf, changesOf } from "../draw/weights.ts";
import * as l10n from "../ui/l10n.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { Compared } from "./compared.tsx";
import { askMatrix, openMatrix, type Saved, saved, viewOf } from "./state.ts";

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
  return <Compared pair={pair} matrix={matrix} views={[a, b]} first={first} second={second} />;
}

/** The weights compared: those that training pruned, or those kept; null if unknown. */
function shownOf(view: MatrixView | null | undefined, of: Saved["of"]): BitMatrix | null {
  if (!view) return null;
  const bits = bitsOf(view.bits, view);
  if (of === "kept") return bits;
  return view.initial && changesOf(bits, bitsOf(view.initial, view)).pruned;
}

// A share per matrix of a mask, on a scale that covers the layers.

import type { MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { rateColour } from "../draw/colours.ts";
import type { Cell } from "../draw/grid.tsx";
import { Legend } from "../draw/legend.tsx";
import * as l10n from "../ui/l10n.ts";
import { percent } from "../ui/numbers.ts";

/** The scale spans at least this share of the highest rate (or of 1 − the lowest), so that tiny differences do not look large. */
const NARROWEST = 0.2;

const SCALE = Array.from({ length: 64 }, (_, i) => rateColour(i, 0, 63));

interface Rates {
  /** null: unknown (yet). */
  readonly rateOf: (matrix: MatrixDescription) => number | null;
  readonly detailOf: (matrix: MatrixDescription) => string;
  readonly marks?: boolean;
}

/** The cells of a grid of rates, and its legend. */
export function ratesOf({ matrices }: MaskDescription, { rateOf, detailOf, marks = false }: Rates) {
  // The few matrices outside the layers may exceed the scale and get the colour of its end.
  const known = (of: readonly MatrixDescription[]) => of.flatMap((matrix) => rateOf(matrix) ?? []);
  const inLayers = known(matrices.filter(({ layer }) => layer !== null));
  const all = inLayers.length ? inLayers : [0, ...known(matrices)];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const half = Math.max((most - least) / 2, (NARROWEST / 2) * Math.min(most, 1 - least));
  const low = Math.max(0, (least + most) / 2 - half);
  const high = Math.min(1, (least + most) / 2 + half);
  const digits = most - least < 0.005 ? 2 : 1;
  const cellOf = (matrix: MatrixDescription): Cell | null => {
    const rate = rateOf(matrix);
    if (rate === null) return null;
    return {
      text: percent(rate, rate >= 0.1 && least < 0.5 ? digits - 1 : digits),
      colour: rateColour(rate, low, high),
      detail: detailOf(matrix),
      marked: marks && matrix.marked === true,
      opens: matrix.name,
    };
  };
  const outside = known(matrices);
  const [below, above] = [Math.min(low, ...outside) < low, Math.max(high, ...outside) > high];
  const [from, to] = [percent(low, digits), percent(high, digits)];
  const legend = (
    <Legend
      colours={SCALE}
      low={below ? l10n.t("≤ {0} %", from) : `${from} %`}
      high={above ? l10n.t("≥ {0} %", to) : `${to} %`}
    />
  );
  return { cellOf, legend };
}

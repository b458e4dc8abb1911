// What a mask keeps, whatever it began from: by matrix, and by attention head against its matrices' own rates.

import type { MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { headMatrix } from "../../src/mask/statistics.ts";
import { brightness, Z_END, zColour } from "../draw/colours.ts";
import { Detail } from "../draw/detail.ts";
import { zLegend } from "../draw/grid.ts";
import { headGrid } from "../draw/layers.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { fixed, grouped, percent } from "../ui/numbers.ts";
import { figure, hint } from "../ui/parts.ts";
import { heatmapExports } from "./export.ts";
import { headKindChooser, headsTitle, keptAgainst } from "./heads.ts";
import { rateGrid } from "./rates.ts";
import { openMatrix, state } from "./state.ts";

export function keptTab(mask: MaskDescription): Node[] {
  const detail = new Detail(
    t("Hover or focus a cell for its numbers; a click or Space locks them, Enter opens the matrix."),
  );
  const detailOf = (matrix: MatrixDescription) =>
    `${matrix.name}: ${t("{0} % kept of {1} weights", percent(1 - matrix.sparsity, 2), grouped(matrix.rows * matrix.columns))}`;
  return [
    hint(
      mask.unknownBecause === null
        ? t("The kept share is mostly the random draw that training began from; what training did is in the first tab.")
        : t("The kept share is mostly the random draw that training began from."),
    ),
    el(
      "div",
      { className: "beside" },
      figure(
        t("Kept, % by matrix"),
        t("of all its weights"),
        [],
        ...rateGrid(mask, t("Density by layer and kind of matrix"), (matrix) => 1 - matrix.sparsity, detailOf, detail),
      ),
      heads(mask, detail),
    ),
    detail.element,
    heatmapExports(mask),
  ];
}

function heads(mask: MaskDescription, detail: Detail): HTMLElement {
  const mode = brightness();
  const shown = mask.heads.filter(({ kind }) => kind === state.heads);
  const deviations = shown.map((head) => keptAgainst(mask, head));
  const table = headGrid({
    label: t("Density by layer and attention head"),
    heads: shown,
    beside: mask.matrices,
    cellOf: (head) => {
      const { rate, error, z } = deviations[shown.indexOf(head)]!;
      return {
        text: percent(head.density, 1),
        colour: zColour(-z, mode),
        detail: t(
          "head L{0}H{1}: {2} % kept, its matrices {3} % (± {4} if zeros were spread at random), z {5}",
          ...[head.layer, head.head, percent(head.density, 2), percent(rate, 2), percent(1.96 * error, 2), fixed(z, 1)],
        ),
        opens: headMatrix(mask.matrices, head).name,
        name: `L${head.layer}H${head.head}`,
      };
    },
    detail,
    onOpen: openMatrix,
  });
  return figure(
    headsTitle(),
    t(
      "% kept, coloured by z against their matrices' own rate were zeros spread at random; zeros cluster, so nothing is marked",
    ),
    [headKindChooser()],
    ...(shown.length
      ? [table, zLegend(t("+{0} keeps more", Z_END), t("keeps less −{0}", Z_END))]
      : [hint(t("This mask leaves these matrices alone."))]),
  );
}

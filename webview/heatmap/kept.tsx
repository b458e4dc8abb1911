// The density of a mask by matrix, and by attention head compared with its matrices' densities.

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
  const detail = new Detail(t("Hover for details. Click or Space pins a cell, Enter opens its matrix."));
  const detailOf = (matrix: MatrixDescription) =>
    `${matrix.name}: ${t("{0} % of {1} weights kept", percent(1 - matrix.sparsity, 2), grouped(matrix.rows * matrix.columns))}`;
  return [
    hint(
      mask.unknownBecause === null
        ? t("Density mostly reflects the random initial mask. The first tab shows what training changed.")
        : t("Density mostly reflects the random initial mask."),
    ),
    el(
      "div",
      { className: "beside" },
      figure(
        t("Kept, % by matrix"),
        t("of all weights of the matrix"),
        [],
        ...rateGrid(mask, t("Density by layer and matrix kind"), (matrix) => 1 - matrix.sparsity, detailOf, detail),
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
          "head L{0}H{1}: {2} % kept, its matrices {3} % (± {4} if zeros were randomly placed), z {5}",
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
      "% kept; coloured by z against the density of the same matrices with randomly placed zeros; zeros cluster, so nothing is marked",
    ),
    [headKindChooser()],
    ...(shown.length
      ? [table, zLegend(t("+{0} more", Z_END), t("fewer −{0}", Z_END))]
      : [hint(t("This mask does not cover these matrices."))]),
  );
}

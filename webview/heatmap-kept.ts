// What a mask keeps, whatever it began from: zeros by matrix, and heads against their matrices' own rates.

import type { HeadDescription, MaskDescription, MatrixDescription } from "../src/mask/describe.ts";
import { discoveries } from "../src/mask/significance.ts";
import { headGrid } from "./blocks.ts";
import { brightness, Z_END, zColour } from "./colours.ts";
import { Detail } from "./detail.ts";
import { el } from "./dom.ts";
import { zLegend } from "./grid.ts";
import { heatmapExports } from "./heatmap-export.ts";
import { headKindChooser, headMatrix, headsTitle } from "./heatmap-heads.ts";
import { rateGrid } from "./heatmap-rates.ts";
import { openMatrix, state } from "./heatmap-state.ts";
import { t } from "./host.ts";
import { fixed, grouped, percent } from "./numbers.ts";
import { figure, hint } from "./parts.ts";

export function keptTab(mask: MaskDescription): Node[] {
  const detail = new Detail(
    t("Hover or focus a cell for its numbers; a click or Space locks them, Enter opens the matrix."),
  );
  const detailOf = (matrix: MatrixDescription) =>
    `${matrix.name}: ${t("{0} % kept of {1} weights", percent(1 - matrix.zeroShare, 2), grouped(matrix.rows * matrix.columns))}`;
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
        t("Zeros, % by matrix"),
        t("of all its weights"),
        [],
        ...rateGrid(mask, t("Zeros by block and kind of matrix"), ({ zeroShare }) => zeroShare, detailOf, detail),
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
  const deviations = shown.map((head) => against(mask, head));
  const standOut = discoveries(deviations.map(({ z }) => z));
  const table = headGrid({
    label: t("Keep rate by block and attention head"),
    heads: shown,
    beside: mask.matrices,
    cellOf: (head) => {
      const { rate, error, z } = deviations[shown.indexOf(head)]!;
      return {
        marked: standOut[shown.indexOf(head)]!,
        text: percent(head.keepRate, 1),
        colour: zColour(-z, mode),
        detail: t(
          "head {0}.{1}: {2} % kept, its matrices {3} % (± {4} by chance), z {5}",
          ...[
            head.block,
            head.head,
            percent(head.keepRate, 2),
            percent(rate, 2),
            percent(1.96 * error, 2),
            fixed(z, 1),
          ],
        ),
        opens: headMatrix(mask, head),
        name: `${head.block}.${head.head}`,
      };
    },
    detail,
    onOpen: openMatrix,
  });
  return figure(
    headsTitle(),
    t("% kept, coloured by distance from their matrices' own rate"),
    [headKindChooser()],
    ...(shown.length
      ? [table, zLegend(t("+{0} keeps more", Z_END), t("keeps less −{0}", Z_END))]
      : [hint(t("This mask leaves these matrices alone."))]),
  );
}

/** A head's keep rate against its matrices' own, in standard deviations of a share. */
function against({ matrices, base }: MaskDescription, { block, kind, keepRate }: HeadDescription) {
  const kinds = kind === "all" ? ["Q", "K", "V", "AO"] : [kind];
  const of = matrices.filter((matrix) => matrix.block === block && kinds.includes(matrix.kind));
  const weights = of.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const kept = of.reduce((sum, { rows, columns, zeroShare }) => sum + rows * columns * (1 - zeroShare), 0);
  const rate = kept / weights;
  const error = Math.sqrt((rate * (1 - rate) * base.heads) / weights);
  return { rate, error, z: error ? (keepRate - rate) / error : 0 };
}

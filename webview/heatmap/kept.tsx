// The density of a mask by matrix and by attention head; heads are compared with the density of their matrices.

import type { MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { brightness, rateColour, zColour } from "../draw/colours.ts";
import { type DetailStore, MatrixDetail, useDetail } from "../draw/detail.tsx";
import { KindGrid } from "../draw/layer-grids.tsx";
import { headName } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { rateLegend } from "../draw/rate-scale.tsx";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped, percent } from "../ui/numbers.ts";
import { Figure, Hint } from "../ui/parts.tsx";
import { useTheme } from "../ui/theme.ts";
import { captionOf, HeatmapExports } from "./export.tsx";
import { changeText } from "./flips.tsx";
import { keptAgainst } from "./heads.ts";
import { HeadsFigure } from "./heads-figure.tsx";
import { ratesOf, ScaleChooser, useScale } from "./rates.tsx";
import { type Described, openMatrix } from "./state.ts";

export function KeptTab({ subject }: { readonly subject: Described }) {
  const mask = subject.description;
  const detail = useDetail();
  return (
    <>
      <Hint>{hintOf(subject)}</Hint>
      <div class="beside">
        <Matrices mask={mask} detail={detail} />
        {mask.units ? <WholeHeads mask={mask} detail={detail} /> : <Heads mask={mask} detail={detail} />}
      </div>
      <MatrixDetail detail={detail} />
      <HeatmapExports subject={subject} mask={mask} caption={captionOf(subject, l10n.t("kept weights"), note(mask))} />
    </>
  );
}

function hintOf({ description, metadata }: Described): string {
  if (metadata.imported)
    return l10n.t("Another program made this mask, and its initial mask is unknown, so only its density is shown.");
  if (description.units)
    return l10n.t(
      "Whole heads and neurons are kept or pruned, so a matrix's density is the share of them that is kept.",
    );
  return description.unknownBecause === null
    ? l10n.t("Density mostly reflects the random initial mask. The first tab shows what training changed.")
    : l10n.t("Density mostly reflects the random initial mask.");
}

interface Props {
  readonly mask: MaskDescription;
  readonly detail: DetailStore;
}

const rateOf = (matrix: MatrixDescription): number => 1 - matrix.sparsity;

const detailOf = (matrix: MatrixDescription): string =>
  [
    `${matrix.name}: ${l10n.t("{0} % of {1} weights kept", percent(rateOf(matrix), 2), grouped(matrix.rows * matrix.columns))}`,
    ...(matrix.expected === null ? [] : [changeText(matrix)]),
  ].join("; ");

function Matrices({ mask, detail }: Props) {
  const { cellOf, legend } = ratesOf(mask, { rateOf, detailOf, scale: useScale(false) });
  return (
    <Figure
      title={l10n.t("Kept, % by matrix")}
      aside={l10n.t("of all weights in the matrix")}
      choosers={<ScaleChooser />}
    >
      <KindGrid
        label={l10n.t("Density by layer and matrix kind")}
        matrices={mask.matrices}
        kinds={mask.kinds.map(({ kind }) => kind)}
        cellOf={cellOf}
        detail={detail}
        onOpen={openMatrix}
      />
      {legend}
    </Figure>
  );
}

/** Heads that are kept or pruned as a whole: their weights do not count one by one, so there is no z. */
function WholeHeads({ mask, detail }: Props) {
  return (
    <HeadsFigure
      mask={mask}
      aside={l10n.t("% kept, of all weights in the head")}
      label={l10n.t("Density by layer and attention head")}
      cellOf={({ density, ...head }) => ({
        text: percent(density, 1),
        colour: rateColour(density, 0, 1),
        detail: l10n.t("head {0}: {1} % kept", headName(head), percent(density, 2)),
      })}
      detail={detail}
      legend={rateLegend("0 %", l10n.t("same in every mask"), "100 %")}
    />
  );
}

function Heads({ mask, detail }: Props) {
  useTheme();
  const mode = brightness();
  return (
    <HeadsFigure
      mask={mask}
      aside={l10n.t(
        "% kept; coloured by z relative to randomly placed zeros in the same matrices; z is not corrected for clustering, so no head is marked",
      )}
      label={l10n.t("Density by layer and attention head")}
      cellOf={(head) => {
        const { rate, error, z } = keptAgainst(mask, head);
        return {
          text: percent(head.density, 1),
          colour: zColour(z, mode),
          detail: l10n.t(
            "head {0}: {1} % kept, its matrices {2} % (± {3} if zeros were randomly placed), z {4}",
            ...[headName(head), percent(head.density, 2), percent(rate, 2), percent(1.96 * error, 2)],
            fixed(z, 1),
          ),
        };
      }}
      detail={detail}
      legend={<ZLegend />}
    />
  );
}

/** The note for saved figures: what the numbers are compared with. */
const note = ({ units }: MaskDescription): string =>
  units
    ? l10n.t("Kept weights, % of all weights in the matrix or in the head.")
    : l10n.t(
        "Matrices: kept weights, % of all weights in the matrix. Heads: coloured by z relative to randomly placed zeros in the same matrices; z is not corrected for clustering.",
      );

// What training changed, by layer and matrix kind.

import type { Changed, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { brightness, zColour } from "../draw/colours.ts";
import type { DetailStore } from "../draw/detail.tsx";
import { effectShort, effectText, markedWords, withMarks } from "../draw/effects.ts";
import type { Cell } from "../draw/grid.tsx";
import { KindGrid } from "../draw/layer-grids.tsx";
import { layerTitle } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped } from "../ui/numbers.ts";
import { Figure } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { useTheme } from "../ui/theme.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { ratesOf, ScaleChooser, useScale } from "./rates.tsx";
import { prunedShare, regrownShare } from "./shares.ts";
import { openMatrix, type Scale, saved } from "./state.ts";

interface FlipsProps {
  readonly mask: MaskDescription;
  readonly detail: DetailStore;
}

export function Flips({ mask, detail }: FlipsProps) {
  useTheme();
  const flips = useStore(saved, (state) => state.flips);
  const scale = useScale(flips === "pruned");
  const { title, aside, legend, ...cells } = flips === "expected" ? againstExpected(mask) : shares(mask, flips, scale);
  const choosers = (
    <>
      <FlipsChooser />
      {flips !== "expected" && <ScaleChooser byZ={flips === "pruned"} />}
    </>
  );
  return (
    <Figure title={title} aside={aside} choosers={choosers}>
      <KindGrid
        label={l10n.t("Flips by layer and matrix kind")}
        matrices={mask.matrices}
        kinds={mask.kinds.map(({ kind }) => kind)}
        {...cells}
        detail={detail}
        onOpen={openMatrix}
      />
      {legend}
    </Figure>
  );
}

function FlipsChooser() {
  const flips = useStore(saved, (state) => state.flips);
  return (
    <Dropdown
      label={l10n.t("Which flips")}
      options={[
        ["pruned", l10n.t("Pruned")],
        ["regrown", l10n.t("Regrown")],
        ["expected", l10n.t("Pruned / expected")],
      ]}
      chosen={flips}
      onChange={(chosen) => saved.change({ flips: chosen === "regrown" || chosen === "expected" ? chosen : "pruned" })}
    />
  );
}

/** The fraction of each matrix's weights that training pruned or regrew. */
function shares(mask: MaskDescription, flips: "pruned" | "regrown", scale: Scale) {
  const isPruned = flips === "pruned";
  const share = isPruned
    ? l10n.t("of the weights kept at the start")
    : l10n.t("of the weights that were off at the start");
  return {
    title: isPruned ? l10n.t("Pruned, % by matrix") : l10n.t("Regrown, % by matrix"),
    aside: isPruned ? withMarks(share, mask.matrices) : share,
    ...ratesOf(mask, {
      ...{ rateOf: isPruned ? prunedShare : regrownShare, detailOf, marks: isPruned, logarithmic: true, scale },
    }),
  };
}

/** Effects by matrix, and over all matrices of each layer and of each kind. */
function againstExpected(mask: MaskDescription) {
  const mode = brightness();
  const cellOf = (part: Changed, detail: string, opens?: string): Cell | null =>
    part.z === null
      ? null
      : {
          ...{ text: effectShort(part.effect), colour: zColour(part.z, mode), detail },
          marked: part.marked === true,
          ...(opens !== undefined && { opens }),
        };
  const against = l10n.t("given the initial scores, at the pruning rates of all matrices; coloured by z");
  return {
    title: l10n.t("Pruned / expected"),
    aside: withMarks(against, mask.matrices),
    cellOf: (matrix: MatrixDescription) => cellOf(matrix, detailOf(matrix), matrix.name),
    together: {
      layer: (layer: number | null) => {
        const part = mask.layers.find((one) => one.layer === layer);
        return part && cellOf(part, `${layerTitle(layer)}: ${changeText(part)}; ${markedWords(mask.layers)}`);
      },
      kinds: mask.kinds.map((part) => cellOf(part, `${part.kind}: ${changeText(part)}; ${markedWords(mask.kinds)}`)),
    },
    legend: <ZLegend />,
  };
}

const detailOf = (matrix: MatrixDescription): string =>
  [
    `${matrix.name}: ${l10n.t("{0} pruned, {1} regrown", grouped(matrix.pruned!), grouped(matrix.regrown!))}`,
    ...(matrix.expected === null ? [] : [changeText(matrix)]),
  ].join("; ");

/** The effect, then its counts, z, and φ (the clustering that the interval and z are corrected for). */
export function changeText({ pruned, expected, effect, z, phi }: Omit<Changed, "regrown">): string {
  return l10n.t(
    "{0} times the expected count: {1} pruned, {2} expected given the initial scores; z {3}, φ {4}",
    ...[effectText(effect), grouped(pruned!), grouped(expected!), fixed(z, 1), fixed(phi, 2)],
  );
}

// Colours matrices by a rate, on a scale that covers the mask's layers or is the same for all masks, or colours them by z.

import type { MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { brightness, rateColour, zColour } from "../draw/colours.ts";
import type { Cell } from "../draw/grid.tsx";
import { ZLegend } from "../draw/legend.tsx";
import { ownScale, rateLegend } from "../draw/rate-scale.tsx";
import * as l10n from "../ui/l10n.ts";
import { percent } from "../ui/numbers.ts";
import { useStore } from "../ui/store.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { type Scale, saved } from "./state.ts";

/** The ends of the logarithmic fixed scale; rates after few and after many steps differ by orders of magnitude. */
const FIXED = { low: 0.0001, high: 1 };

interface Rates {
  /** null: unknown (yet). */
  readonly rateOf: (matrix: MatrixDescription) => number | null;
  readonly detailOf: (matrix: MatrixDescription) => string;
  readonly marks?: boolean;
  /** Whether the "fixed" scale is logarithmic instead of linear from 0 to 100 %. */
  readonly logarithmic?: boolean;
  readonly scale: Scale;
}

/** The cells of a grid of rates, and the legend for their colours. */
export function ratesOf(
  { matrices }: MaskDescription,
  { rateOf, detailOf, marks = false, logarithmic = false, scale }: Rates,
) {
  const known = (of: readonly MatrixDescription[]) => of.flatMap((matrix) => rateOf(matrix) ?? []);
  const inLayers = known(matrices.filter(({ layer }) => layer !== null));
  const all = inLayers.length ? inLayers : [0, ...known(matrices)];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const digits = most - least < 0.005 ? 2 : 1;
  const { colourOf, legend } = {
    own: () => ownScale(all, known(matrices), digits, l10n.t("this mask's own range")),
    fixed: () => fixedScale(logarithmic),
    z: zScaled,
  }[scale]();
  const cellOf = (matrix: MatrixDescription): Cell | null => {
    const rate = rateOf(matrix);
    const colour = rate === null ? null : colourOf(rate, matrix);
    if (rate === null || !colour) return null;
    return {
      text: percent(rate, rate >= 0.1 && least < 0.5 ? digits - 1 : digits),
      colour,
      detail: detailOf(matrix),
      marked: marks && matrix.marked === true,
      opens: matrix.name,
    };
  };
  return { cellOf, legend };
}

function fixedScale(logarithmic: boolean) {
  if (!logarithmic)
    return {
      colourOf: (rate: number) => rateColour(rate, 0, 1),
      legend: rateLegend("0 %", l10n.t("same in every mask"), "100 %"),
    };
  const [low, high] = [Math.log(FIXED.low), Math.log(FIXED.high)];
  const [least, most] = [percent(FIXED.low, 2), percent(FIXED.high, 0)];
  return {
    colourOf: (rate: number) => rateColour(Math.log(Math.max(FIXED.low, rate)), low, high),
    legend: rateLegend(l10n.t("≤ {0} %", least), l10n.t("1 %, same in every mask"), `${most} %`),
  };
}

function zScaled() {
  const mode = brightness();
  return {
    colourOf: (_: number, { z }: MatrixDescription) => (z === null ? null : zColour(z, mode)),
    legend: <ZLegend />,
  };
}

/** Chooses the colour scale of a grid of rates. */
export function ScaleChooser({ byZ = false }: { readonly byZ?: boolean }) {
  const scale = useScale(byZ);
  return (
    <Dropdown
      label={l10n.t("Colour scale")}
      options={[
        ["own", l10n.t("Colours: own range")],
        ["fixed", l10n.t("Colours: same in every mask")],
        ...(byZ ? [["z", l10n.t("Colours: by z")] as const] : []),
      ]}
      chosen={scale}
      onChange={(chosen) => saved.change({ scale: chosen as Scale })}
    />
  );
}

/** The chosen scale; if that is z and the grid cannot be coloured by z, the mask's own range. */
export function useScale(byZ: boolean): Scale {
  const scale = useStore(saved, (state) => state.scale);
  return (scale === "z" && byZ) || scale === "fixed" ? scale : "own";
}

// Colours for rates, on a scale that covers those of the layers, and the legend.

import * as l10n from "../ui/l10n.ts";
import { percent } from "../ui/numbers.ts";
import { rateColour } from "./colours.ts";
import { Legend } from "./legend.tsx";

const SCALE = Array.from({ length: 64 }, (_, i) => rateColour(i, 0, 63));

/** The scale spans at least this fraction of the highest rate (or of 1 − the lowest), so that tiny differences look small. */
const NARROWEST = 0.2;

/** A scale that covers `covered`; others of `all` may be off the scale and get the colour of its nearest end. */
export function ownScale(covered: readonly number[], all: readonly number[], digits: number, middle: string) {
  // Not spread into arguments: the evaluations of a long run have hundreds of thousands.
  const least = covered.reduce((a, b) => Math.min(a, b));
  const most = covered.reduce((a, b) => Math.max(a, b));
  const half = Math.max((most - least) / 2, (NARROWEST / 2) * Math.min(most, 1 - least));
  const low = Math.max(0, (least + most) / 2 - half);
  const high = Math.min(1, (least + most) / 2 + half);
  const [below, above] = [all.some((rate) => rate < low), all.some((rate) => rate > high)];
  const [from, to] = [percent(low, digits), percent(high, digits)];
  return {
    colourOf: (rate: number) => rateColour(rate, low, high),
    legend: rateLegend(
      below ? l10n.t("≤ {0} %", from) : `${from} %`,
      middle,
      above ? l10n.t("≥ {0} %", to) : `${to} %`,
    ),
  };
}

export const rateLegend = (low: string, middle: string, high: string) => (
  <Legend colours={SCALE} low={low} middle={middle} high={high} />
);

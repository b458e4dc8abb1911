// What the effects of a mask's parts are called, and their numbers as text. Pure but for translations.

import type { Interval } from "../../../src/mask/metadata.ts";
import type { Change, Effects, PartEffect } from "../../../src/messages/effect.ts";
import { headName, placeOf } from "../../draw/layers.ts";
import * as l10n from "../../ui/l10n.ts";
import { fixed, grouped, signed } from "../../ui/numbers.ts";

/** Losses are shown in thousandths of a nat, so that they fit into a cell. */
export const THOUSANDTHS = 1000;

export const CHANGES: readonly (readonly [Change, string])[] = [
  ["restored", l10n.t("Restore the initial mask")],
  ["zeroed", l10n.t("Set to zero")],
  ["swapped", l10n.t("Swap with another mask…")],
];

/** The end of a sentence that begins with "Change of loss if". */
export const CHANGED: Readonly<Record<Change, string>> = {
  restored: l10n.t("the part's initial mask is restored"),
  zeroed: l10n.t("all masked weights of the part are set to zero (biases stay)"),
  swapped: l10n.t("the part gets the other mask's bits"),
};

export function partName({ layer, head, kind }: PartEffect): string {
  const name = head === null ? "" : headName({ layer: layer!, head });
  if (kind === "cross") return l10n.t("cross-attention head {0}", name);
  return kind === "all" ? l10n.t("head {0}", name) : placeOf({ layer, kind });
}

/** A change of the loss in thousandths: "+34", "0.4"; if it is estimated, "~34". */
export function lossShort({ measured, estimate }: PartEffect): string {
  const value = THOUSANDTHS * (measured?.loss.value ?? estimate ?? 0);
  const digits = Math.abs(value) < 0.95 ? 1 : 0;
  return measured ? signed(value, digits) : `~${fixed(value, digits)}`;
}

/** "+0.0341 (95 % confidence interval +0.0210 to +0.0480)"; `of` formats a number. */
export function intervalText({ value, low, high }: Interval, of: (value: number) => string): string {
  return low === null || high === null
    ? l10n.t("{0} (no interval: every sample of examples gives this difference)", of(value))
    : l10n.t("{0} (95 % confidence interval {1} to {2})", of(value), of(low), of(high));
}

export const lossText = (value: number | null): string => signed(value, 4);
export const pointsText = (value: number): string => signed(100 * value, 1);
export const pText = (p: number): string => (p < 0.0001 ? "< 0.0001" : p.toFixed(p < 0.1 ? 4 : 2));

/** All that is known of a part, for the detail line. */
export function detailOf(part: PartEffect, { task: { metric } }: Effects): string {
  const { measured, changed, weights, estimate, z } = part;
  const bits = l10n.t("{0} of {1} bits change", grouped(changed), grouped(weights));
  const about = l10n.t("estimated change of loss {0}", lossText(estimate));
  const own = z === null ? [] : [l10n.t("z {0}", fixed(z, 1))];
  if (!measured) return `${partName(part)}: ${[about, l10n.t("not measured"), bits, ...own].join("; ")}`;
  const { loss, metric: points, mcnemar, logits } = measured;
  return `${partName(part)}: ${[
    l10n.t("change of loss {0}", intervalText(loss, lossText)),
    l10n.t("{0} in points {1}", metric, intervalText(points, pointsText)),
    ...(mcnemar ? [l10n.t("p (Holm) {0}", pText(mcnemar.pHolm))] : []),
    l10n.t("largest change of a logit {0}", logits.toPrecision(2)),
    ...[about, bits, ...own],
  ].join("; ")}`;
}

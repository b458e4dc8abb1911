// The texts for layers, matrices and heads in the view of masks. The description starts with the most important figures because
// the view is narrow; the tooltip explains them.

import * as vscode from "vscode";
import type { Changed } from "../../mask/describe.ts";
import { fixed, grouped } from "../../numbers.ts";
import { percent } from "../ui/words.ts";

/** A part's counts; heads have no count of regrown weights. */
export type Part = Omit<Changed, "regrown"> & { readonly regrown?: number | null; readonly sparsity: number };

export const sparsityText = (share: number): string => vscode.l10n.t("sparsity {0}", percent(share, 2));

/** "z 7.1 ● · 1.33× · sparsity 5.10 %" */
export function partDescription({ pruned, effect, z, marked, sparsity }: Part): string {
  if (pruned === null) return sparsityText(sparsity);
  return [`z ${fixed(z, 1)}${marked ? " ●" : ""}`, `${fixed(effect?.value, 2)}×`, sparsityText(sparsity)].join(" · ");
}

/** `facts`: lines that identify the part, such as its name and shape. */
export function partTooltip(part: Part, facts: readonly string[]): string {
  return [...facts, sparsityText(part.sparsity), ...changeLines(part)].join("\n");
}

function changeLines({ pruned, regrown, expected, effect, z, marked }: Part): string[] {
  if (pruned === null)
    return [vscode.l10n.t("The changes made by training are unknown because the initial mask is unknown.")];
  const range =
    effect && effect.low !== null && effect.high !== null
      ? ` (${vscode.l10n.t("95 % confidence interval {0} to {1}", fixed(effect.low, 2), fixed(effect.high, 2))})`
      : "";
  return [
    `${vscode.l10n.t("pruned: {0}; expected given the initial scores: {1}", grouped(pruned), expected === null ? "–" : grouped(Math.round(expected)))}`,
    effect
      ? `${vscode.l10n.t("effect {0}: pruned / expected", fixed(effect.value, 2))}${range}`
      : vscode.l10n.t("no effect, because no pruned weights are expected"),
    z === null
      ? vscode.l10n.t("no z, because the count cannot vary")
      : vscode.l10n.t("z {0}: standard deviations from the expected count", fixed(z, 1)),
    marked
      ? vscode.l10n.t("● significant after correction for multiple tests (false discovery rate 5 %)")
      : vscode.l10n.t("not significant after correction for multiple tests (false discovery rate 5 %)"),
    ...(regrown === undefined || regrown === null ? [] : [vscode.l10n.t("regrown: {0}", grouped(regrown))]),
  ];
}

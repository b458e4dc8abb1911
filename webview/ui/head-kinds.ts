// The matrix kinds in which attention heads can be shown.

import type { HeadKind } from "../../src/kinds.ts";
import * as l10n from "./l10n.ts";

export const KINDS: readonly (readonly [HeadKind | "all", string])[] = [
  ["all", l10n.t("Q, K, V and AO together")],
  ["Q", l10n.t("Q rows")],
  ["K", l10n.t("K rows")],
  ["V", l10n.t("V rows")],
  ["AO", l10n.t("AO columns")],
];

/** "Attention heads", followed by the chosen matrix kind unless all kinds are chosen. */
export function headsTitle(kind: HeadKind | "all"): string {
  const name = KINDS.find(([one]) => one === kind)?.[1];
  return kind === "all" || !name ? l10n.t("Attention heads") : l10n.t("Attention heads, {0}", name);
}

// What is shown of attention heads: whole heads, or their parts in one kind of matrix.

import {
  HEAD_VIEWS,
  type HeadLayout,
  type HeadView,
  isByColumn,
  isGrouped,
  isWholeHead,
  kindsOfView,
  sharedBy,
} from "../../src/anatomy/heads.ts";
import { SELF_KINDS } from "../../src/kinds.ts";
import * as l10n from "./l10n.ts";

export function viewName(view: HeadView, layout: HeadLayout): string {
  const shared = sharedBy(view, layout);
  if (shared > 1) return l10n.t("{0} rows, each head shared by {1} heads of queries", view, shared);
  if (!isWholeHead(view)) return isByColumn(view) ? l10n.t("{0} columns", view) : l10n.t("{0} rows", view);
  const kinds = kindsOfView(view, layout);
  const together = l10n.t("{0} and {1} together", kinds.slice(0, -1).join(", "), kinds.at(-1)!);
  return view === "all" ? together : l10n.t("{0} (cross attention)", together);
}

/** The views to choose from, with their names: those of self-attention, and of cross attention those that there are. */
export const headViews = (layout: HeadLayout, isThere: (view: HeadView) => boolean): (readonly [HeadView, string])[] =>
  HEAD_VIEWS.filter((view) => view === "all" || SELF_KINDS.some((kind) => kind === view) || isThere(view)).map(
    (view) => [view, viewName(view, layout)],
  );

/** Why whole heads have no part of K and V; undefined if they have. */
export function sharedWords(view: HeadView, layout: HeadLayout): string | undefined {
  if (!isWholeHead(view) || !isGrouped(layout)) return undefined;
  const [keys, values] = view === "all" ? ["K", "V"] : ["CK", "CV"];
  return l10n.t(
    "{0} and {1} are shared by {2} heads each, so a head has no part of them; choose their rows to see them.",
    ...[keys!, values!, sharedBy("K", layout)],
  );
}

/** "Attention heads", followed by the chosen view unless it is that of whole heads in self-attention. */
export const headsTitle = (view: HeadView, layout: HeadLayout): string =>
  view === "all" ? l10n.t("Attention heads") : l10n.t("Attention heads, {0}", viewName(view, layout));

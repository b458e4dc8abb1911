// How attention heads divide the matrices of a model. With grouped queries (Ainslie et al. 2023, arXiv 2305.13245) there
// are fewer heads of keys and values than of queries, and several heads share each.

import { CROSS_KINDS, type HeadKind, SELF_KINDS } from "../kinds.ts";

export interface HeadLayout {
  /** Heads of queries, which are those of attention outputs. */
  readonly heads: number;
  /** Heads of keys and values, if they are fewer. */
  readonly keyHeads?: number | undefined;
}

/** A head over all matrices in which it has a part of its own: in self-attention ("all"), or in cross attention. */
export const WHOLE_HEADS = ["all", "cross"] as const;
export type WholeHead = (typeof WHOLE_HEADS)[number];
/** What is shown of heads: whole heads, or their parts in matrices of one kind. */
export type HeadView = HeadKind | WholeHead;
export const HEAD_VIEWS: readonly HeadView[] = ["all", ...SELF_KINDS, "cross", ...CROSS_KINDS];

export const isWholeHead = (view: HeadView): view is WholeHead => WHOLE_HEADS.some((whole) => whole === view);

const KEY_KINDS: readonly string[] = ["K", "V", "CK", "CV"] satisfies HeadKind[];

/** Whether columns instead of rows are divided among heads. */
export const isByColumn = (kind: string): boolean => kind === "AO" || kind === "CAO";

/** Whether several heads share each head of keys and values. */
export const isGrouped = ({ heads, keyHeads = heads }: HeadLayout): boolean => keyHeads < heads;

/** How many heads there are in a view: `keyHeads` in the kinds of keys and values. */
export const headCount = (view: HeadView, { heads, keyHeads = heads }: HeadLayout): number =>
  KEY_KINDS.includes(view) ? keyHeads : heads;

/** How many heads of queries share each head of this kind. */
export const sharedBy = (view: HeadView, layout: HeadLayout): number => layout.heads / headCount(view, layout);

/** The whole head that a part belongs to; null for keys and values that several heads share. */
export function wholeOf(view: HeadView, layout: HeadLayout): WholeHead | null {
  if (isWholeHead(view)) return view;
  if (sharedBy(view, layout) > 1) return null;
  return SELF_KINDS.some((kind) => kind === view) ? "all" : "cross";
}

/** The kinds in which the heads of a view have their parts. */
export function kindsOfView(view: HeadView, layout: HeadLayout): readonly HeadKind[] {
  if (!isWholeHead(view)) return [view];
  return (view === "all" ? SELF_KINDS : CROSS_KINDS).filter((kind) => wholeOf(kind, layout));
}

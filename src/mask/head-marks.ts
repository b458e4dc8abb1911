// Which attention heads have significant results, over all their matrices together and in each kind of matrix.

import { type HeadLayout, type HeadView, isWholeHead, wholeOf } from "../anatomy/heads.ts";
import { discoveries } from "./significance.ts";

interface Tested {
  readonly layer: number;
  readonly head: number;
  readonly kind: HeadView;
  readonly z: number | null;
}

/** Whether a result is tested on its own: that of a whole head, or of keys or values that several heads share. */
export const isOnItsOwn = (kind: HeadView, layout: HeadLayout): boolean =>
  isWholeHead(kind) || wholeOf(kind, layout) === null;

/**
 * Whether each head is marked, in the given order. The results of whole heads, and of keys and values that several heads
 * share, form one family. A head's result in one kind of matrix is marked only if it is significant among all such
 * results and the whole head is marked; a second, independent family would double the false positives.
 */
export function headMarks(heads: readonly Tested[], layout: HeadLayout): boolean[] {
  const marks = new Map<Tested, boolean>();
  for (const isFirst of [true, false]) {
    const family = heads.filter(({ kind }) => isOnItsOwn(kind, layout) === isFirst);
    const found = discoveries(family.map(({ z }) => z));
    for (const [i, head] of family.entries()) marks.set(head, found[i]!);
  }
  const nameOf = ({ layer, head, kind }: Tested) => `${layer} ${head} ${wholeOf(kind, layout) ?? kind}`;
  const found = new Set(heads.filter((head) => isOnItsOwn(head.kind, layout) && marks.get(head)).map(nameOf));
  return heads.map((head) => marks.get(head)! && found.has(nameOf(head)));
}

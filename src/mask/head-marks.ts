// Which attention heads have significant results, over all their matrices together and in each kind of matrix.

import type { HeadKind } from "../kinds.ts";
import { discoveries } from "./significance.ts";

interface Tested {
  readonly layer: number;
  readonly head: number;
  readonly kind: HeadKind | "all";
  readonly z: number | null;
}

/**
 * Whether each head is marked, in the given order. The results of heads over all their matrices form one family. A
 * head's result in one kind of matrix is marked only if it is significant among all such results and the head's result
 * over all its matrices is marked; a second, independent family would double the false positives.
 */
export function headMarks(heads: readonly Tested[]): boolean[] {
  const marks = new Map<Tested, boolean>();
  for (const isWhole of [true, false]) {
    const family = heads.filter(({ kind }) => (kind === "all") === isWhole);
    const found = discoveries(family.map(({ z }) => z));
    for (const [i, head] of family.entries()) marks.set(head, found[i]!);
  }
  const nameOf = ({ layer, head }: Tested) => `${layer} ${head}`;
  const whole = new Set(heads.filter((head) => head.kind === "all" && marks.get(head)).map(nameOf));
  return heads.map((head) => marks.get(head)! && whole.has(nameOf(head)));
}

// A comparison in words: the answer in a sentence, what to beware of, and the numbers of a part.

import type { HeadLikeness, Likeness, PairComparison } from "../src/mask/compare.ts";
import { CLEAR, discoveries } from "../src/mask/significance.ts";
import { nameOf, told } from "./diff-state.ts";
import { el } from "./dom.ts";
import { t } from "./host.ts";
import { count, fixed } from "./numbers.ts";
import { hint, strong } from "./parts.ts";

/** The answer first. */
export function sentence({ lift, z, d, chance, blocks, heads, over }: PairComparison): (Node | string)[] {
  if (lift === null || z === null)
    return [
      told.complete
        ? t("Whether they overlap more than chance cannot be told.")
        : t("Making the initial masks again, to tell what chance would do."),
      ` ${t("The paper's dissimilarity d is {0}, by chance {1}.", fixed(d, 4), fixed(chance, 4))}`,
    ];
  const where = over === "lower blocks" ? t("Over the encoder's matrices") : t("Over the shared matrices");
  const how =
    Math.abs(z) < CLEAR
      ? z > 0
        ? t("not clearly more often than by chance")
        : t("not clearly less often than by chance")
      : z > 0
        ? t("more often than by chance")
        : t("less often than by chance");
  const most = [...blocks].filter((block) => block.z !== null).sort((x, y) => y.z! - x.z!)[0];
  const head = [...standingOut(heads)].sort((x, y) => y.z! - x.z!)[0];
  return [
    `${where} ${t("the two dropped the same weights")} `,
    strong(how),
    `: ${t("{0} times as often as their initial scores let expect", fixed(lift.value, 3))} (z ${fixed(z, 1)}). `,
    ...(most && most.z! >= CLEAR
      ? [
          `${t("Most clearly in block {0} (lift {1}, z {2})", most.block, fixed(most.lift?.value, 2), fixed(most.z, 1))}`,
        ]
      : []),
    ...(most && most.z! >= CLEAR && head && head.z! > 0
      ? [t(", among attention heads in {0}.{1} (z {2})", head.block, head.head, fixed(head.z, 1))]
      : []),
    ...(most && most.z! >= CLEAR ? [". "] : []),
    el(
      "span",
      { className: "aside" },
      t(
        "The paper's dissimilarity d is {0}, by chance {1}: it sees seeds and zero shares, not the task.",
        fixed(d, 4),
        fixed(chance, 4),
      ),
    ),
  ];
}

/** Heads whose overlap, or another z of theirs, survives Benjamini and Hochberg's correction for their number. */
export function standingOut(
  heads: readonly HeadLikeness[],
  of: (head: HeadLikeness) => number | null = ({ z }) => z,
): ReadonlySet<HeadLikeness> {
  const known = heads.filter((head) => of(head) !== null);
  const standOut = discoveries(known.map((head) => of(head)!));
  return new Set(known.filter((_, i) => standOut[i]));
}

export function warnings({ notes, onlyA, onlyB, a, b, shared }: PairComparison): Node[] {
  const rest = onlyA.length + onlyB.length;
  const compared = t(
    "Compared on the {0} matrices that both mask; {1} only in {2}, {3} only in {4}.",
    ...[shared.length, onlyA.length, nameOf(a), onlyB.length, nameOf(b)],
  );
  return [
    ...(told.complete ? notes : []).map((note) =>
      el("p", { className: "warning" }, `${note[0]?.toUpperCase() ?? ""}${note.slice(1)}.`),
    ),
    ...(rest ? [hint(compared)] : []),
  ];
}

export const detailOf = ({ lift, z, observed, expected, d, chance }: Likeness): string =>
  t(
    "lift {0}, z {1}, {2} dropped by both and {3} expected; d {4}, by chance {5}",
    ...[fixed(lift?.value, 3), fixed(z, 1), count(observed), count(expected), fixed(d, 4), fixed(chance, 4)],
  );

// The words of a page and what they mean: tooltips on column headers, and the glossary at its end.

import { t } from "./host.ts";

type Words = readonly (readonly [word: string, meaning: string])[];

const learnt = new Map<string, string>();

/** Adds terms to the glossary; call it before drawing. */
export function learn(...words: Words): void {
  for (const [word, meaning] of words) learnt.set(word, meaning);
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ Q: t("query"), K: t("key"), V: t("value"), AO: t("attention output"), I: t("intermediate"), O: t("output") },
  ...{ P: t("pooler"), T: t("classifier") },
};

export const learntWords = (): Words => [...learnt];

/** Empty if the word needs no explanation. */
export const meaningOf = (word: string): string =>
  (Object.hasOwn(KINDS, word) ? KINDS[word] : undefined) ?? learnt.get(word.replace("\n", " ")) ?? "";

/** Terms used on pages of one mask and of several. */
export const maskWords = (): Words => [
  [
    t("matrix"),
    Object.entries(KINDS)
      .map((kind) => kind.join(" "))
      .join(", "),
  ],
  [t("above"), t("outside the layers: the pooler and the classifier")],
  [
    t("head"),
    t("attention head: L3H9 is head 9 of layer 3, both counted from 0. It owns rows of Q, K and V and columns of AO"),
  ],
  [t("pruned"), t("on in the initial mask, off after training")],
  [
    t("expected"),
    t(
      "the count expected given the initial scores: a weight whose initial score is close to the threshold flips more easily",
    ),
  ],
  ["95 %", t("95 % confidence interval of the preceding number")],
  [
    "●",
    t(
      "marked: significant after correction for multiple tests among all regions of its kind (Benjamini–Hochberg, false discovery rate 5 %)",
    ),
  ],
];

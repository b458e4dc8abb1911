// The terms that a page uses and their meanings: tooltips on column headers, and the glossary.

import { type HeadLayout, sharedBy } from "../../src/anatomy/heads.ts";
import type { Stacks } from "../../src/anatomy/layers.ts";
import * as l10n from "./l10n.ts";

type Words = readonly (readonly [word: string, meaning: string])[];

const learnt = new Map<string, string>();

/** Adds terms to the glossary; call it before rendering. */
export function learn(...words: Words): void {
  for (const [word, meaning] of words) learnt.set(word, meaning);
}

const KINDS: Readonly<Record<string, string>> = {
  ...{
    Q: l10n.t("query"),
    K: l10n.t("key"),
    V: l10n.t("value"),
    AO: l10n.t("attention output"),
    CQ: l10n.t("cross-attention query"),
    CK: l10n.t("cross-attention key"),
    CV: l10n.t("cross-attention value"),
    CAO: l10n.t("cross-attention output"),
    G: l10n.t("gate"),
    I: l10n.t("intermediate"),
    O: l10n.t("output"),
  },
  ...{ P: l10n.t("pooler"), T: l10n.t("classifier") },
};

export const learntWords = (): Words => [...learnt];

/** What I and O are called beside a gate. */
const GATED: Readonly<Record<string, string>> = { ...KINDS, I: l10n.t("up"), O: l10n.t("down") };

/** The names of the kinds in the page's model. */
let kindNames = KINDS;

/** The meaning of a term; empty if it needs no explanation. */
export const meaningOf = (word: string): string =>
  (Object.hasOwn(kindNames, word) ? kindNames[word] : undefined) ?? learnt.get(word.replaceAll("\n", " ")) ?? "";

/** Matrix kinds spelled out: "Q query, K key". */
export const kindWords = (kinds: readonly string[]): string =>
  kinds.map((kind) => [kind, ...(Object.hasOwn(kindNames, kind) ? [kindNames[kind]] : [])].join(" ")).join(", ");

/** Adapts the terms to the page's model, which has these kinds of matrices; call it before rendering. */
export function learnModel(base: HeadLayout & Stacks, kinds: readonly string[]): void {
  kindNames = kinds.includes("G") ? GATED : KINDS;
  learn(...modelWords(base, kinds));
}

function modelWords(base: HeadLayout & Stacks, kinds: readonly string[]): readonly [Words[number], Words[number]] {
  const shared = sharedBy("K", base);
  return [
    [l10n.t("matrix"), kindWords(kinds)],
    [
      l10n.t("head"),
      [
        base.encoderLayers === undefined
          ? l10n.t("attention head: L3H9 is head 9 of layer 3, both counted from 0")
          : l10n.t(
              "attention head: E3H9 is head 9 of the encoder's layer 3, D3H9 of the decoder's, all counted from 0",
            ),
        shared > 1
          ? l10n.t("It owns rows of Q and columns of AO; {0} heads share each head of K and V", shared)
          : l10n.t("It owns rows of Q, K and V and columns of AO"),
        ...(kinds.includes("CAO") ? [l10n.t("A head of cross attention owns parts of CQ, CK, CV and CAO")] : []),
      ].join(". "),
    ],
  ];
}

/** Column headers, broken into short lines because the numbers below them are narrow. */
export const CONFIDENCE = l10n.t("95 %\nconfidence\ninterval");
export const EXPECTED = l10n.t("expected\ngiven initial\nscores");

export const confidenceWord = (): Words[number] => [
  CONFIDENCE.replaceAll("\n", " "),
  l10n.t("of the preceding number: the range that covers its true value in 95 % of cases"),
];

/** Terms used both on the page for one mask and on the page for several. */
export function maskWords(): Words {
  const [matrixWords, headWords] = modelWords({ heads: 1 }, ["Q", "K", "V", "AO", "I", "O", "P", "T"]);
  return [
    matrixWords,
    [l10n.t("above"), l10n.t("outside the layers: the pooler and the classifier")],
    headWords,
    [l10n.t("pruned"), l10n.t("on in the initial mask, off after training")],
    [
      l10n.t("initial scores"),
      l10n.t(
        "one number per weight, drawn from the mask seed, or for initial masks by magnitude also from the weight itself; a weight whose score is above the threshold is on in the initial mask",
      ),
    ],
    [
      EXPECTED.replaceAll("\n", " "),
      l10n.t(
        "the count expected given the initial scores: a weight whose initial score is close to the threshold flips more easily",
      ),
    ],
    confidenceWord(),
    [
      "●",
      l10n.t(
        "marked: significant after correction for multiple tests among all regions of its kind (Benjamini–Hochberg, false discovery rate 5 %)",
      ),
    ],
  ];
}

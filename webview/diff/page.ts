// The page of two or more masks: whether and where they overlap more than chance, their heads side by side, and their matrices
// on one canvas with four states or in synchronized views.

import type { PairComparison } from "../../src/mask/compare.ts";
import type { ToDiff } from "../../src/messages.ts";
import { brightness, WEIGHTS } from "../draw/colours.ts";
import { swatch } from "../draw/key.ts";
import { el } from "../ui/dom.ts";
import { listen, t } from "../ui/host.ts";
import { failure, hint } from "../ui/parts.ts";
import { keepingPlace } from "../ui/place.ts";
import { onceAFrame, onThemeChange } from "../ui/redraw.ts";
import { sayFaults } from "../ui/say-faults.ts";
import { type Tab, tabbed } from "../ui/tabs.ts";
import { glossary, learn, maskWords } from "../ui/words.ts";
import { headsTab } from "./heads.ts";
import { matrixTab, stopBlinking } from "./matrix.ts";
import { numbersTab } from "./numbers.ts";
import { everyPair, overlapTab } from "./overlap.ts";
import { change, drawnBy, hear, state, told } from "./state.ts";
import { nullWords, relatedRow, sentence, titleOf, warnings } from "./words.ts";

const page = document.getElementById("page")!;
sayFaults();

learn(
  ...maskWords(),
  [
    t("lift"),
    t(
      "the effect: weights that both masks pruned, divided by the number expected given their initial scores; 1 if the masks prune independently",
    ),
  ],
  [
    t("reference pairs"),
    t("pairs of masks over this base model with unrelated tasks: the headline is compared with their lifts"),
  ],
  [
    "z",
    t(
      "for two masks, standard deviations from independence, by the covariance of their pruned weights; for one mask, standard deviations from the expected count, corrected for clustering",
    ),
  ],
  ["d", t("the paper's dissimilarity: weights in only one mask, divided by the weights of both masks together")],
  [t("d by chance"), t("d of two independent masks with the same densities")],
);

const TABS: readonly Tab<PairComparison>[] = [
  { id: "overlap", title: t("Overlap"), show: overlapTab },
  { id: "heads", title: t("Attention heads"), show: headsTab },
  { id: "matrix", title: t("Matrix"), show: matrixTab },
  { id: "numbers", title: t("Numbers"), show: numbersTab },
];

const render = () => keepingPlace(page, show);
const renderSoon = onceAFrame(render);
drawnBy(render);
show();
listen<ToDiff>((message) => {
  hear(message);
  if (message.type !== "matrices" || state.tab === "matrix") renderSoon();
});
onThemeChange(render);

function show(): void {
  stopBlinking();
  const { failed, pairs } = told;
  const pair = pairs[state.pair] ?? pairs[0];
  if (failed) page.replaceChildren(failure(failed));
  else if (pair) showPair(pair);
  else page.replaceChildren(hint(t("Reading the masks…")));
}

function showPair(pair: PairComparison): void {
  page.replaceChildren(
    el("h1", {}, ...title(pair)),
    el("p", { className: "sentence" }, ...sentence(pair)),
    el("p", { className: "hint null", aria: { live: "polite" } }, nullWords(pair)),
    ...[relatedRow(pair)].filter((row) => row !== null),
    ...warnings(pair),
    ...(told.pairs.length > 1 ? [everyPair()] : []),
    ...tabbed(t("Views"), TABS, state.tab, pair, (tab) => change({ tab })),
    glossary(),
  );
}

function title({ a, b }: PairComparison): (Node | string)[] {
  const between = el("span", { className: "aside" }, "↔");
  const { one, other } = WEIGHTS[brightness()];
  return [swatch(one), titleOf(a), " ", between, swatch(other), titleOf(b)];
}

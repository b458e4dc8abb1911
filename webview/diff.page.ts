// The page of two or more masks: whether they overlap more than chance and where, their heads beside each other, and their
// matrices on one canvas of four states with both sides locked.

import type { PairComparison } from "../src/mask/compare.ts";
import { brightness, WEIGHTS } from "./colours.ts";
import { headsTab } from "./diff-heads.ts";
import { matrixTab, stopBlinking } from "./diff-matrix.ts";
import { numbersTab } from "./diff-numbers.ts";
import { everyPair, overlapTab } from "./diff-overlap.ts";
import { change, drawnBy, hear, nameOf, state, told } from "./diff-state.ts";
import { sentence, warnings } from "./diff-words.ts";
import { el } from "./dom.ts";
import { listen, t } from "./host.ts";
import type { ToDiff } from "./messages.ts";
import { failure, hint, swatch } from "./parts.ts";
import { keepingPlace } from "./place.ts";
import { onceAFrame, onThemeChange } from "./redraw.ts";
import { type Tab, tabbed } from "./tabs.ts";
import { glossary, learn, maskWords } from "./words.ts";

const page = document.getElementById("page")!;

learn(
  ...maskWords(),
  [t("lift"), t("weights that both dropped, over what chance would give; 1 is chance")],
  ["d", t("dissimilarity of the paper: weights in one mask alone, over the weights of both masks together")],
  [t("d by chance"), t("d of two independent masks of the same keep rates")],
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
    ...warnings(pair),
    ...(told.pairs.length > 1 ? [everyPair()] : []),
    ...tabbed(t("Views"), TABS, state.tab, pair, (tab) => change({ tab })),
    glossary(),
  );
}

function title({ a, b }: PairComparison): (Node | string)[] {
  const between = el("span", { className: "aside" }, "↔");
  const { one, other } = WEIGHTS[brightness()];
  return [swatch(one), nameOf(a), " ", between, swatch(other), nameOf(b)];
}

// The page of one mask: a summary, what training changed by layer and head, what is kept, each matrix, exact figures, and the
// file's provenance.

import type { MaskDescription } from "../../src/mask/describe.ts";
import type { ToHeatmap } from "../../src/messages.ts";
import { el } from "../ui/dom.ts";
import { listen, t } from "../ui/host.ts";
import { failure, hint } from "../ui/parts.ts";
import { keepingPlace } from "../ui/place.ts";
import { onceAFrame, onThemeChange } from "../ui/redraw.ts";
import { sayFaults } from "../ui/say-faults.ts";
import { type Tab, tabbed } from "../ui/tabs.ts";
import { named } from "../ui/text.ts";
import { glossary, learn, maskWords } from "../ui/words.ts";
import { changedTab } from "./changed.ts";
import { keptTab } from "./kept.ts";
import { hearWeight, matrixTab } from "./matrix.ts";
import { numbersTab } from "./numbers.ts";
import { provenanceTab } from "./provenance.ts";
import { sentence, subtitle, warnings } from "./sentence.ts";
import { change, drawnBy, hear, state, told } from "./state.ts";

const page = document.getElementById("page")!;
sayFaults();

learn(
  ...maskWords(),
  [t("regrown"), t("off in the initial mask, on after training")],
  [t("sparsity, %"), t("share of the masked weights that are off")],
  [t("entropy bound"), t("the smallest size any code could reach if bits were independent at this sparsity")],
  ["|W|", t("absolute value of a base model weight")],
  [t("dead"), t("keeps no weight")],
  [t("effect"), t("pruned / expected")],
  [
    t("pruned / expected"),
    t("the effect: weights that training pruned, divided by the number expected given the initial scores; 1 by chance"),
  ],
  [
    "z",
    t("standard deviations from the expected count, corrected for clustering of pruned weights; read the effect first"),
  ],
  [
    "φ",
    t(
      "variance of the pruned counts relative to independent pruning: weights of one row or column tend to be pruned together. z and the interval are corrected for it where it exceeds 1",
    ),
  ],
  ["Stouffer", t("z of several seeds combined: the sum of their z divided by the square root of their number")],
);

const TABS: readonly Tab<MaskDescription>[] = [
  { id: "changed", title: t("Changed by training"), show: changedTab },
  { id: "kept", title: t("Kept"), show: keptTab },
  { id: "matrix", title: t("Matrix"), show: matrixTab },
  { id: "numbers", title: t("Numbers"), show: numbersTab },
  { id: "provenance", title: t("Provenance"), show: provenanceTab },
];

/** The tabs to redraw for each message; other tabs keep their focus and pinned cells. */
const SHOWN_IN: Partial<Record<ToHeatmap["type"], readonly string[]>> = {
  matrix: [], // it draws itself
  show: [],
  progress: ["changed"],
  seeds: ["changed"],
  details: ["numbers"],
  compressed: ["numbers"],
  weight: [],
};

const render = () => keepingPlace(page, show);
const renderSoon = onceAFrame(render);
drawnBy(render);
show();
listen<ToHeatmap>((message) => {
  if (message.type === "weight") hearWeight(message);
  else hear(message);
  if (SHOWN_IN[message.type]?.includes(state.tab) ?? true) renderSoon();
});
onThemeChange(render);

function show(): void {
  const { failed, described } = told;
  if (failed) page.replaceChildren(failure(failed));
  else if (described) showMask(described.description);
  else page.replaceChildren(hint(t("Reading the mask…")));
}

function showMask(description: MaskDescription): void {
  page.replaceChildren(
    el("h1", { title: description.task.name }, named(description.task.name)),
    el("div", { className: "aside" }, subtitle(description)),
    el("p", { className: "sentence" }, ...sentence(description)),
    ...warnings(description),
    ...tabbed(t("Views"), TABS, state.tab, description, (tab) => change({ tab })),
    glossary(),
  );
}

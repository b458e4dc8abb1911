// The page of one mask: a sentence, what training changed layer by layer and head by head, what is kept, each matrix, the
// exact figures, and where the file comes from.

import type { MaskDescription } from "../../src/mask/describe.ts";
import type { ToHeatmap } from "../../src/messages.ts";
import { el, named } from "../ui/dom.ts";
import { listen, t } from "../ui/host.ts";
import { failure, hint } from "../ui/parts.ts";
import { keepingPlace } from "../ui/place.ts";
import { onceAFrame, onThemeChange } from "../ui/redraw.ts";
import { type Tab, tabbed } from "../ui/tabs.ts";
import { glossary, learn, maskWords } from "../ui/words.ts";
import { changedTab } from "./changed.ts";
import { keptTab } from "./kept.ts";
import { hearWeight, matrixTab } from "./matrix.ts";
import { numbersTab } from "./numbers.ts";
import { provenanceTab } from "./provenance.ts";
import { sentence, subtitle, warnings } from "./sentence.ts";
import { change, drawnBy, hear, state, told } from "./state.ts";

const page = document.getElementById("page")!;

learn(
  ...maskWords(),
  [t("regrown"), t("off at the start and kept after training")],
  [t("sparsity, %"), t("weights that are off, of all that are masked")],
  [t("entropy bound"), t("what no code for independent bits of these sparsity goes below")],
  ["|W|", t("size of a weight of the base model")],
  [t("dead"), t("keeps nothing")],
  [t("effect"), t("pruned / expected")],
  [
    t("pruned / expected"),
    t("the effect: weights that training pruned over the number expected given the initial scores; 1 by chance"),
  ],
  ["z", t("standard deviations from the expected count, with clusters of drops allowed for; second to the effect")],
  [
    "φ",
    t(
      "how many times as much counts of drops vary as independent drops would, since drops of one row or column go together; z and the interval allow for it where it is over 1",
    ),
  ],
  ["Stouffer", t("z of several seeds together: their sum over the root of their number")],
);

const TABS: readonly Tab<MaskDescription>[] = [
  { id: "changed", title: t("Changed by training"), show: changedTab },
  { id: "kept", title: t("Kept"), show: keptTab },
  { id: "matrix", title: t("Matrix"), show: matrixTab },
  { id: "numbers", title: t("Numbers"), show: numbersTab },
  { id: "provenance", title: t("Provenance"), show: provenanceTab },
];

/** The tabs that show what a message brings; the others are left as they are, with their focus and what is locked. */
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

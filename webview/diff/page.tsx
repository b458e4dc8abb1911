// The page for two or more masks: whether and where they overlap more than chance, their heads side by side, and their matrices
// on one canvas with four states or in synchronized views.

import type { PairComparison } from "../../src/mask/compare.ts";
import type { ToDiff } from "../../src/messages.ts";
import { brightness, WEIGHTS } from "../draw/colours.ts";
import { Swatch } from "../draw/key.tsx";
import { Glossary } from "../ui/glossary.tsx";
import * as l10n from "../ui/l10n.ts";
import { Failure, Hint, TaskBeside } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { type Tab, Tabs } from "../ui/tabs.tsx";
import { useTheme } from "../ui/theme.ts";
import { learn, maskWords } from "../ui/words.ts";
import { HeadsTab } from "./heads.tsx";
import { MatrixTab } from "./matrix.tsx";
import { NumbersTab } from "./numbers.tsx";
import { EveryPair, OverlapTab } from "./overlap.tsx";
import { hear, maskOf, saved, told } from "./state.ts";
import { More, NullWords, Sentence, titleOf, Warnings } from "./words.tsx";

learn(
  ...maskWords(),
  [
    l10n.t("lift"),
    l10n.t(
      "the effect: weights that both masks pruned, divided by the number expected given their initial scores; 1 if the masks prune independently",
    ),
  ],
  [
    l10n.t("reference pairs"),
    l10n.t(
      "pairs of masks trained on unrelated tasks over this base model; the headline lift is compared with their lifts",
    ),
  ],
  [
    "z",
    l10n.t(
      "for two masks, standard deviations from independence, computed from the covariance of their pruned weights; for one mask, standard deviations from the count expected given its initial scores, corrected for clustering; |z| above 3 is rarely due to chance. z of two masks leaves out the part of the count that one mask alone explains; the interval of the lift does not, so it may include 1 although |z| is above 3",
    ),
  ],
  [
    "d",
    l10n.t(
      "the paper's dissimilarity: the number of weights in only one of the masks, divided by the sum of the numbers in each mask",
    ),
  ],
  [l10n.t("d by chance"), l10n.t("d of two independent masks with the same densities")],
);

const TABS: readonly Tab<PairComparison>[] = [
  { id: "overlap", title: l10n.t("Overlap"), View: OverlapTab },
  { id: "heads", title: l10n.t("Attention heads"), View: HeadsTab },
  { id: "matrix", title: l10n.t("Matrix"), View: MatrixTab },
  { id: "numbers", title: l10n.t("Numbers"), View: NumbersTab },
];

showPage<ToDiff>(<DiffPage />, hear);

function DiffPage() {
  const { failed, pairs } = useStore(told, (all) => all); // everything, because components below read the names from state.ts
  const { pair: number, tab } = useStore(saved, (all) => all);
  const pair = pairs[number] ?? pairs[0];
  if (failed) return <Failure message={failed} />;
  if (!pair) return <Hint>{l10n.t("Reading the masks…")}</Hint>;
  return (
    <>
      <Title pair={pair} />
      <Glossary />
      <Sentence pair={pair} />
      <NullWords pair={pair} />
      <Warnings pair={pair} />
      <More pair={pair} />
      {pairs.length > 1 && <EveryPair pairs={pairs} shown={pair} />}
      <Tabs
        label={l10n.t("Views")}
        tabs={TABS}
        chosen={tab}
        onChoose={(id) => saved.change({ tab: id })}
        subject={pair}
      />
    </>
  );
}

const TaskOf = ({ file }: { readonly file: string }) => <TaskBeside file={file} task={maskOf(file)?.task.name ?? ""} />;

function Title({ pair: { a, b } }: { readonly pair: PairComparison }) {
  useTheme();
  const { one, other } = WEIGHTS[brightness()];
  return (
    <h1>
      <span class="mask-name">
        <Swatch colour={one} />
        {titleOf(a)}
        <TaskOf file={a} />
      </span>{" "}
      <span class="aside">↔</span>{" "}
      <span class="mask-name">
        <Swatch colour={other} />
        {titleOf(b)}
        <TaskOf file={b} />
      </span>
    </h1>
  );
}

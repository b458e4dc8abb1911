// The page of one mask: a summary, what training changed in layers and heads, what is kept, each matrix, exact figures, and the
// file's provenance.

import { adaptationName } from "../../src/file-name.ts";
import type { ToHeatmap } from "../../src/messages.ts";
import { Glossary, Reading } from "../ui/glossary.tsx";
import * as l10n from "../ui/l10n.ts";
import { percent } from "../ui/numbers.ts";
import { Failure, Hint, TaskBeside } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { type Tab, Tabs } from "../ui/tabs.tsx";
import { named } from "../ui/text.ts";
import { learn, maskWords } from "../ui/words.ts";
import { AttentionTab } from "./attention/attention.tsx";
import { ChangedTab } from "./changed.tsx";
import { EffectTab } from "./effect/effect.tsx";
import { KeptTab } from "./kept.tsx";
import { MatrixTab } from "./matrix.tsx";
import { NumbersTab } from "./numbers.tsx";
import { ProvenanceTab } from "./provenance.tsx";
import { Sentence, subtitle, Warnings } from "./sentence.tsx";
import { type Described, hear, saved, told } from "./state.ts";

learn(
  ...maskWords(),
  [l10n.t("regrown"), l10n.t("off in the initial mask, on after training")],
  [l10n.t("sparsity, %"), l10n.t("share of the masked weights that are off")],
  [
    l10n.t("entropy bound"),
    l10n.t("the smallest size any code could reach if the bits were independent at this sparsity"),
  ],
  ["|W|", l10n.t("absolute value of a base model weight")],
  [l10n.t("dead"), l10n.t("keeps no weights")],
  [l10n.t("effect"), l10n.t("pruned / expected given the initial scores")],
  [
    l10n.t("pruned / expected"),
    l10n.t(
      "the effect: weights that training pruned, divided by the number expected given the initial scores; 1 by chance",
    ),
  ],
  [
    "z",
    l10n.t(
      "standard deviations from the count expected given the initial scores, corrected for clustering of pruned weights; |z| above 3 is rarely due to chance. Read the effect first",
    ),
  ],
  [
    "φ",
    l10n.t(
      "variance of the pruned counts relative to independent pruning: weights in the same row or column tend to be pruned together. z and the interval are corrected for it where it exceeds 1",
    ),
  ],
  [
    "Stouffer",
    l10n.t("z of several seeds combined: the sum of their z values, divided by the square root of the number of seeds"),
  ],
);

const TABS: readonly Tab<Described>[] = [
  { id: "changed", title: l10n.t("Changed by training"), View: ChangedTab },
  { id: "effect", title: l10n.t("Effect on the task"), View: EffectTab },
  { id: "attention", title: l10n.t("Attention"), View: AttentionTab },
  { id: "kept", title: l10n.t("Kept"), View: KeptTab },
  { id: "matrix", title: l10n.t("Matrix"), View: MatrixTab },
  { id: "numbers", title: l10n.t("Numbers"), View: NumbersTab },
  { id: "provenance", title: l10n.t("Provenance"), View: ProvenanceTab },
];

/** Whether the mask was trained with linear attention, which can be compared with softmax. */
const isLinear = ({ metadata }: Described): boolean => Boolean(metadata.run.linearAttention);

showPage<ToHeatmap>(<HeatmapPage />, hear);

function HeatmapPage() {
  const failed = useStore(told, (state) => state.failed);
  const described = useStore(told, (state) => state.described);
  const unpacked = useStore(told, (state) => state.unpacked);
  if (failed) return <Failure message={failed} />;
  if (!described)
    return (
      <Hint>
        {unpacked === undefined
          ? l10n.t("Reading the mask…")
          : l10n.t("Unpacking the mask… {0} %", percent(unpacked, 0))}
      </Hint>
    );
  const mask = described.description;
  return (
    <>
      <h1 title={mask.file}>
        {named(adaptationName(mask.file))}
        <TaskBeside file={mask.file} task={mask.task.name} />
      </h1>
      <Glossary />
      <div class="aside">{subtitle(mask)}</div>
      <Warnings mask={mask} />
      <Views subject={described} />
    </>
  );
}

function Views({ subject }: { readonly subject: Described }) {
  const chosen = useStore(saved, ({ tab }) => tab);
  const kinds = subject.description.kinds.map(({ kind }) => kind);
  const z = l10n.t(
    "z: standard deviations from the count expected given the initial scores; it says where training changed the mask, not how much the task depends on it.",
  );
  const sentence = (
    <>
      <Sentence subject={subject} />
      <Reading kinds={kinds} z={z} />
    </>
  );
  const isMatrix = chosen === "matrix"; // a matrix needs the space, so the sentence goes below it
  return (
    <>
      <Tabs
        label={l10n.t("Views")}
        tabs={TABS.filter(({ id }) => id !== "attention" || isLinear(subject))}
        chosen={chosen}
        onChoose={(tab) => saved.change({ tab })}
        subject={subject}
        lead={!isMatrix && sentence}
      />
      {isMatrix && sentence}
    </>
  );
}

// The page of many runs: a table, and the curves of the selected runs over each other.

import type { ToRuns } from "../../src/messages.ts";
import { Glossary } from "../ui/glossary.tsx";
import { post, usePart } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { Failure, Hint } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { Tabs } from "../ui/tabs.tsx";
import { named } from "../ui/text.ts";
import { learn } from "../ui/words.ts";
import { Actions } from "./actions.tsx";
import { Overlay, useSlots } from "./curves/overlay.tsx";
import { Parallel } from "./parallel/parallel.tsx";
import { type Shown, useShown } from "./shown.ts";
import { hear, told } from "./state.ts";
import { RunsTable } from "./table/table.tsx";
import { Toolbar } from "./toolbar.tsx";

learn(
  [l10n.t("loss"), l10n.t("what training minimizes: how far predictions are from the labels")],
  [l10n.t("best step"), l10n.t("the step with the highest validation metric; its mask is the one that is saved")],
  [l10n.t("flips"), l10n.t("weights that switched on or off since the previous evaluation")],
  [
    "±",
    l10n.t(
      "one sample standard deviation (divided by n − 1) over the runs of a group: how much runs vary. It is not a confidence interval.",
    ),
  ],
  [
    l10n.t("smoothing"),
    l10n.t(
      "each point is a weighted mean of all points up to it; the weights shrink by this factor per point, as in TensorBoard",
    ),
  ],
);

showPage<ToRuns>(<RunsPage />, hear);

const open = (run: string) => post({ type: "act", act: "run", runs: [run] });

function RunsPage() {
  const { total, complete, rows: all, study, failed } = useStore(told, (state) => state);
  const shown = useShown();
  const slots = useSlots(shown);
  if (failed && !all.length) return <Failure message={failed} />;
  if (total === undefined) return <Hint>{l10n.t("Reading the runs…")}</Hint>;
  const name = study === null ? undefined : study.split(/[/\\]/).at(-1)!;
  return (
    <>
      <h1>{name === undefined ? l10n.t("Runs") : l10n.t("Runs of the study {0}", named(name))}</h1>
      <Glossary />
      {failed && <Failure message={failed} />}
      {complete && !all.length ? (
        <Hint>
          {study === null
            ? l10n.t("There are no runs in this workspace yet. Train a mask, and its run appears here.")
            : l10n.t("No cell of this study has been started yet. Run the study, and its runs appear here.")}
        </Hint>
      ) : (
        <>
          <Toolbar all={all} columns={shown.columns} />
          <RunsTable shown={shown} slots={slots} onOpen={open} />
          <Actions shown={shown} />
          <Progress read={all.length} total={total} complete={complete} shown={shown.rows.length} />
          <Views shown={shown} slots={slots} />
        </>
      )}
    </>
  );
}

interface ProgressProps {
  readonly read: number;
  readonly total: number;
  readonly complete: boolean;
  readonly shown: number;
}

function Progress({ read, total, complete, shown }: ProgressProps) {
  const parts = [
    complete || read >= total ? "" : l10n.t("Reading {0} of {1} runs…", grouped(read), grouped(total)),
    shown < read ? l10n.t("The filter hides {0} of {1} runs.", grouped(read - shown), grouped(read)) : "",
    l10n.t("Space selects a row, Shift+arrow keys a range, Ctrl+A or ⌘A all; Enter or a double click opens the run."),
  ];
  return <Hint>{parts.filter(Boolean).join(" ")}</Hint>;
}

interface ViewsProps {
  readonly shown: Shown;
  readonly slots: ReadonlyMap<string, number>;
}

const TABS = [
  {
    id: "overlay",
    title: l10n.t("Curves"),
    View: ({ subject }: { readonly subject: ViewsProps }) => <Overlay {...subject} />,
  },
  {
    id: "parallel",
    title: l10n.t("Parallel coordinates"),
    View: ({ subject }: { readonly subject: ViewsProps }) => <Parallel {...subject} />,
  },
];

function Views(props: ViewsProps) {
  const [tab, choose] = usePart("view", "overlay");
  return <Tabs label={l10n.t("Views of the runs")} tabs={TABS} chosen={tab} onChoose={choose} subject={props} />;
}

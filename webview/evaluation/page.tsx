// The evaluation page: metrics of adaptations side by side, their labels, calibration and examples.

import type { EvaluatedSplit, ToEvaluation } from "../../src/messages/evaluation.ts";
import { Glossary } from "../ui/glossary.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { Failure, Hint } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { Tabs } from "../ui/tabs.tsx";
import { named } from "../ui/text.ts";
import { Button, Dropdown } from "../ui/toolkit.tsx";
import { Calibration } from "./calibration.tsx";
import { Examples } from "./examples/examples.tsx";
import { Labels } from "./labels.tsx";
import { Overview } from "./overview.tsx";
import { chosen, hear, NO_FILTER, type Result, type Subject, subjectOf, tasksOf, told } from "./state.ts";
import { learnWords } from "./words.ts";

learnWords();
showPage<ToEvaluation>(<EvaluationPage />, hear);

const TABS = [
  { id: "metrics", title: l10n.t("Metrics"), View: Overview },
  { id: "labels", title: l10n.t("Labels"), View: Labels },
  { id: "calibration", title: l10n.t("Calibration"), View: Calibration },
  { id: "examples", title: l10n.t("Examples"), View: Examples },
];

const NO_LABELS = l10n.t(
  "This task has no labels, so there is no confusion of labels, calibration or list of examples.",
);

function EvaluationPage() {
  const { busy, result, failed, names } = useStore(told, (state) => state);
  if (busy === undefined && !result) return <Hint>{l10n.t("Waiting for the editor…")}</Hint>;
  return (
    <>
      <h1>{l10n.t("Evaluation")}</h1>
      <Glossary />
      <div role="alert">{failed && <Failure message={failed} />}</div>
      {result ? <Evaluated result={result} busy={busy === true} /> : <Unevaluated names={names} busy={busy === true} />}
    </>
  );
}

const evaluate = (split: EvaluatedSplit) => post({ type: "evaluate", split });

/** After a reload, numbers are computed again only if the user asks for it: that may take a while. */
function Unevaluated({ names, busy }: { readonly names: readonly string[]; readonly busy: boolean }) {
  const split = useStore(chosen, (state) => state.split);
  const list = names.map(named).join(", ");
  return (
    <>
      <p>
        {split === "test"
          ? l10n.t("{0}: the numbers were not kept when the window reloaded. Evaluate again on the test split.", list)
          : l10n.t(
              "{0}: the numbers were not kept when the window reloaded. Evaluate again on the validation split.",
              list,
            )}
      </p>
      <Button
        primary
        disabled={busy}
        text={busy ? l10n.t("Evaluating…") : l10n.t("Evaluate Again")}
        onClick={() => evaluate(split)}
      />
    </>
  );
}

function Evaluated({ result, busy }: { readonly result: Result; readonly busy: boolean }) {
  const { tab, adaptation, task } = useStore(chosen, (state) => state);
  const subject = subjectOf(result, adaptation);
  const tasks = tasksOf(result);
  const hasLabels = subject.view.details.labels.length > 0;
  return (
    <>
      <p class="sentence">{sentenceOf(subject)}</p>
      <div class="row">
        <Dropdown
          label={l10n.t("Split")}
          options={[
            ["test", l10n.t("Test split")],
            ["validation", l10n.t("Validation split")],
          ]}
          chosen={result.split}
          onChange={(split) => split !== result.split && evaluate(split as EvaluatedSplit)}
        />
        {tasks.size > 1 && (
          <Dropdown
            label={l10n.t("Task")}
            options={[...tasks].map(([file, name]) => [file, l10n.t("Task: {0}", named(name))] as const)}
            chosen={subject.view.task.file}
            onChange={(file) => file !== task && chosen.change({ task: file, example: -1, ...NO_FILTER })}
          />
        )}
        <Button
          disabled={busy}
          text={busy ? l10n.t("Evaluating…") : l10n.t("Evaluate Again")}
          onClick={() => evaluate(result.split)}
        />
      </div>
      <Notes subject={subject} />
      <Tabs
        subject={subject}
        label={l10n.t("Views of the evaluation")}
        tabs={hasLabels ? TABS : TABS.slice(0, 1)}
        lead={hasLabels ? undefined : <Hint>{NO_LABELS}</Hint>}
        chosen={tab}
        onChoose={(id) => chosen.change({ tab: id })}
      />
    </>
  );
}

/** What was evaluated, on what and where. */
function sentenceOf({ result, views, view }: Subject): string {
  const { task, metrics } = view;
  const what = views.length === 1 ? named(view.name) : l10n.t("{0} adaptations", views.length);
  const on = result.split === "test" ? l10n.t("the test split") : l10n.t("the validation split");
  return l10n.t(
    "{0} on {1} of the task {2}: {3} examples ({4}). Device: {5}.",
    ...[what, on, named(task.name), grouped(metrics.examples), KINDS[task.kind], result.device],
  );
}

const KINDS: Readonly<Record<Subject["view"]["task"]["kind"], string>> = {
  sentence: l10n.t("each with one text"),
  pair: l10n.t("each with two texts"),
  tagging: l10n.t("each a sentence whose words have labels"),
  choice: l10n.t("each with four continuations to choose from"),
  document: l10n.t("each a document whose sentences have labels"),
  language: l10n.t("each a block of text"),
  generation: l10n.t("each a source and the text to generate from it"),
};

function Notes({ subject: { views } }: { readonly subject: Subject }) {
  const notes = [...new Set(views.flatMap((view) => view.notes))];
  return notes.map((note) => (
    <p key={note} class="note">
      {note}
    </p>
  ));
}

// The page of a run: its state, and charts of loss, metric, sparsity and flips by layer.

import { useMemo, useState } from "preact/hooks";
import type { RunState, ToRun } from "../../src/messages.ts";
import { Chart } from "../draw/chart.tsx";
import type { Caption } from "../draw/exports/caption.ts";
import { ExportButtons } from "../draw/exports/exports.tsx";
import { numberLayers } from "../draw/layers.ts";
import { Fold } from "../ui/fold.tsx";
import { Glossary } from "../ui/glossary.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { Failure, Hint } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { useTheme } from "../ui/theme.ts";
import { Button } from "../ui/toolkit.tsx";
import { CONFIDENCE, learn } from "../ui/words.ts";
import { chartsOf, transferChart } from "./charts.ts";
import { type Course, courseOf } from "./course.ts";
import { Data } from "./data.tsx";
import { DynamicsFigure } from "./dynamics.tsx";
import { RunOptions } from "./options.tsx";
import { Progress } from "./progress.tsx";
import { tablesOf } from "./rows.ts";
import { Sentence } from "./sentence.tsx";
import { hear, told } from "./state.ts";
import { Tables } from "./tables.tsx";

learn(
  [l10n.t("loss"), l10n.t("what training minimizes: how far predictions are from the labels")],
  [
    CONFIDENCE.replaceAll("\n", " "),
    l10n.t("a range that, for 95 % of samples like this one, contains the metric over unlimited examples"),
  ],
  [l10n.t("sparsity, %"), l10n.t("share of the masked weights that are off, at the row's step")],
  [l10n.t("best step"), l10n.t("the step with the best validation metric; its mask is the one that is saved")],
  [l10n.t("pruned"), l10n.t("on in the initial mask, off after training")],
  [l10n.t("regrown"), l10n.t("off in the initial mask, on after training")],
  [l10n.t("flips"), l10n.t("weights that switched on or off since the previous evaluation")],
  [l10n.t("truncated"), l10n.t("examples longer than the maximum length; the model sees only their beginning")],
  [
    l10n.t("divergence"),
    l10n.t(
      "how far linear attention is from attention by softmax: KL divergence in nats, mean over layers, heads and tokens of a batch; 0 if they are equal",
    ),
  ],
  [l10n.t("unscored"), l10n.t("words without a prediction, mostly those removed by truncation")],
);

showPage<ToRun>(<RunPage />, hear);

function RunPage() {
  const { events, state, reason, failed, options, defaults } = useStore(told, (all) => all);
  const course = useMemo(() => courseOf(events ?? []), [events]);
  numberLayers(course.data ?? {});
  if (failed) return <Failure message={failed} />;
  if (!events) return <Hint>{l10n.t("Reading the run…")}</Hint>;
  return (
    <>
      <h1>{named(course.name) || l10n.t("Run")}</h1>
      <Glossary />
      <Progress state={state} course={course} />
      <Commands state={state} course={course} />
      <p class="sentence">
        <Sentence course={course} />
      </p>
      <div>{reason && <Failure message={reason} />}</div>
      <Charts course={course} />
      <DynamicsFigure course={course} />
      <div class="beside">
        <Data course={course} maxLength={options.maxLength ?? defaults.maxLength} />
        <RunOptions options={options} defaults={defaults} />
      </div>
      <div>
        {course.notes.map((note) => (
          <div key={note} class="note">
            {note}
          </div>
        ))}
      </div>
      <Fold name="tables" summary={l10n.t("Tables")}>
        <div class="tables">
          <Tables course={course} />
        </div>
      </Fold>
    </>
  );
}

interface Props {
  readonly state: RunState;
  readonly course: Course;
}

/** The states in which a run can be resumed. */
const RESUMABLE: readonly RunState[] = ["stopped", "unfinished", "failed"];

/** Buttons are hidden, not removed, so that no button moves into another button's position or takes its focus. */
function Commands({ state, course }: Props) {
  const { facts, options } = useStore(told, (all) => all);
  const command = (name: "stop" | "resume" | "heatmap") => () => post({ type: "command", command: name });
  return (
    <div class="row">
      <Button text={l10n.t("Stop at a checkpoint")} onClick={command("stop")} hidden={state !== "running"} />
      <Button primary text={l10n.t("Train")} onClick={command("resume")} hidden={state !== "unstarted"} />
      <Button primary text={l10n.t("Resume")} onClick={command("resume")} hidden={!RESUMABLE.includes(state)} />
      <Button
        primary
        text={l10n.t("Open heatmap")}
        onClick={command("heatmap")}
        hidden={!course.result?.adaptation.endsWith(".mask.safetensors")}
      />
      <div class="row" hidden={!course.steps.length && !course.transfers.length}>
        <ExportButtons
          name={course.name || "run"}
          provenance={() => [`Run ${course.name}`, ...facts]}
          metadata={() => ({ run: course.name, options })}
          tables={tablesOf(course)}
          caption={captionOf(course, options)}
        />
      </div>
    </div>
  );
}

/** The caption of the charts. */
function captionOf({ name }: Course, { task, model }: Readonly<Record<string, unknown>>): Caption {
  return {
    title: l10n.t("Run {0}", named(name)),
    notes: [
      l10n.t(
        "Metrics are on validation examples, with 95 % confidence intervals. Flips: since the previous evaluation.",
      ),
      ...(task === undefined ? [] : [l10n.t("Task {0}, base model {1}", String(task), String(model))]),
    ],
  };
}

/**
 * The charts share one cursor: moving it in any chart shows the values at that step in all of them. Only the steps of the
 * transfer are others.
 */
function Charts({ course }: { readonly course: Course }) {
  const [step, read] = useState<number | undefined>(undefined);
  const [transferStep, readTransfer] = useState<number | undefined>(undefined);
  const theme = useTheme();
  const charts = useMemo(() => chartsOf(course), [course, theme]);
  const transfer = useMemo(() => transferChart(course), [course]);
  return (
    <div class="charts">
      {charts.map((data) => (
        <Chart key={data.id} data={data} at={step} onRead={read} />
      ))}
      {transfer && <Chart key={transfer.id} data={transfer} at={transferStep} onRead={readTransfer} />}
    </div>
  );
}

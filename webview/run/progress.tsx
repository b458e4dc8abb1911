// A run's progress and remaining time, estimated from an earlier run at first, then from the run's own steps.

import type { FormerPace, Room, RunState } from "../../src/messages.ts";
import * as l10n from "../ui/l10n.ts";
import { bytes, duration, grouped } from "../ui/numbers.ts";
import { StateLine } from "../ui/state-line.tsx";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { type Course, transferringAt } from "./course.ts";
import { told } from "./state.ts";

const STATES: Readonly<Record<RunState, string>> = {
  unstarted: l10n.t("Not started"),
  running: l10n.t("Training"),
  elsewhere: l10n.t("Training in another process"),
  stopped: l10n.t("Stopped at a checkpoint"),
  unfinished: l10n.t("Interrupted; Resume continues from the last checkpoint"),
  failed: l10n.t("Failed"),
  done: l10n.t("Done"),
};

interface Props {
  readonly state: RunState;
  readonly course: Course;
}

export function Progress({ state, course }: Props) {
  const { steps, total, result } = course;
  const former = useStore(told, (all) => all.former);
  const transferring = transferringAt(course);
  const last = steps.at(-1);
  const made = last?.step ?? 0;
  const secondsLeft = transferring?.secondsLeft ?? (last && made < total ? last.secondsLeft : undefined);
  const line = [
    STATES[state],
    transferring ? l10n.t("transfer step {0} of {1}", grouped(transferring.step), grouped(transferring.steps)) : "",
    total && !transferring ? l10n.t("step {0} of {1}", grouped(made), grouped(total)) : "",
    last ? l10n.t("epoch {0}", last.epoch) : "",
    state === "running" && secondsLeft !== undefined ? leftText(secondsLeft, transferring && total) : "",
    state === "done" && result ? l10n.t("took {0}", duration(result.seconds)) : "",
  ];
  return (
    <>
      <StateLine
        parts={line}
        state={state}
        label={transferring ? l10n.t("Transfer steps done") : l10n.t("Steps done")}
        done={transferring?.step ?? made}
        total={transferring?.steps ?? total}
        over={state === "done"}
      />
      {state === "running" && <p class="hint">{estimate(course, former)}</p>}
      {state === "running" && course.data?.room && <p class="hint">{memoryText(course.data.room)}</p>}
    </>
  );
}

/** `following`: the steps of the run itself, of which the time is not known yet. */
const leftText = (seconds: number, following: number | undefined): string =>
  following === undefined
    ? l10n.t("{0} left", duration(seconds))
    : l10n.t("{0} left, then {1} steps of the run itself", duration(seconds), grouped(following));

/** Says how the remaining time is estimated. */
function estimate(course: Course, former: FormerPace | null): string {
  const { steps, total } = course;
  if (transferringAt(course))
    return l10n.t(
      "Transfer: before the run itself, only the feature maps of linear attention are trained. Time left of it: the median time of its latest steps, times its steps left.",
    );
  if (steps.length)
    return l10n.t(
      "Time left: the median time of the latest steps, times the steps left, plus the remaining evaluations; early stopping may end the run sooner.",
    );
  if (former && total)
    return l10n.t(
      "About {0} for {1} steps, at {2} s per step, evaluations included, as in the run {3} with the same model, method, batch size, maximum length and device. Longer texts take longer.",
      ...[duration(former.secondsPerStep * total), grouped(total), secondsText(former.secondsPerStep)],
      named(former.run),
    );
  if (former)
    return l10n.t(
      "Reading the model and the data. A step will take about {0} s, evaluations included, as in the run {1}.",
      ...[secondsText(former.secondsPerStep), named(former.run)],
    );
  return l10n.t(
    "The time left is estimated once the first steps have been measured: no other run in this workspace with the same model, method, batch size, maximum length and device has been timed.",
  );
}

/** The memory that the run takes, as estimated before it started. */
const memoryText = ({ needed, available, weights, training, random, step, process }: Room): string =>
  l10n.t(
    "Memory: about {0} of the {1} that were available at the start: weights {2}; scores, moments and gradients {3}; random numbers of dropout {4}; the largest batch {5}; the process and the runtime {6}.",
    ...[needed, available, weights, training, random, step, process].map(bytes),
  );

const secondsText = (seconds: number): string => (seconds < 10 ? seconds.toPrecision(2) : seconds.toFixed());

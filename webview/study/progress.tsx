// How far a study has come, in a sentence, and the time left.

import type { CellOverview, StudyLive, StudyOverview } from "../../src/messages/study.ts";
import * as l10n from "../ui/l10n.ts";
import { duration, grouped } from "../ui/numbers.ts";
import { StateLine } from "../ui/state-line.tsx";

interface Props {
  readonly overview: StudyOverview;
  readonly live: StudyLive | null;
}

export function Progress({ overview: { cells }, live }: Props) {
  const done = cells.filter(({ state }) => state === "done").length;
  const state = live ? (live.stopping || live.paused ? "stopped" : "running") : "";
  const line = [standing(live, cells, done), countsText(cells, live), live ? leftText(live) : ""];
  return (
    <>
      <StateLine
        parts={line}
        state={state}
        label={l10n.t("Cells done")}
        done={done}
        total={cells.length}
        share={shareDone(cells.length, done, live)}
        over={done === cells.length}
      />
      {live && <p class="hint">{hintOf(live)}</p>}
    </>
  );
}

/** The share of the study that is done, counting the steps of cells that train. */
function shareDone(cells: number, done: number, live: StudyLive | null): number {
  const parts = (live?.running ?? []).map(({ step, steps }) => (steps ? step / steps : 0));
  return cells ? (done + parts.reduce((sum, part) => sum + part, 0)) / cells : 0;
}

function standing(live: StudyLive | null, cells: readonly CellOverview[], done: number): string {
  if (live?.where === "slurm") return live.stopping ? l10n.t("No longer following") : l10n.t("Running on Slurm");
  if (live?.stopping) return l10n.t("Stopping at a checkpoint");
  if (live?.paused) return l10n.t("Paused");
  if (live) return l10n.t("Running");
  if (cells.length && done === cells.length) return l10n.t("Done");
  return cells.some(({ state }) => state !== "waiting") ? l10n.t("Not finished") : l10n.t("Not started");
}

function countsText(cells: readonly CellOverview[], live: StudyLive | null): string {
  const training = live?.running.length ?? 0;
  const count = (state: CellOverview["state"]) => cells.filter((cell) => cell.state === state).length;
  const elsewhere = live ? 0 : count("running");
  const counts = [
    l10n.t("{0} of {1} cells done", grouped(count("done")), grouped(cells.length)),
    training ? l10n.t("{0} training", grouped(training)) : "",
    live?.waiting.length ? l10n.t("{0} waiting", grouped(live.waiting.length)) : "",
    elsewhere ? l10n.t("{0} running in another process", grouped(elsewhere)) : "",
    count("stopped") && !live ? l10n.t("{0} stopped", grouped(count("stopped"))) : "",
    count("failed") ? l10n.t("{0} failed", grouped(count("failed"))) : "",
  ];
  return counts.filter(Boolean).join(", ");
}

function leftText({ left }: StudyLive): string {
  if (!left || (left.seconds === 0 && left.unknown === 0)) return "";
  if (left.seconds === 0) return l10n.t("time left unknown until the first steps are measured");
  if (left.unknown === 0) return l10n.t("about {0} left", duration(left.seconds));
  return left.unknown === 1
    ? l10n.t("about {0} left, and an unknown time for 1 cell", duration(left.seconds))
    : l10n.t("about {0} left, and an unknown time for {1} cells", duration(left.seconds), grouped(left.unknown));
}

function hintOf({ where, paused, stopping }: StudyLive): string {
  if (where === "slurm")
    return l10n.t(
      "The jobs run without this window. Stop ends only the following; run the study again to follow them.",
    );
  if (stopping) return l10n.t("Run the study again to resume its cells from their checkpoints.");
  if (paused)
    return l10n.t("No further cell starts until you resume. Cells that are training go on until they finish.");
  return l10n.t(
    "Pause lets the cells that are training finish; Stop stops them at a checkpoint, from which they resume.",
  );
}

// What can be done with a study.

import type { StudyAct, StudyLive, StudyOverview } from "../../src/messages/study.ts";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { Button } from "../ui/toolkit.tsx";

interface Props {
  readonly overview: StudyOverview;
  readonly live: StudyLive | null;
  readonly atOnce: number;
}

const perform = (act: StudyAct) => () => post({ type: "study", act });

/** Buttons are hidden, not removed, so that no button takes another one's focus. */
export function Commands({ overview: { cells }, live, atOnce }: Props) {
  const isOpen = cells.some(({ state }) => state !== "done");
  const isHere = live?.where === "here" && !live.stopping;
  return (
    <div class="row">
      <Button primary text={l10n.t("Run")} onClick={perform("run")} hidden={live !== null || !isOpen} />
      <Button text={l10n.t("Run on Slurm…")} onClick={perform("slurm")} hidden={live !== null || !isOpen} />
      <Button text={l10n.t("Check")} onClick={perform("check")} hidden={live !== null} />
      <Button text={l10n.t("Pause")} onClick={perform("pause")} hidden={!isHere || live.paused} />
      <Button primary text={l10n.t("Resume")} onClick={perform("resume")} hidden={!isHere || !live.paused} />
      <Button
        text={live?.where === "slurm" ? l10n.t("Stop following") : l10n.t("Stop at a checkpoint")}
        onClick={perform("stop")}
        hidden={live === null || live.stopping}
      />
      <Button text={l10n.t("Open run table")} onClick={perform("table")} />
      <Button
        text={l10n.t("Write report")}
        onClick={perform("report")}
        hidden={!cells.some(({ state }) => state === "done")}
      />
      <Button text={l10n.t("Edit study.json")} onClick={perform("edit")} />
      {live?.where !== "slurm" && (
        <label class="at-once">
          {l10n.t("Cells at a time:")}{" "}
          <input
            class="entry"
            type="number"
            min={1}
            max={1000}
            value={live?.atOnce ?? atOnce}
            onChange={({ currentTarget }) => {
              const count = Number(currentTarget.value);
              if (Number.isInteger(count) && count >= 1 && count <= 1000) post({ type: "atOnce", count });
              else currentTarget.value = String(live?.atOnce ?? atOnce);
            }}
          />
        </label>
      )}
    </div>
  );
}

// What is said before a study starts, and about its cells.

import * as vscode from "vscode";
import type { Spread } from "../../spread.ts";
import type { Estimate } from "../../study/estimate.ts";
import { cellsText } from "../../study/plan.ts";
import { roughly } from "../../train/duration.ts";
import { megabytes, valueWithSign } from "../ui/words.ts";
import type { PlannedStudy } from "./thread/requests.ts";

/** "1 cell", "6 cells" */
export const countText = (count: number): string =>
  count === 1 ? vscode.l10n.t("1 cell") : vscode.l10n.t("{0} cells", count);

/** What a study has to do and needs, a line each. `others`: whether this window trains something else. */
export function planText(planned: PlannedStudy, atOnce: number, others: boolean, slurm: boolean): string {
  const { cells, done, todo, linked, elsewhere, estimate } = planned;
  const lines = [
    vscode.l10n.t("{0}: {1} done, {2} to train, {3} at a time.", countText(cells), done, todo.length, atOnce),
    linked.length > 0 &&
      vscode.l10n.t(
        "Linked, because runs with the same options, base model and data are finished already: {0}.",
        cellsText(linked),
      ),
    elsewhere.length > 0 && vscode.l10n.t("Being trained by another process: {0}.", cellsText(elsewhere)),
    !slurm && timeText(estimate, todo.length), // a cluster has other machines
    vscode.l10n.t(
      "Disk: {0} for the results, and {1} for checkpoints while cells train.",
      megabytes(estimate.bytes),
      megabytes(estimate.checkpointBytes),
    ),
    others && !slurm && vscode.l10n.t("This window is also training something else on this machine."),
  ];
  return lines.filter(Boolean).join("\n");
}

function timeText({ seconds, unknown }: Estimate, cells: number): string {
  if (unknown === 0) return vscode.l10n.t("Time: about {0}, judging by measured steps.", roughly(seconds));
  if (unknown === cells) return vscode.l10n.t("Time: unknown until the first steps are measured.");
  return vscode.l10n.t(
    "Time: about {0} for {1}, judging by measured steps; unknown for {2} until their first steps are measured.",
    ...[roughly(seconds), countText(cells - unknown), countText(unknown)],
  );
}

/** "88.2 % ± 0.4 %"; without a deviation if there is only one value. */
export const spreadText = (metric: string | null, { mean, deviation }: Spread): string => {
  const of = (value: number) => valueWithSign(metric, value);
  return deviation === null ? of(mean) : `${of(mean)} ± ${of(deviation)}`;
};

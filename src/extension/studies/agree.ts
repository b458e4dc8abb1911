// Asks before a study starts, and says what it needs.

import path from "node:path";
import * as vscode from "vscode";
import type { Estimate } from "../../study/estimate.ts";
import { Stopped } from "../../worker/errors.ts";
import { ask, showInformation } from "../ui/window.ts";
import type { PlannedStudy } from "./thread/requests.ts";
import { countText, planText } from "./words.ts";

interface Question {
  readonly study: string;
  readonly planned: PlannedStudy;
  readonly atOnce: number;
  /** Whether this window trains something else. */
  readonly others: boolean;
  readonly slurm: boolean;
  /** Measures the paces that the estimate lacks. */
  readonly measure: () => Promise<Estimate>;
}

/** Whether to start: if the user agrees, or if there is nothing to train but links to record. */
export async function agreed({ study, planned, atOnce, others, slurm, measure }: Question): Promise<boolean> {
  const name = path.basename(study);
  const { todo, linked, elsewhere } = planned;
  if (!todo.length && !(slurm && elsewhere.length)) {
    if (linked.length) return true;
    const text = elsewhere.length
      ? vscode.l10n.t(
          "{0}: nothing is left to train here; another process is training {1}.",
          name,
          countText(elsewhere.length),
        )
      : vscode.l10n.t("{0}: all cells are finished.", name);
    void showInformation(text);
    return false;
  }
  const question = slurm ? vscode.l10n.t("Submit {0} to Slurm?", name) : vscode.l10n.t("Run {0}?", name);
  const go = slurm ? vscode.l10n.t("Submit") : vscode.l10n.t("Run");
  const first = vscode.l10n.t("Measure Time First");
  for (let estimate = planned.estimate; ; ) {
    const detail = planText({ ...planned, estimate }, atOnce, others, slurm);
    const chosen = await ask(question, detail, go, ...(estimate.unknown > 0 && !slurm ? [first] : []));
    if (chosen !== first) return chosen === go;
    try {
      estimate = await measure();
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }
}

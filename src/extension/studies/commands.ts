// The commands for studies and their cells.

import path from "node:path";
import * as vscode from "vscode";
import { numberOf } from "../../study/study.ts";
import type { Move } from "../../study/waiting.ts";
import type { TablePanels } from "../table/table-panel.ts";
import { type Command, filesOf, type Given } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { checkStudy } from "./check.ts";
import { chosenStudy } from "./found.ts";
import { newStudyCommand } from "./new-study.ts";
import { reportStudy } from "./report.ts";
import { slurmCommand } from "./slurm.ts";
import type { Studies } from "./studies.ts";
import type { StudyPanels } from "./study-panel.ts";

export function studyCommands(
  context: vscode.ExtensionContext,
  studies: Studies,
  pages: StudyPanels,
  tables: TablePanels,
): Record<string, Command> {
  /** A command over a study; `fits`: the studies to choose from if it is called without one. */
  const over =
    (work: (study: string) => unknown, fits?: (study: string) => boolean, none?: () => string): Command =>
    async (given) => {
      requireTrust();
      const study = await chosenStudy(given, fits, none?.());
      if (study !== undefined) await work(study);
    };
  const isRunning = (study: string) => studies.isRunning(study);
  const noneRuns = () => vscode.l10n.t("No study is running in this window.");
  const pause = (paused: boolean) => {
    const fits = (study: string) => {
      const live = studies.liveOf(study);
      return live?.where === "here" && live.paused !== paused;
    };
    const none = () => (paused ? noneRuns() : vscode.l10n.t("No study is paused in this window."));
    return over((study) => studies.control(study, { what: "pause", paused }), fits, none);
  };
  const move =
    (to: Move): Command =>
    async (given) => {
      const place = cellOf(given);
      if (place) await studies.control(place.study, { what: "move", cell: place.cell, to });
    };
  return {
    newStudy: newStudyCommand(studies),
    runStudy: over((study) => studies.run(study)),
    runStudySlurm: slurmCommand(context, studies),
    checkStudy: over((study) => checkStudy(studies, study)),
    pauseStudy: pause(true),
    resumeStudy: pause(false),
    stopStudy: over((study) => studies.stop(study), isRunning, noneRuns),
    openStudy: over((study) => pages.show(study)),
    studyTable: over((study) => tables.show(study)),
    reportStudy: over((study) => reportStudy(context, studies, study)),
    editStudy: over((study) => vscode.window.showTextDocument(vscode.Uri.file(path.join(study, "study.json")))),
    moveCellUp: move("up"),
    moveCellDown: move("down"),
    moveCellTop: move("top"),
  };
}

/** The study and the number of a cell, by the cell's folder. */
function cellOf(given: Given): { readonly study: string; readonly cell: number } | undefined {
  const [folder] = filesOf(given);
  const cell = folder === undefined ? undefined : numberOf(path.basename(folder));
  return cell === undefined ? undefined : { study: path.dirname(path.dirname(folder!)), cell };
}

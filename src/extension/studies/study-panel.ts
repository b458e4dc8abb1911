// The page of a study: its state, its groups and its queue, live while it runs.

import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import type { ToStudy } from "../../messages/study.ts";
import type { FromPage } from "../../messages.ts";
import type { RunPanels } from "../runs/run-panel.ts";
import { GoneFiles } from "../ui/gone-files.ts";
import { note, telling } from "../ui/log.ts";
import { comesBack, showPage } from "../ui/page.ts";
import { keptFolder } from "../ui/page-messages.ts";
import { newPanel } from "../ui/window.ts";
import type { Studies } from "./studies.ts";

const VIEW = "masklens.study";

/** The commands of the page's buttons. */
const COMMANDS = {
  ...{ run: "runStudy", slurm: "runStudySlurm", check: "checkStudy", pause: "pauseStudy", resume: "resumeStudy" },
  ...{ stop: "stopStudy", table: "studyTable", report: "reportStudy", edit: "editStudy" },
} as const;

export class StudyPanels {
  readonly #context: vscode.ExtensionContext;
  readonly #studies: Studies;
  readonly #runs: RunPanels;
  readonly #open = new Map<string, vscode.WebviewPanel>();

  constructor(context: vscode.ExtensionContext, studies: Studies, runs: RunPanels) {
    this.#context = context;
    this.#studies = studies;
    this.#runs = runs;
  }

  show(study: string): void {
    const open = this.#open.get(study);
    if (open) open.reveal();
    else this.#fill(newPanel(this.#context, VIEW, path.basename(study)), study);
  }

  /** Restores pages after a reload. */
  restore(): vscode.Disposable {
    return comesBack(VIEW, keptFolder, (panel, study) => this.#fill(panel, study));
  }

  #fill(panel: vscode.WebviewPanel, study: string): void {
    this.#open.set(study, panel);
    const gone = new GoneFiles([study], async () => undefined);
    const page = showPage<ToStudy, "study">(this.#context, panel.webview, "study", { folder: study }, (message) => {
      if (message.type === "ready") void tellAll();
      else void perform(message);
    });
    const perform = telling((message: FromPage) => this.#act(study, message));
    let reads = 0;
    const tellAll = async () => {
      const reading = ++reads;
      try {
        const overview = await this.#studies.overview(study);
        if (reading !== reads) return;
        const [live, atOnce] = [this.#studies.liveOf(study) ?? null, this.#studies.atOnceOf(study)];
        page.post({ type: "study", overview, live, atOnce });
      } catch (error) {
        note(error);
        if (reading === reads) page.post({ type: "failed", message: messageOf(error) });
      }
    };
    const news = this.#studies.onNews(({ study: of, live }) => {
      if (of !== study) return;
      if (live) page.post({ type: "live", live: this.#studies.liveOf(study) ?? null });
      else void tellAll();
    });
    gone.onChange(() => {
      page.post(gone.message);
      if (!gone.gone.size) this.#studies.changed(study);
    });
    panel.onDidDispose(() => {
      gone.dispose();
      news.dispose();
      if (this.#open.get(study) === panel) this.#open.delete(study);
    });
  }

  async #act(study: string, message: FromPage): Promise<void> {
    if (message.type === "study")
      await vscode.commands.executeCommand(
        `masklens.${COMMANDS[message.act]}`,
        vscode.Uri.file(path.join(study, "study.json")),
      );
    else if (message.type === "move")
      await this.#studies.control(study, { what: "move", cell: message.cell, to: message.to });
    else if (message.type === "atOnce") await this.#studies.setAtOnce(study, message.count);
    else if (message.type === "cell") {
      const { cells } = await this.#studies.overview(study);
      const found = cells.find(({ cell }) => cell === message.cell);
      if (found) this.#runs.show(found.run);
    }
  }
}

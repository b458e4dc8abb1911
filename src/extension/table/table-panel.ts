// The pages that show runs in a table: one for the workspace, one per study.

import path from "node:path";
import * as vscode from "vscode";
import type { RunAct, ToRuns } from "../../messages.ts";
import type { RunPanels } from "../runs/run-panel.ts";
import type { Runs } from "../runs/runs.ts";
import { Refusal, telling } from "../ui/log.ts";
import { comesBack, showPage } from "../ui/page.ts";
import { keptTable } from "../ui/page-messages.ts";
import { isTrusted } from "../ui/trust.ts";
import { newPanel } from "../ui/window.ts";
import { act } from "./acts.ts";
import { TableFeed } from "./feed.ts";
import { RunRows } from "./rows.ts";

const VIEW = "masklens.runs";

export class TablePanels {
  readonly #context: vscode.ExtensionContext;
  readonly #runs: Runs;
  readonly #panels: RunPanels;
  /** Shared by all tables, so that each run.json is read once. */
  readonly #rows: RunRows;
  readonly #open = new Map<string | null, { readonly panel: vscode.WebviewPanel; readonly feed: TableFeed }>();

  constructor(context: vscode.ExtensionContext, runs: Runs, panels: RunPanels) {
    this.#context = context;
    this.#runs = runs;
    this.#panels = panels;
    this.#rows = new RunRows(runs);
  }

  /** Shows the runs of a study (null: of the workspace), and selects `selected` if there are any. */
  show(study: string | null, selected: readonly string[] = []): void {
    if (!isTrusted()) throw new Refusal(vscode.l10n.t("Runs are read only in a trusted workspace."));
    const open = this.#open.get(study);
    if (open) {
      open.panel.reveal();
      open.feed.select(selected);
      return;
    }
    const title = study === null ? vscode.l10n.t("Runs") : vscode.l10n.t("Runs of {0}", path.basename(study));
    this.#fill(newPanel(this.#context, VIEW, title), study, selected);
  }

  /** Restores tables after a reload. */
  restore(): vscode.Disposable {
    return comesBack(VIEW, keptTable, (panel, study) => this.#fill(panel, study, []));
  }

  #fill(panel: vscode.WebviewPanel, study: string | null, selected: readonly string[]): void {
    const subject = study === null ? { table: "all" } : { study };
    const page = showPage<ToRuns, "runs">(this.#context, panel.webview, "runs", subject, (message) => {
      if (message.type === "ready") feed.start();
      else if (message.type === "curves") feed.draw(message.runs);
      else if (message.type === "act") void perform(message.act, message.runs);
    });
    const feed = new TableFeed(this.#runs, this.#rows, study, page.post, () => panel.visible);
    const perform = telling((what: RunAct, runs: readonly string[]) =>
      act(
        what,
        runs.filter((run) => feed.shows(run)),
        this.#runs,
        this.#panels,
      ),
    );
    this.#open.set(study, { panel, feed });
    feed.select(selected);
    panel.onDidDispose(() => {
      feed.dispose();
      if (this.#open.get(study)?.panel === panel) this.#open.delete(study);
    });
  }
}

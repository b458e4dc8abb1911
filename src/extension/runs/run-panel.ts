// A run's page: its log so far, and live events while it trains.

import * as vscode from "vscode";
import { runName } from "../../file-name.ts";
import { exists } from "../../files.ts";
import type { JsonObject } from "../../json.ts";
import type { ToRun } from "../../messages.ts";
import { defaultsOf, explanationsOfOptions } from "../../recipe/options.ts";
import type { TrainEvent } from "../../train/events.ts";
import { adaptationIn } from "../../train/outline.ts";
import { readOptions } from "../../train/run-folder.ts";
import { adaptationsOf } from "../masks/chosen.ts";
import { isAdaptation } from "../masks/pick.ts";
import { GoneFiles } from "../ui/gone-files.ts";
import { Refusal, telling } from "../ui/log.ts";
import { comesBack, showPage, toolOf } from "../ui/page.ts";
import { keptFolder } from "../ui/page-messages.ts";
import { newPanel } from "../ui/window.ts";
import { CatchUp } from "./catch-up.ts";
import { formerPaces } from "./former-pace.ts";
import { findRuns, movedRun } from "./found.ts";
import type { Runs } from "./runs.ts";

const VIEW = "masklens.run";

/** Shows run pages, one per run. */
export class RunPanels {
  readonly #context: vscode.ExtensionContext;
  readonly #runs: Runs;
  readonly #open = new Map<string, vscode.WebviewPanel>();

  constructor(context: vscode.ExtensionContext, runs: Runs) {
    this.#context = context;
    this.#runs = runs;
  }

  show(folder: string, column?: vscode.ViewColumn): void {
    const open = this.#open.get(folder);
    if (open) {
      open.reveal(column);
      return;
    }
    this.#fill(newPanel(this.#context, VIEW, runName(folder), column), folder);
  }

  /** Restores run pages after a reload. */
  restore(): vscode.Disposable {
    return comesBack(VIEW, keptFolder, (panel, folder) => this.#fill(panel, folder));
  }

  #fill(panel: vscode.WebviewPanel, folder: string): void {
    this.#open.set(folder, panel);
    const known = readOptions(folder).catch(() => undefined); // these identify the run if it moves
    const gone = new GoneFiles([folder], async () => movedRun(folder, await known));
    const page = showPage<ToRun, "run">(this.#context, panel.webview, "run", { folder }, (message) => {
      if (message.type === "ready") void sendHistory();
      const [place] = (!this.#runs.isRunning(folder) && gone.places) || [];
      if (message.type === "command") void telling(() => this.#command(message.command, place ?? folder))();
      if (message.type === "follow" && place) {
        this.show(place);
        panel.dispose();
      }
    });
    const catchUp = new CatchUp<TrainEvent>();
    const sendHistory = async () => {
      const read = await catchUp.read(async () => {
        const history = await this.#runs.history(folder);
        const isGone = history.state !== "running" && !(await exists(folder));
        const begun = history.events.some(({ type }) => type === "step");
        return { ...history, run: isGone ? undefined : await this.#run(folder, begun) };
      });
      if (!read) return;
      const { run, events, state, reason } = read.result;
      if (!run) {
        const message = vscode.l10n.t("{0}: the run folder no longer exists; restore it, or close this page.", folder);
        page.post({ type: "failed", message: reason ?? message }); // a run may fail before it has a folder
        return page.post(gone.message);
      }
      page.post(run);
      page.post({ type: "events", reset: true, events: [...events, ...read.missed] });
      page.post({ type: "state", state, ...(reason !== undefined && { reason }) });
    };
    const subscription = this.#runs.onNews(({ folder: of, state, event, reason }) => {
      if (of !== folder) return;
      if (!event && state !== "running") return void sendHistory();
      if (event?.type === "start") void this.#run(folder, event.step > 0).then(page.post); // its folder has options now
      if (event) {
        catchUp.add(event);
        page.post({ type: "events", reset: false, events: [event] });
      }
      page.post({ type: "state", state, ...(reason !== undefined && { reason }) });
    });
    gone.onChange(() => {
      page.post(gone.message);
      if (!gone.gone.size) void sendHistory(); // the folder exists again, but may contain another run
    });
    panel.onDidDispose(() => {
      gone.dispose();
      if (this.#open.get(folder) === panel) this.#open.delete(folder);
      subscription.dispose();
    });
  }

  async #run(folder: string, begun: boolean): Promise<ToRun> {
    const options = await optionsOf(folder);
    const others = begun ? [] : (await findRuns()).flatMap((run) => (run.leadsOut ? [] : [run.folder]));
    const former = await formerPaces(others, (other) => this.#runs.secondsPerStep(other))(folder, options);
    const [defaults, explanations, tool] = [defaultsOf(options), explanationsOfOptions(), toolOf(this.#context)];
    return { type: "run", options, defaults, explanations, tool, former: former ?? null };
  }

  async #command(command: "stop" | "resume" | "heatmap", folder: string): Promise<void> {
    if (command === "stop") return this.#runs.stop(folder);
    if (command === "resume") return void (await this.#runs.resume(folder));
    const { adaptation } = (await this.#runs.outline(folder)).outline;
    const logged = adaptation && adaptationIn(folder, adaptation);
    const mask = logged && (await exists(logged)) ? logged : await onlyMaskIn(folder);
    if (!mask) throw new Refusal(vscode.l10n.t("The mask of {0} no longer exists. Restore its file.", runName(folder)));
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(mask));
  }
}

/** The mask in a run's folder, which may have been renamed; undefined if the folder contains none or several. */
async function onlyMaskIn(folder: string): Promise<string | undefined> {
  const [mask, ...others] = (await adaptationsOf(folder)).filter((file) => isAdaptation(file, "mask"));
  return others.length ? undefined : mask;
}

/** The options in a run's folder; empty if they cannot be read. */
async function optionsOf(folder: string): Promise<JsonObject> {
  return readOptions(folder).catch(() => ({}));
}

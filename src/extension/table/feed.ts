// What a table of runs is told: rows in pages, curves of the runs that it draws, and news while runs train.

import path from "node:path";
import * as vscode from "vscode";
import { writtenOf } from "../../files.ts";
import type { RunCurves, RunRow, ToRuns } from "../../messages.ts";
import type { TrainEvent } from "../../train/events.ts";
import { logOf } from "../../train/run-folder.ts";
import type { RunNews, Runs } from "../runs/runs.ts";
import { onChangedFiles } from "../ui/changed-files.ts";
import { note } from "../ui/log.ts";
import { isTrusted, whenTrusted } from "../ui/trust.ts";
import { BURST, onFolderMoved } from "../ui/watch.ts";
import { CurveBuilder, noCurves } from "./curves.ts";
import type { RunRows } from "./rows.ts";
import { shownRuns } from "./shown-runs.ts";

/** The number of rows in a page: the first page is small, so that the table appears at once. */
const FIRST_PAGE = 20;
const PAGE = 100;
/** How often news of runs that are training are sent, in milliseconds. */
const NEWS_EVERY = 500;
/** How often the logs of runs that another process trains are looked at, in milliseconds. */
const LOOK_EVERY = 2000;
/** The maximum number of runs that a page draws; it asks for no more. */
const MOST_DRAWN = 50;
const WATCHED = "**/run.json";

export class TableFeed implements vscode.Disposable {
  readonly #runs: Runs;
  readonly #rows: RunRows;
  readonly #study: string | null;
  readonly #post: (message: ToRuns) => void;
  readonly #isVisible: () => boolean;
  #disposables: vscode.Disposable[] = [];
  /** The runs that the page shows, with their states. */
  #shown = new Map<string, RunRow["state"]>();
  #reading = 0;
  #drawing = 0;
  /** The events of the drawn runs that are training. */
  readonly #live = new Map<string, CurveBuilder>();
  #drawn: readonly string[] = [];
  /** Runs with news that the page has not been told. */
  readonly #stale = new Set<string>();
  readonly #newCurves = new Set<string>();
  readonly #written = new Map<string, string | undefined>();
  #timers: NodeJS.Timeout[] = [];
  #again: NodeJS.Timeout | undefined;
  #selected: readonly string[] = [];

  constructor(
    runs: Runs,
    rows: RunRows,
    study: string | null,
    post: (message: ToRuns) => void,
    isVisible: () => boolean,
  ) {
    this.#runs = runs;
    this.#rows = rows;
    this.#study = study;
    this.#post = post;
    this.#isVisible = isVisible;
  }

  /** Called when the page is ready, also after it was hidden and shown again. */
  start(): void {
    if (!this.#timers.length) this.#watch();
    this.#drawn = []; // a page that was hidden has lost its curves, and asks for them again
    this.#live.clear();
    void this.#readAll().catch((error) => this.#fail(error));
  }

  shows(run: string): boolean {
    return this.#shown.has(run);
  }

  select(runs: readonly string[]): void {
    this.#selected = runs;
    if (this.#timers.length) this.#tellSelection();
  }

  /** Sends the curves of these runs, one by one, and again as they change. */
  draw(runs: readonly string[]): void {
    const drawn = runs.filter((run) => this.shows(run)).slice(0, MOST_DRAWN);
    const added = drawn.filter((run) => !this.#drawn.includes(run));
    this.#drawn = drawn;
    for (const run of this.#live.keys()) if (!drawn.includes(run)) this.#live.delete(run);
    void this.#sendCurves(added).catch(note);
  }

  dispose(): void {
    this.#reading++;
    this.#drawing++;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#again);
    for (const one of this.#disposables) one.dispose();
  }

  #watch(): void {
    this.#timers = [
      setInterval(() => void this.#tellNews().catch(note), NEWS_EVERY),
      setInterval(() => void this.#lookElsewhere().catch(note), LOOK_EVERY),
    ];
    const soon = () => this.#readSoon();
    this.#disposables = [
      this.#runs.onNews((news) => this.#hear(news)),
      vscode.workspace.onDidChangeWorkspaceFolders(soon),
      whenTrusted(() => {
        this.#disposables.push(onChangedFiles(WATCHED, soon), onFolderMoved(WATCHED, soon));
      }),
    ];
  }

  #fail(error: unknown): void {
    note(error);
    this.#post({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }

  #readSoon(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#readAll().catch((error) => this.#fail(error)), BURST);
  }

  /** Reads all runs, page by page. A later reading replaces an earlier one. */
  async #readAll(): Promise<void> {
    const reading = ++this.#reading;
    const runs = isTrusted() ? await shownRuns(this.#runs, this.#study) : [];
    if (reading !== this.#reading) return;
    this.#post({ type: "scope", study: this.#study, total: runs.length });
    const shown = new Map<string, RunRow["state"]>();
    for (let from = 0; from < runs.length; ) {
      const size = from ? PAGE : FIRST_PAGE;
      const rows = await Promise.all(runs.slice(from, from + size).map((run) => this.#rowOf(run)));
      if (reading !== this.#reading) return;
      from += size;
      for (const { run, state } of rows) {
        shown.set(run, state);
        this.#shown.set(run, state);
      }
      this.#post({ type: "rows", rows });
    }
    this.#shown = shown;
    this.#post({ type: "complete", runs });
    this.#tellSelection();
  }

  /** The table of a study names its cells without the study. */
  async #rowOf(run: string): Promise<RunRow> {
    const row = await this.#rows.of(run);
    const isOwn = this.#study !== null && run.startsWith(`${this.#study}${path.sep}`);
    return isOwn ? { ...row, name: path.basename(run) } : row;
  }

  #tellSelection(): void {
    if (this.#selected.length) this.#post({ type: "select", runs: this.#selected });
    this.#selected = [];
  }

  async #sendCurves(runs: readonly string[]): Promise<void> {
    const drawing = ++this.#drawing;
    for (const run of runs) {
      const curves = await this.#curvesOf(run);
      if (this.#drawn.includes(run)) this.#post({ type: "curves", curves: [curves] });
      if (drawing !== this.#drawing && !this.#drawn.includes(run)) return;
    }
  }

  async #curvesOf(run: string): Promise<RunCurves> {
    const missed: TrainEvent[] = [];
    const listening = this.#runs.onNews(({ folder, event }) => {
      if (folder === run && event) missed.push(event);
    });
    try {
      const { events, reason, state } = await this.#runs.history(run);
      if (!events.length && reason !== undefined) return noCurves(run, reason);
      const builder = new CurveBuilder(run, [...events, ...missed]);
      if (state === "running" && this.#drawn.includes(run)) this.#live.set(run, builder);
      return builder.curves();
    } finally {
      listening.dispose();
    }
  }

  #hear({ folder, event, state }: RunNews): void {
    if (!this.shows(folder)) return;
    this.#stale.add(folder);
    if (event) this.#live.get(folder)?.add(event);
    if (this.#drawn.includes(folder)) this.#newCurves.add(folder);
    if (state !== "running") this.#live.delete(folder);
  }

  async #tellNews(): Promise<void> {
    if (!this.#isVisible()) return;
    const [stale, changed] = [[...this.#stale], [...this.#newCurves]];
    this.#stale.clear();
    this.#newCurves.clear();
    if (stale.length) {
      const rows = await Promise.all(stale.map((run) => this.#rowOf(run)));
      for (const { run, state } of rows) this.#shown.set(run, state);
      this.#post({ type: "rows", rows });
    }
    const live = changed.flatMap((run) => this.#live.get(run)?.curves() ?? []);
    if (live.length) this.#post({ type: "curves", curves: live });
    const others = changed.filter((run) => !this.#live.has(run));
    if (others.length) await this.#sendCurves(others);
  }

  /** Runs that other processes train send no news: their logs are watched by their times. */
  async #lookElsewhere(): Promise<void> {
    if (!this.#isVisible()) return;
    for (const [run, state] of this.#shown) {
      if (state !== "elsewhere" && state !== "unfinished") continue;
      const written = await writtenOf(logOf(run));
      if (this.#written.has(run) && this.#written.get(run) !== written) {
        this.#stale.add(run);
        if (this.#drawn.includes(run)) this.#newCurves.add(run);
      }
      this.#written.set(run, written);
    }
  }
}

// The studies that this window runs, and what is known of all studies. Each study that runs has a thread of its own.

import path from "node:path";
import * as vscode from "vscode";
import type { StudyLive } from "../../messages/study.ts";
import type { StudyOverview } from "../../study/overview.ts";
import { cellsText } from "../../study/plan.ts";
import type { SlurmOptions } from "../../study/slurm/script.ts";
import { removeLeftLock } from "../../study/study.ts";
import { Stopped } from "../../worker/errors.ts";
import { cudaFolderOf } from "../models/compute.ts";
import { findRuns } from "../runs/found.ts";
import type { Adopted, Runs } from "../runs/runs.ts";
import { cancellable, log, note, Refusal, requireTrust } from "../ui/log.ts";
import { showLog } from "../ui/remedies.ts";
import { agreed } from "./agree.ts";
import type { Control, PlannedStudy, Share, StudyEvent, StudyRequests, ThreadData } from "./thread/requests.ts";
import { StudyThread } from "./thread/study-service.ts";
import { told } from "./told.ts";

interface Running {
  readonly thread: StudyThread;
  /** Stops the cells at a checkpoint, or ends the following of jobs. */
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  /** undefined until the first cell starts. */
  live: StudyLive | undefined;
}

/** How long a cancelled thread may take to end what it started, in milliseconds. */
const ENDING = 1000;
/** How long the thread that reads studies is kept, in milliseconds. */
const KEPT_IDLE = 60_000;

export class Studies {
  readonly #context: vscode.ExtensionContext;
  readonly #runs: Runs;
  readonly #data: ThreadData;
  readonly #running = new Map<string, Running>();
  readonly #known = new Map<string, Promise<StudyOverview>>();
  readonly #news = new vscode.EventEmitter<{ readonly study: string; readonly live: boolean }>();
  #reader: StudyThread | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** `live`: only what `liveOf` returns has changed, not the overview. */
  readonly onNews = this.#news.event;

  constructor(context: vscode.ExtensionContext, runs: Runs) {
    this.#context = context;
    this.#runs = runs;
    const dist = path.join(context.extensionPath, "dist");
    // The desktop's extension host runs in Electron, which is Node only where it is told so.
    const node = process.versions.electron ? ["env", "ELECTRON_RUN_AS_NODE=1", process.execPath] : [process.execPath];
    this.#data = {
      ...{ script: path.join(dist, "worker.js"), cuda: cudaFolderOf(context) },
      program: [...node, path.join(dist, "cli.js")],
    };
  }

  /** The studies that are being checked or run. */
  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  isRunning(study: string): boolean {
    return this.#running.has(study);
  }

  liveOf(study: string): StudyLive | undefined {
    return this.#running.get(study)?.live;
  }

  /** Rejects with an InputError if the study is damaged. */
  overview(study: string): Promise<StudyOverview> {
    const known = this.#known.get(study) ?? this.ask("overview", { study });
    this.#known.set(study, known);
    known.catch(() => this.#known.get(study) === known && this.#known.delete(study));
    return known;
  }

  /** Asks a thread that is shared by all studies, and ends when it has been idle for a while. */
  get ask(): StudyThread["ask"] {
    if (!this.#reader || this.#reader.ended) this.#reader = new StudyThread(this.#data);
    const reader = this.#reader;
    return (...given) => {
      clearTimeout(this.#idle);
      return reader.ask(...given).finally(() => {
        clearTimeout(this.#idle);
        if (reader.idle) this.#idle = setTimeout(() => void this.#endReader(), KEPT_IDLE).unref();
      });
    };
  }

  /** Writes a study's report in a thread of its own, because counting pairs of masks takes a while. */
  async report(
    params: StudyRequests["report"]["params"],
    signal: AbortSignal,
  ): Promise<StudyRequests["report"]["answer"]> {
    const thread = new StudyThread(this.#data);
    // While the thread counts, it hears nothing; what it started to compute hears the signal first.
    const end = () => void setTimeout(() => void thread.dispose(), ENDING);
    signal.addEventListener("abort", end, { once: true });
    try {
      return await thread.ask("report", params, { signal });
    } catch (error) {
      throw signal.aborted ? new Stopped() : error;
    } finally {
      signal.removeEventListener("abort", end);
      await thread.dispose();
    }
  }

  /** The files of a study have changed. */
  changed(study: string): void {
    this.#known.delete(study);
    this.#news.fire({ study, live: false });
  }

  /** How many cells of a study are trained at a time. */
  atOnceOf(study: string): number {
    return this.#context.workspaceState.get<Record<string, number>>(AT_ONCE, {})[study] ?? 1;
  }

  async setAtOnce(study: string, count: number): Promise<void> {
    const all = this.#context.workspaceState.get<Record<string, number>>(AT_ONCE, {});
    await this.#context.workspaceState.update(AT_ONCE, { ...all, [study]: count });
    if (this.liveOf(study)?.where === "here") await this.control(study, { what: "at once", count });
    this.#news.fire({ study, live: false });
  }

  /** Checks a study without starting it. */
  check(study: string): Promise<PlannedStudy> {
    return this.#using(study, (running) => this.#plan(study, running));
  }

  /**
   * Checks a study, says what it needs, and trains its cells on this machine, or with `slurm` as jobs, until all are over.
   * Throws a Refusal if it is running, or if any cell cannot be trained.
   */
  async run(study: string, slurm?: SlurmOptions): Promise<void> {
    const end = await this.#using(study, async (running) => {
      const { thread, controller } = running;
      const planned = await this.#plan(study, running);
      const atOnce = slurm ? (slurm.atOnce ?? planned.todo.length) : this.atOnceOf(study);
      const others = this.#runs.running.length > 0;
      if (!(await agreed({ study, planned, atOnce, others, slurm: slurm !== undefined, measure: () => measured() })))
        return undefined;
      const adopted = new Map<string, Adopted>();
      const onEvent = (event: StudyEvent) => this.#hear(study, running, adopted, event);
      const asking = { onEvent, signal: controller.signal };
      try {
        return await (slurm ? thread.ask("slurm", slurm, asking) : thread.ask("run", { atOnce }, asking));
      } finally {
        // Those that the thread could not tell about.
        for (const run of adopted.values()) run.end("stopped");
      }
      function measured() {
        return progressing(vscode.l10n.t("Measuring the first steps of {0}", path.basename(study)), (onEvent, signal) =>
          thread.ask("measure", { atOnce }, { onEvent, signal }),
        );
      }
    });
    if (end) void told(study, end, this.#stopped.delete(study)).catch(note);
  }

  /** The studies that the user has stopped. */
  readonly #stopped = new Set<string>();

  stop(study: string): void {
    const running = this.#running.get(study);
    if (!running) return;
    this.#stopped.add(study);
    running.controller.abort();
  }

  async control(study: string, control: Control): Promise<void> {
    await this.#running.get(study)?.thread.ask("control", control);
  }

  /** Stops all studies, their cells at a checkpoint, and waits until they have; jobs run on. */
  async stopAll(): Promise<void> {
    for (const study of this.running) this.stop(study);
    await Promise.allSettled([...this.#running.values()].map(({ ended }) => ended));
    await this.#endReader();
  }

  /** Calls `work` with a thread for this study. */
  async #using<T>(study: string, work: (running: Running) => Promise<T>): Promise<T> {
    requireTrust();
    if (this.#running.has(study))
      throw new Refusal(
        vscode.l10n.t("{0} is already running. Stop it, or wait until it finishes.", path.basename(study)),
      );
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const thread = new StudyThread(this.#data);
    const running: Running = { thread, controller: new AbortController(), ended, live: undefined };
    this.#running.set(study, running);
    this.#stopped.delete(study);
    this.#tellContext();
    this.#news.fire({ study, live: true });
    try {
      return await work(running);
    } finally {
      await thread.ask("release", {}).catch(() => removeLeftLock(study));
      await thread.dispose();
      this.#running.delete(study);
      this.#tellContext();
      end();
      this.changed(study);
    }
  }

  /** Throws a Refusal with all errors in the log if any cell cannot be trained, and `Stopped` if the user cancels. */
  async #plan(study: string, { thread, controller }: Running): Promise<PlannedStudy> {
    const name = path.basename(study);
    const inside = `${study}${path.sep}`;
    const reuse = (await findRuns()).flatMap(({ folder, leadsOut }) =>
      leadsOut || folder.startsWith(inside) ? [] : folder,
    );
    const planned = await progressing(vscode.l10n.t("Checking {0}", name), async (onEvent, cancelled) => {
      const signal = AbortSignal.any([cancelled, controller.signal]);
      // Reading models cannot be cancelled, so the thread is ended: only until the cells are trained, which stop at a checkpoint.
      const end = () => void thread.dispose();
      signal.addEventListener("abort", end);
      try {
        return await thread.ask("plan", { study, reuse, atOnce: this.atOnceOf(study) }, { onEvent, signal });
      } finally {
        signal.removeEventListener("abort", end);
      }
    });
    if (planned.faults.length) throw refusal(name, planned);
    return planned;
  }

  #hear(study: string, running: Running, adopted: Map<string, Adopted>, event: StudyEvent): void {
    if (event.type === "live") {
      running.live = event.live;
      this.#news.fire({ study, live: true });
      return;
    }
    if (event.type === "said") {
      log.info(`${path.basename(study)}: ${event.text}`);
      return;
    }
    const { folder } = event;
    if (event.type === "started") {
      const stop = () => void this.control(study, { what: "stop cell", folder }).catch(note);
      adopted.set(folder, this.#runs.adopt(folder, stop));
      this.changed(study);
    } else if (event.type === "event") adopted.get(folder)?.hear(event.event);
    else {
      adopted.get(folder)?.end(event.state, event.reason);
      adopted.delete(folder);
      if (event.reason !== undefined) log.error(`${folder}: ${event.reason}`);
      this.changed(study);
    }
  }

  #tellContext(): void {
    void vscode.commands.executeCommand("setContext", "masklens.studyRuns", this.#running.size > 0);
  }

  async #endReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.dispose();
  }
}

const AT_ONCE = "masklens.studies.atOnce";

/** Shows cancellable progress of a request that reports how much is done. */
function progressing<T>(
  title: string,
  ask: (onEvent: (share: Share) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return cancellable(title, (signal, progress) => {
    let shown = 0;
    return ask(({ done, of }) => {
      const now = of ? (100 * done) / of : 0;
      progress.report({ increment: now - shown, message: vscode.l10n.t("{0} of {1}", done, of) });
      shown = now;
    }, signal);
  });
}

/** The maximum number of errors that a message names. */
const NAMED = 3;

function refusal(name: string, { faults }: PlannedStudy): Refusal {
  const lines = faults.map(({ cells, message }) => `${cellsText(cells)}: ${message}`);
  for (const line of lines) log.error(`${name}: ${line}`);
  const cells = new Set(faults.flatMap((fault) => fault.cells)).size;
  const shown = lines.slice(0, NAMED).join(" · ");
  const text =
    lines.length > NAMED
      ? vscode.l10n.t(
          "{0}: nothing was started, because {1} of its cells cannot be trained: {2} · and {3} more errors in the log",
          name,
          cells,
          shown,
          lines.length - NAMED,
        )
      : vscode.l10n.t("{0}: nothing was started, because {1} of its cells cannot be trained: {2}", name, cells, shown);
  return new Refusal(text, { remedies: [showLog()] });
}

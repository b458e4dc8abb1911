// Runs: those training in the compute process, and the logs of current and past runs.

import path from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { runName } from "../../file-name.ts";
import { exists } from "../../files.ts";
import type { RunState } from "../../messages.ts";
import { duration } from "../../numbers.ts";
import type { RunOptions } from "../../recipe/options.ts";
import type { TrainEvent, TrainResult, TransferEvent } from "../../train/events.ts";
import { type Outline, outlineOf } from "../../train/outline.ts";
import { holderOf, readEvents, standing } from "../../train/run-folder.ts";
import { Stopped } from "../../worker/errors.ts";
import { readHead } from "../masks/found.ts";
import type { ComputeProcess } from "../models/compute.ts";
import { log, Refusal, requireTrust, tell } from "../ui/log.ts";
import { checkOff } from "../ui/walkthrough.ts";
import { confirm, progressing, showInformation } from "../ui/window.ts";
import { metricText, testMetric } from "../ui/words.ts";
import { LivePace } from "./former-pace.ts";
import { Outlines } from "./outlines.ts";

interface Live {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  readonly pace: LivePace;
  last?: TrainEvent;
}

/** A run that is trained as a part of something else, whose owner tells what happens to it. */
export interface Adopted {
  hear(event: TrainEvent): void;
  end(state: "done" | "failed" | "stopped", reason?: string): void;
}

/** A run's state and, if it failed, the reason. */
interface Stand {
  readonly state: RunState;
  readonly reason?: string;
}

/** An update from a run. */
export interface RunNews extends Stand {
  readonly folder: string;
  readonly event?: TrainEvent;
}

/** How often to check whether another process is still training a run, in milliseconds. */
const CHECK_HOLDER_EVERY = 2000;

export class Runs {
  readonly outlines = new Outlines();
  readonly #compute: ComputeProcess;
  readonly #live = new Map<string, Live>();
  readonly #reasons = new Map<string, string>();
  /** The paces of the runs that this window has trained. */
  readonly #paces = new Map<string, LivePace>();
  /** Runs that another process was training when last checked; each is rechecked until the other process stops training it. */
  readonly #elsewhere = new Set<string>();
  readonly #news = new vscode.EventEmitter<RunNews>();
  readonly onNews = this.#news.event;

  constructor(compute: ComputeProcess) {
    this.#compute = compute;
  }

  get running(): readonly string[] {
    return [...this.#live.keys()];
  }

  isRunning(folder: string): boolean {
    return this.#live.has(folder);
  }

  /** The events in a run's log, and its state. A run with an unreadable log counts as failed, with the reason. */
  async history(folder: string): Promise<Stand & { events: TrainEvent[] }> {
    try {
      const events = await readEvents(folder);
      return { events, ...this.#stands(folder, standing(events)) };
    } catch (error) {
      return { events: [], ...this.#unreadable(folder, error) };
    }
  }

  /** A run's outline and state; an unreadable log counts as failed, as in `history`. */
  async outline(folder: string): Promise<Stand & { outline: Outline }> {
    try {
      const outline = await this.outlines.of(folder);
      return { outline, ...this.#stands(folder, outline.standing) };
    } catch (error) {
      return { outline: outlineOf([]), ...this.#unreadable(folder, error) };
    }
  }

  /** A run's mean time per step, including evaluations: of a finished run, or of one that this window has trained so far. */
  async secondsPerStep(folder: string): Promise<number | undefined> {
    const { outline } = await this.outline(folder);
    return outline.secondsPerStep ?? this.#paces.get(folder)?.secondsPerStep;
  }

  #unreadable(folder: string, error: unknown): Stand {
    return { state: this.#live.has(folder) ? "running" : "failed", reason: messageOf(error) };
  }

  #stands(folder: string, logged: Outline["standing"]): Stand {
    const state = this.#stateOf(folder, logged);
    const reason = state === "failed" ? this.#reasons.get(folder) : undefined;
    return { state, ...(reason !== undefined && { reason }) };
  }

  #stateOf(folder: string, logged: Outline["standing"]): RunState {
    if (this.#live.has(folder)) return "running";
    if (holderOf(folder)) {
      this.#reasons.delete(folder); // it is running again, so its failure in this window no longer matters
      this.#lookAgain(folder);
      return "elsewhere";
    }
    return logged !== "done" && this.#reasons.has(folder) ? "failed" : logged;
  }

  /** Polls: a killed process leaves its lock behind, so no file change shows that it has ended. */
  #lookAgain(folder: string): void {
    if (this.#elsewhere.has(folder)) return;
    this.#elsewhere.add(folder);
    const checking = setInterval(() => {
      if (holderOf(folder)) return;
      clearInterval(checking);
      this.#elsewhere.delete(folder);
      void this.look(folder);
    }, CHECK_HOLDER_EVERY).unref();
  }

  /** Reports a run's state, which another process may have changed by starting or stopping training. */
  async look(folder: string): Promise<void> {
    const { state, reason } = await this.outline(folder);
    this.#news.fire({ folder, state, ...(reason !== undefined && { reason }) });
  }

  /**
   * Trains a new run, shows its progress, reports its end, and offers to resume it if it fails. Asks first if another run
   * is training; `begun` is called when the run starts.
   */
  train(options: RunOptions, begun?: () => void): Promise<void> {
    return this.#run(options.out, begun, (client, asking) => client.ask("train", { options }, asking));
  }

  /** Resumes a run, or starts one that only has a run.json, in the same way. */
  resume(folder: string, begun?: () => void): Promise<void> {
    return this.#run(folder, begun, (client, asking) => client.ask("resume", { folder }, asking));
  }

  /**
   * Shows a run that this window trains as a part of something else: it counts as running until `end` is called. `stop`:
   * called when the user stops it.
   */
  adopt(folder: string, stop: () => void): Adopted {
    const controller = new AbortController();
    controller.signal.addEventListener("abort", stop);
    const { live, over } = this.#begin(folder, controller);
    return {
      hear: (event) => this.#hear(folder, live, event),
      end: (state, reason) => {
        over();
        if (reason !== undefined) this.#reasons.set(folder, reason);
        this.#news.fire({ folder, state, ...(reason !== undefined && { reason }) });
      },
    };
  }

  stop(folder: string): void {
    this.#live.get(folder)?.controller.abort();
  }

  /** Stops all runs at a checkpoint and waits until they end; when closing, the editor waits only a few seconds. */
  async stopAll(): Promise<void> {
    for (const { controller } of this.#live.values()) controller.abort();
    await Promise.allSettled([...this.#live.values()].map(({ ended }) => ended));
  }

  async #run(
    folder: string,
    begun: (() => void) | undefined,
    ask: (
      client: ComputeProcess["client"],
      asking: { onEvent(event: TrainEvent): void; signal: AbortSignal },
    ) => Promise<TrainResult>,
  ): Promise<void> {
    requireTrust();
    const name = runName(folder);
    this.#requireIdle(folder);
    if (this.#live.size && !(await startBeside(name, this.running))) return;
    this.#requireIdle(folder); // it may have been started while the user was asked
    const controller = new AbortController();
    const { live, over } = this.#begin(folder, controller);
    begun?.();
    let failure: unknown;
    let result: TrainResult | undefined;
    try {
      result = await progressing(
        { title: vscode.l10n.t("Training {0}", name), where: "notification", cancellable: true },
        (progress, token) => {
          token.onCancellationRequested(() => controller.abort());
          let [steps, shown] = [0, 0];
          const onEvent = (event: TrainEvent) => {
            if (event.type === "start") [steps, shown] = [event.steps, (100 * event.step) / event.steps];
            if (event.type === "transfer") progress.report({ message: transferText(event) });
            if (event.type === "step") {
              const now = (100 * event.step) / steps;
              progress.report({ increment: now - shown, message: stepText(event, steps) });
              shown = now;
            }
            this.#hear(folder, live, event);
          };
          return ask(this.#compute.client, { onEvent, signal: controller.signal });
        },
      );
    } catch (error) {
      failure = error;
    } finally {
      over();
    }
    if (!result) return this.#failed(folder, failure, live.last !== undefined);
    this.#news.fire({ folder, state: "done" });
    void tellDone(name, result.adaptation).catch(tell);
  }

  /** Counts a run as running until `over` is called. */
  #begin(folder: string, controller: AbortController): { readonly live: Live; readonly over: () => void } {
    let end = () => {};
    const live: Live = {
      ...{ controller, pace: new LivePace() },
      ended: new Promise((resolve) => {
        end = resolve;
      }),
    };
    this.#live.set(folder, live);
    this.#reasons.delete(folder);
    this.#paces.set(folder, live.pace);
    void vscode.commands.executeCommand("setContext", "masklens.running", true);
    this.#news.fire({ folder, state: "running" });
    const over = () => {
      this.#live.delete(folder);
      end();
      void vscode.commands.executeCommand("setContext", "masklens.running", this.#live.size > 0);
    };
    return { live, over };
  }

  #hear(folder: string, live: Live, event: TrainEvent): void {
    live.last = event;
    live.pace.hear(event);
    this.#news.fire({ folder, state: "running", event });
  }

  #requireIdle(folder: string): void {
    const name = runName(folder);
    if (this.#live.has(folder))
      throw new Refusal(vscode.l10n.t("{0} is already training. Stop it, or wait until it finishes.", name));
  }

  async #failed(folder: string, error: unknown, begun: boolean): Promise<void> {
    if (error instanceof Stopped) {
      log.info(`${folder}: stopped`);
      return this.#news.fire({ folder, state: "stopped" });
    }
    const name = runName(folder);
    const reason = begun
      ? vscode.l10n.t("Training {0} failed: {1}", name, messageOf(error))
      : vscode.l10n.t("{0} could not be trained: {1}", name, messageOf(error));
    // A run that another process is training has not failed.
    if (!holderOf(folder)) this.#reasons.set(folder, reason);
    await this.look(folder);
    const there = await exists(path.join(folder, "run.json"));
    const goOn = vscode.l10n.t("Resume");
    if ((await tell(error, { message: reason, buttons: there ? [goOn] : [] })) === goOn)
      await this.resume(folder).catch(tell);
  }
}

/** Asks whether to start a run beside those that are training. */
function startBeside(name: string, others: readonly string[]): Promise<boolean> {
  const named = others.map(runName).join(", ");
  const question =
    others.length === 1
      ? vscode.l10n.t("{0} is still training. Start {1} beside it?", named, name)
      : vscode.l10n.t("{0} runs are still training: {1}. Start {2} beside them?", others.length, named, name);
  const detail =
    others.length === 1
      ? vscode.l10n.t("Both runs share this machine, so each of them takes longer.")
      : vscode.l10n.t("All runs share this machine, so each of them takes longer.");
  const button = others.length === 1 ? vscode.l10n.t("Start Beside It") : vscode.l10n.t("Start Beside Them");
  return confirm(question, detail, button);
}

/** Reports that a run has finished. Do not await this: the message may stay open for hours. */
async function tellDone(name: string, adaptation: string): Promise<void> {
  checkOff("train");
  const open = vscode.l10n.t("Open Heatmap");
  const { metadata } = await readHead(adaptation);
  const score = metadata && testMetric(metadata);
  const done = score
    ? vscode.l10n.t("Finished training {0}: test {1}.", name, metricText(metadata.task.metric, score))
    : vscode.l10n.t("Finished training {0}.", name);
  const buttons = adaptation.endsWith(".mask.safetensors") ? [open] : [];
  if ((await showInformation(done, ...buttons)) === open)
    await vscode.commands.executeCommand("masklens.openHeatmap", vscode.Uri.file(adaptation));
}

function stepText({ step, loss, secondsLeft }: TrainEvent & { type: "step" }, steps: number): string {
  return vscode.l10n.t("step {0} of {1}, loss {2}, {3} left", step, steps, loss.toFixed(3), duration(secondsLeft));
}

function transferText({ step, steps, loss, secondsLeft }: TransferEvent): string {
  const divergence = loss.toPrecision(3);
  return vscode.l10n.t(
    "transfer step {0} of {1}, divergence {2} nats, {3} left",
    ...[step, steps, divergence, duration(secondsLeft)],
  );
}

// Starts a compute process, sends it requests through a channel, and explains why it ended.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { type Memory, machineMemory } from "../runtime/machine-memory.ts";
import { visibleLines } from "../visible.ts";
import {
  Asker,
  type Asking,
  type CallsOf,
  type FindModels,
  type NameIn,
  type Port,
  type Reply,
  type Request,
} from "./channel.ts";
import { environmentOf } from "./environment.ts";
import { Stopped } from "./errors.ts";
import { exitText, folderText, ProcessEnded, startText } from "./exit.ts";
import { Monitor } from "./monitor.ts";
import { LIMITS, type Limits } from "./patience.ts";
import { makePrivateFolder, removeOrphanedFolders } from "./private-folder.ts";
import { BEATS } from "./watchdog.ts";

export interface ClientOptions {
  /** The compute process's program: dist/worker.js. */
  readonly script: string;
  readonly arguments?: readonly string[];
  /** Whether the process computes in the background, at a lower priority than what a person waits for. */
  readonly background?: boolean;
  /** Variables of its environment, besides those that it takes over from this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long the process may go without progress, where this differs from `LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** Measures the available memory; undefined if unknown. */
  readonly memory?: () => Memory | undefined;
  /** Finds the model folders known to the client, in which the process searches for moved models. */
  readonly models?: FindModels;
  /**
   * Called with the number of seconds without progress when the process stops responding, and with null when it
   * responds again.
   */
  readonly onSilence?: (seconds: number | null) => void;
  /** Called each time all requests are answered. */
  readonly onIdle?: () => void;
  /** Called once if the process ends unexpectedly or is killed from outside. */
  readonly onDeath?: (reason: ProcessEnded) => void;
}

/** How many characters of the process's output are kept. */
const KEPT = 4_000;
/** How long `close` waits, in milliseconds. */
const CLOSING = 2_000;

/** Threads that the process starts from now on inherit its priority. */
function toBackground(pid: number | undefined): void {
  if (pid === undefined) return; // it could not be started
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {} // it has ended, or the system forbids it: then it computes as other processes do
}

/**
 * A compute process. It starts immediately, in its own empty folder, because ONNX Runtime looks for files in the working
 * folder. When it ends for any reason, open and later requests reject with that reason.
 */
export class WorkerClient<C extends CallsOf<C>> {
  readonly #options: ClientOptions;
  readonly #child: ChildProcess | undefined;
  readonly #folder: string | undefined;
  readonly #monitor: Monitor;
  readonly #asker: Asker<C>;
  readonly #ended: Promise<void>;
  readonly #killsBefore = systemKills();
  #printed = "";
  #answeredAll = () => {};
  /** Why the client ends the process. */
  #why: Error | undefined;
  /** Whether the client is ending the process on purpose. */
  #deliberate = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#monitor = new Monitor({
      limits: { ...LIMITS, ...options.limits },
      memory: options.memory ?? machineMemory,
      pid: () => this.pid,
      onSilence: (seconds) => options.onSilence?.(seconds),
      onHeedless: (why) => this.kill(new ProcessEnded(why, this.printed)),
      onExhausted: (why) => {
        if (this.#why) return; // it is already ending
        this.#why = new ProcessEnded(why, this.printed);
        this.#child?.kill("SIGKILL");
      },
    });
    let unstarted: Error | undefined;
    try {
      this.#folder = makePrivateFolder();
      this.#child = fork(options.script, [...(options.arguments ?? [])], {
        cwd: this.#folder,
        env: { ...environmentOf(process.env), ...options.environment },
        execArgv: ["--enable-source-maps"],
        serialization: "advanced", // keeps typed arrays
        stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      });
      if (options.background) toBackground(this.#child.pid);
    } catch (error) {
      const reason = error as NodeJS.ErrnoException;
      unstarted = new ProcessEnded(this.#folder ? startText(reason) : folderText(tmpdir(), reason), "");
      if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
    }
    this.#asker = new Asker(portTo<C>(this.#child), options.models);
    if (unstarted) this.#asker.close(unstarted);
    this.#ended = this.#child ? this.#end(this.#child) : Promise.resolve();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The process's latest output, without colours; complete once it has ended. */
  get printed(): string {
    return visibleLines(stripVTControlCharacters(this.#printed)).trim();
  }

  /** Whether the process has ended, so that a new client is needed. */
  get ended(): boolean {
    return this.#asker.closed;
  }

  /** Whether no request is open. */
  get idle(): boolean {
    return this.#monitor.idle;
  }

  /** Whether the process has made no progress for longer than allowed. */
  get silent(): boolean {
    return this.#monitor.silent;
  }

  /** Sends a request. Rejects with an InputError, `Stopped`, or an Error that explains why there is no answer. */
  async ask<N extends NameIn<C>>(
    name: N,
    params: C[N]["params"],
    asking: Asking<C[N]["event"]> = {},
  ): Promise<C[N]["answer"]> {
    const answered = this.#monitor.begin(asking.signal);
    try {
      return await this.#asker.ask(name, params, asking);
    } finally {
      answered();
      if (this.idle) {
        this.#answeredAll();
        this.#options.onIdle?.();
      }
    }
  }

  /** Ends the process now; open requests reject with `why`. */
  kill(why: Error = new ProcessEnded("the compute process was killed", this.printed)): void {
    this.#deliberate = true;
    this.#why ??= why;
    this.#child?.kill("SIGKILL");
  }

  /** Gives an unresponsive process the same amount of time again. */
  wait(): void {
    this.#monitor.wait();
  }

  /** Ends the process once all open requests are answered. */
  async retire(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#answeredAll = resolve;
      if (this.#monitor.idle) resolve();
    });
    await this.close();
  }

  /** Ends the process, giving it two seconds to reach a safe point; open requests reject. */
  async close(): Promise<void> {
    this.#deliberate = true;
    this.#why ??= new Stopped("the compute process was closed");
    if (this.#child?.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.kill(), CLOSING);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Waits for the process to end and for its remaining output, then rejects all requests with the reason. */
  async #end(child: ChildProcess): Promise<void> {
    const cleaned = removeOrphanedFolders();
    let reason: Error;
    try {
      const [code, signal] = await this.#ending(child);
      const memoryRanOut = systemKills() > this.#killsBefore;
      reason = new ProcessEnded(exitText({ code, signal, printed: this.printed, memoryRanOut }), this.printed);
    } catch (error) {
      reason = new ProcessEnded(startText(error as NodeJS.ErrnoException), this.printed);
    }
    const over = this.#why ?? reason;
    this.#asker.close(over);
    if (over instanceof ProcessEnded && !this.#deliberate) this.#options.onDeath?.(over);
    await Promise.all([cleaned, rm(this.#folder!, { recursive: true, force: true }).catch(() => undefined)]);
  }

  /** Receives the process's output until it ends; rejects if it does not start. */
  async #ending(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
    const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    if (!child.stdout || !child.stderr) return exit; // without free file descriptors there are no pipes
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#printed = (this.#printed + text).slice(-KEPT);
      });
    const beats = child.stdio[BEATS] as Readable;
    beats.on("error", () => undefined);
    createInterface({ input: beats }).on("line", (line) => this.#monitor.hear(line));
    // Not "close", which is not emitted after `disconnect` was called.
    const [ending] = await Promise.all([exit, finished(child.stdout), finished(child.stderr)]);
    return ending;
  }
}

/** The port to a process; without a process, nothing is sent and nothing arrives. */
function portTo<C extends CallsOf<C>>(child: ChildProcess | undefined): Port<Request<C>, Reply<C>> {
  return {
    post(request) {
      // If sending fails, the process is ending, which rejects all requests.
      if (child?.connected) child.send(request, () => undefined);
    },
    onMessage: (listener) => void child?.on("message", (reply) => listener(reply as Reply<C>)),
  };
}

/** How many processes Linux has killed since boot because memory ran out; 0 if unknown. */
function systemKills(): number {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync("/proc/vmstat", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

// Starts a compute process, sends it requests through a channel, monitors it, and says why it died.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { duration } from "../numbers.ts";
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
import { exhaustedText, exhausts, type Memory, machineMemory, residentOf } from "./memory.ts";
import { type Beat, LIMITS, type Limits, Patience } from "./patience.ts";
import { makePrivateFolder, removeOrphanedFolders } from "./private-folder.ts";
import { BEATS } from "./watchdog.ts";

export interface ClientOptions {
  /** The compute process's program: dist/worker.js. */
  readonly script: string;
  readonly arguments?: readonly string[];
  /** How long it may make no progress, where different from `LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** How much memory is left on this machine; undefined if unknown. */
  readonly memory?: () => Memory | undefined;
  /** Finds the model folders known to the client, in which the process searches for moved models. */
  readonly models?: FindModels;
  /** Called when the process stops responding, with the seconds without progress, and with null when it responds again. */
  readonly onSilence?: (seconds: number | null) => void;
  /** Called once if it ends unexpectedly or is killed from outside. */
  readonly onDeath?: (reason: ProcessEnded) => void;
}

/** How many characters of its output are kept. */
const KEPT = 4_000;
/** In milliseconds: how often the process is checked while requests are open. */
const LOOK = 100;
/** With more memory available than this, in bytes, memory is checked less often. */
const PLENTY = 4e9;
/** How much less often, in checks. */
const SELDOM = 5;
/** How long `close` waits, in milliseconds. */
const CLOSING = 2_000;

/** An open request, as far as it matters to the process's patience. */
interface Watched {
  /** Steps of the process when it was sent. */
  readonly steps: number;
  /** Milliseconds since it was cancelled. */
  waited?: number;
}

/**
 * A compute process. It starts immediately, in its own empty folder, because ONNX Runtime looks for files in the working
 * folder. When it ends for any reason, open and later requests reject with that reason.
 *
 * Several requests may be open at once; they share the process's main thread, so progress is measured for the process, not for
 * each request: if one blocks, all do.
 */
export class WorkerClient<C extends CallsOf<C>> {
  readonly #options: ClientOptions;
  readonly #child: ChildProcess | undefined;
  readonly #folder: string | undefined;
  readonly #patience: Patience;
  readonly #asker: Asker<C>;
  readonly #open = new Set<Watched>();
  readonly #ended: Promise<void>;
  readonly #killsBefore = systemKills();
  #printed = "";
  #answeredAll = () => {};
  #watch: NodeJS.Timeout | undefined;
  #turn = 0;
  #memory: Memory | undefined;
  #resident = 0;
  #silent = false;
  /** Why the client ends the process. */
  #why: Error | undefined;
  /** Whether it ends on purpose. */
  #deliberate = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#patience = new Patience({ ...LIMITS, ...options.limits });
    let unstarted: Error | undefined;
    try {
      this.#folder = makePrivateFolder();
      this.#child = fork(options.script, [...(options.arguments ?? [])], {
        cwd: this.#folder,
        env: environmentOf(process.env),
        execArgv: ["--enable-source-maps"],
        serialization: "advanced", // typed arrays as they are
        stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      });
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

  /** Whether it has made no progress for longer than allowed. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Sends a request. Rejects with an InputError, `Stopped`, or an Error that says why there is no answer. */
  async ask<N extends NameIn<C>>(
    name: N,
    params: C[N]["params"],
    asking: Asking<C[N]["event"]> = {},
  ): Promise<C[N]["answer"]> {
    const { signal } = asking;
    const watched: Watched = { steps: this.#patience.steps };
    const cancelled = () => {
      watched.waited = 0;
    };
    signal?.addEventListener("abort", cancelled, { once: true });
    if (!this.#open.size) this.#attend();
    this.#open.add(watched);
    try {
      return await this.#asker.ask(name, params, asking);
    } finally {
      signal?.removeEventListener("abort", cancelled);
      this.#open.delete(watched);
      if (!this.#open.size) this.#rest();
    }
  }

  /** Ends the process now; open requests reject with `why`. */
  kill(why: Error = new ProcessEnded("the compute process was killed", this.printed)): void {
    this.#deliberate = true;
    this.#why ??= why;
    this.#child?.kill("SIGKILL");
  }

  /** Gives an unresponsive process the same time again. */
  wait(): void {
    this.#patience.wait();
    this.#silent = false;
  }

  /** Ends the process once all open requests are answered. */
  async retire(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#answeredAll = resolve;
      if (!this.#open.size) resolve();
    });
    await this.close();
  }

  /** Ends the process, which has two seconds to reach a safe point; open requests reject. */
  async close(): Promise<void> {
    this.#deliberate = true;
    this.#why ??= new Stopped("the compute process was closed");
    if (this.#child?.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.kill(), CLOSING);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Monitors the process while requests are open. */
  #attend(): void {
    this.#patience.begin();
    let before = performance.now();
    this.#watch = setInterval(() => {
      const now = performance.now();
      // Time in which the client was blocked or the machine slept does not count as silence.
      const passed = Math.min(now - before, 2 * LOOK);
      before = now;
      this.#listen(passed);
      this.#guardMemory();
    }, LOOK);
  }

  #rest(): void {
    clearInterval(this.#watch);
    if (this.#silent) this.#setSilent(false);
    this.#answeredAll();
  }

  #hear(line: string): void {
    let beat: Beat;
    try {
      beat = JSON.parse(line);
    } catch {
      return; // cut off by the process's end
    }
    this.#patience.hear(beat);
    this.#resident = beat.resident;
    if (this.#silent && this.#patience.quiet === 0) this.#setSilent(false);
  }

  #listen(passed: number): void {
    this.#patience.pass(passed);
    for (const watched of this.#open) {
      if (watched.waited === undefined) continue;
      watched.waited += passed;
      const lossless = this.#open.size === 1 && watched.steps === this.#patience.steps;
      if (!this.#patience.isOver(watched.waited, lossless)) continue;
      const why = `the compute process did not respond to a stop request for ${duration(watched.waited / 1000)} and was killed`;
      this.kill(new ProcessEnded(why, this.printed));
      return;
    }
    if (!this.#silent && this.#patience.quiet >= this.#patience.limit) this.#setSilent(true);
  }

  #setSilent(silent: boolean): void {
    this.#silent = silent;
    this.#options.onSilence?.(silent ? this.#patience.quiet / 1000 : null);
  }

  #guardMemory(): void {
    const { memory = machineMemory } = this.#options;
    if (this.#turn++ % SELDOM && this.#memory && this.#memory.available > PLENTY) return;
    this.#memory = memory();
    if (!this.#memory) return;
    const resident = residentOf(this.pid, this.#resident);
    if (!exhausts(resident, this.#memory) || this.#why) return;
    this.#why = new ProcessEnded(exhaustedText(resident, this.#memory), this.printed);
    this.#child?.kill("SIGKILL");
  }

  /** Waits for the process's end and its remaining output, and rejects all requests with the reason. */
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
    createInterface({ input: beats }).on("line", (line) => this.#hear(line));
    // Not "close", which is not emitted after `disconnect` was called.
    const [ending] = await Promise.all([exit, finished(child.stdout), finished(child.stderr)]);
    return ending;
  }
}

/** The port to a process; without one, nothing is sent and nothing arrives. */
function portTo<C extends CallsOf<C>>(child: ChildProcess | undefined): Port<Request<C>, Reply<C>> {
  return {
    post(request) {
      // If sending fails, the process's end follows and rejects all requests.
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

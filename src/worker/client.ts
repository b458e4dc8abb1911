// The asker's end of the channel: starts a compute process, asks it, and answers for it when it dies.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { finished } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";
import { messageOf } from "../errors.ts";
import { type CallsOf, type NameIn, ProcessEnded, type Reply, type Request, Stopped, unpackError } from "./protocol.ts";

export interface ClientOptions {
  /** The compute process's program: dist/worker.js. */
  readonly script: string;
  readonly arguments?: readonly string[];
  /** How long a request may go on after it was cancelled; then the process is killed. In milliseconds. */
  readonly grace?: number;
  /** Finds the folders with models that are known on this side, among which the process looks for what has moved. */
  readonly models?: () => Promise<readonly string[]>;
}

/** A step of the largest models takes some seconds, and a checkpoint of them as many. */
const GRACE = 60_000;
/** So many of the last lines that the process printed are told when it dies. */
const TOLD = 5;
/** Of what it printed so many characters are kept. */
const KEPT = 4_000;
/** Lines of a JavaScript error that say nothing to people. */
const STACK = /^(at |[{}]|Node\.js v|\^|throw )/;

/**
 * For glibc: large blocks come from its heap, and what is freed stays there for the next step instead of going back to the
 * system page by page (see src/graph/session.ts). Other systems do not read these.
 */
export const KEEP_FREED_MEMORY = {
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
  MALLOC_TOP_PAD_: String(64 << 20),
  MALLOC_ARENA_MAX: "1",
};

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

/** How one request is asked. */
export interface Asking<E> {
  onEvent?(event: E): void;
  /** Cancels it: it rejects with `Stopped` as soon as the process has come to a good place. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A compute process. It is started at once, in an empty folder of its own, because ONNX Runtime looks for files where it
 * stands. When it ends, however it ends, each open request rejects with the reason, and each later one too.
 */
export class WorkerClient<C extends CallsOf<C>> {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #grace: number;
  readonly #models: () => Promise<readonly string[]>;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #next = 1;
  #printed = "";
  #closing = false;
  #answeredAll = () => {};
  /** Why there will be no answers any more. */
  #over: Error | undefined;

  constructor({ script, arguments: given = [], grace = GRACE, models = async () => [] }: ClientOptions) {
    this.#grace = grace;
    this.#models = models;
    this.#folder = mkdtempSync(path.join(tmpdir(), "masklens-"));
    this.#child = fork(script, [...given], {
      cwd: this.#folder,
      env: { ...process.env, ...KEEP_FREED_MEMORY, ORT_DISABLE_TELEMETRY: "1" },
      execArgv: ["--enable-source-maps"],
      serialization: "advanced", // typed arrays as they are
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#printed = (this.#printed + text).slice(-KEPT);
      });
    this.#child.on("message", (reply: Reply<C>) => this.#take(reply));
    this.#ended = this.#end();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last that the process printed, without its colours; all of it once it has ended. */
  get printed(): string {
    return stripVTControlCharacters(this.#printed).trim();
  }

  /** Whether the process is gone: a new client is needed. */
  get ended(): boolean {
    return this.#over !== undefined;
  }

  /** Asks for something. Rejects with an InputError, `Stopped`, or an Error that says why there is no answer. */
  ask<N extends NameIn<C>>(
    name: N,
    params: C[N]["params"],
    { onEvent, signal }: Asking<C[N]["event"]> = {},
  ): Promise<C[N]["answer"]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new Stopped());
      if (this.#over) return reject(this.#over);
      let deadline: NodeJS.Timeout | undefined;
      const cancel = () => {
        this.#send({ type: "cancel", id });
        deadline = setTimeout(() => this.kill(), this.#grace);
      };
      const settled = () => {
        clearTimeout(deadline);
        signal?.removeEventListener("abort", cancel);
        if (!this.#pending.size) this.#answeredAll();
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#pending.set(id, {
        resolve(answer) {
          settled();
          resolve(answer as C[N]["answer"]);
        },
        reject: (error) => {
          settled();
          // Who cancelled and had to wait for the kill asked for nothing else than the end.
          reject(signal?.aborted && this.#over ? new Stopped() : error);
        },
        onEvent: onEvent as Pending["onEvent"],
      });
      this.#send({ type: "ask", id, name, params } as Request<C>);
    });
  }

  /** Ends the process now; open requests reject. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Ends the process when all that it was asked is answered. */
  async retire(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#answeredAll = resolve;
      if (!this.#pending.size) resolve();
    });
    await this.close();
  }

  /** Ends the process, which has two seconds to come to a good place; open requests reject. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.kill(), 2_000);
    await this.#ended;
    clearTimeout(timer);
  }

  #send(request: Request<C>): void {
    // A failure to send is followed by the process's end, which answers everyone.
    if (this.#child.connected) this.#child.send(request, () => undefined);
  }

  #take(reply: Reply<C>): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.type === "event") {
      pending.onEvent?.(reply.event);
      return;
    }
    if (reply.type === "models wanted") return void this.#tellModels(reply.id);
    this.#pending.delete(reply.id);
    if (reply.type === "answer") pending.resolve(reply.answer);
    else pending.reject(unpackError(reply.error));
  }

  async #tellModels(id: number): Promise<void> {
    this.#send({ type: "models", id, folders: await this.#models().catch(() => []) }); // the process waits for an answer
  }

  /** Waits for the process's end and its last output, and answers everyone with the reason. */
  async #end(): Promise<void> {
    // Not "close": it does not come after `disconnect` was called here.
    const gone = [once(this.#child, "exit"), finished(this.#child.stdout!), finished(this.#child.stderr!)];
    try {
      const [[code, signal]] = (await Promise.all(gone)) as [[number | null, NodeJS.Signals | null]];
      this.#over = this.#closing ? new Stopped("the compute process was closed") : this.#reason(code, signal);
    } catch (error) {
      this.#over = new ProcessEnded(`the compute process cannot start: ${messageOf(error)}`, this.printed);
    }
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(this.#over);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): Error {
    const how = signal ? (HOW[signal] ?? `was ended by ${signal}`) : `ended with exit code ${code}`;
    const lines = this.printed.split("\n").map((line) => line.trim());
    const last = lines
      .filter((line) => line && !STACK.test(line))
      .slice(-TOLD)
      .join(" / ");
    return new ProcessEnded(`the compute process ${how}${last && `; it last said: ${last}`}`, this.printed);
  }
}

/** What a signal says of the reason. */
const HOW: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "was killed (SIGKILL), by hand or because the machine ran out of memory",
  SIGSEGV: "crashed (SIGSEGV)",
  SIGBUS: "crashed (SIGBUS)",
  SIGILL: "crashed (SIGILL): this processor lacks an instruction that it needs",
  SIGABRT: "gave up (SIGABRT)",
};

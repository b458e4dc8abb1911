// A channel: typed requests between two threads or processes, over any message port. Several requests may be open at
// once; each gets any number of events, then exactly one answer or error. The compute process, the mask thread and the
// data thread use it, each with its own table of calls.

import type { MessagePort, Worker } from "node:worker_threads";
import { packError, Stopped, unpackError, type WireError } from "./errors.ts";

/** One kind of request. */
export interface Call {
  readonly params: unknown;
  /** Reported during the work; `never` if nothing is reported. */
  readonly event: unknown;
  readonly answer: unknown;
}

/** A table of calls: one `Call` per name. */
export type CallsOf<C> = { readonly [N in keyof C]: Call };
/** The request names of a table of calls. */
export type NameIn<C> = keyof C & string;

interface Ask<C extends CallsOf<C>, N extends NameIn<C>> {
  readonly type: "ask";
  readonly id: number;
  readonly name: N;
  readonly params: C[N]["params"];
}

/** Sent by the asker, which chooses an `id` that is unique for the channel's lifetime. */
export type Request<C extends CallsOf<C>> =
  | { [N in NameIn<C>]: Ask<C, N> }[NameIn<C>]
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "models"; readonly id: number; readonly folders: readonly string[] };

/**
 * Sent to the asker: any number of events, at most one request for its model folders, then exactly one answer or error.
 */
export type Reply<C extends CallsOf<C>> =
  | { readonly type: "event"; readonly id: number; readonly event: C[NameIn<C>]["event"] }
  | { readonly type: "models wanted"; readonly id: number }
  | { readonly type: "answer"; readonly id: number; readonly answer: C[NameIn<C>]["answer"] }
  | { readonly type: "error"; readonly id: number; readonly error: WireError };

/** One end of a connection. Messages to an end that is gone are lost. */
export interface Port<Out, In> {
  /** Throws if the message cannot be cloned. */
  post(message: Out): void;
  onMessage(listener: (message: In) => void): void;
}

/** The port to a thread or, inside a thread, the port to its parent. */
export function threadPort<Out, In>(thread: Worker | MessagePort): Port<Out, In> {
  return {
    post: (message) => thread.postMessage(message),
    onMessage: (listener) => void thread.on("message", listener),
  };
}

/** Options of one request. */
export interface Asking<E> {
  onEvent?(event: E): void;
  /** Cancels the request, which rejects with `Stopped` when the other end reaches a safe point. */
  readonly signal?: AbortSignal | undefined;
}

/** Finds the model folders that the asker knows. */
export type FindModels = () => Promise<readonly string[]>;

interface Open {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The end that asks. Its owner closes it when the other end is gone. */
export class Asker<C extends CallsOf<C>> {
  readonly #port: Port<Request<C>, Reply<C>>;
  readonly #models: FindModels;
  readonly #open = new Map<number, Open>();
  #next = 1;
  #closed: Error | undefined;

  /** `models`: called only when a request needs the folders; if it fails, the request receives an empty list. */
  constructor(port: Port<Request<C>, Reply<C>>, models: FindModels = async () => []) {
    this.#port = port;
    this.#models = models;
    port.onMessage((reply) => this.#take(reply));
  }

  /** Whether there will be no more answers. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Whether no request is open. */
  get idle(): boolean {
    return this.#open.size === 0;
  }

  /** Sends a request. Rejects with an InputError, `Stopped`, or an Error that explains why there is no answer. */
  ask<N extends NameIn<C>>(
    name: N,
    params: C[N]["params"],
    { onEvent, signal }: Asking<C[N]["event"]> = {},
  ): Promise<C[N]["answer"]> {
    const id = this.#next++;
    const cancel = () => this.#port.post({ type: "cancel", id });
    return new Promise<C[N]["answer"]>((resolve, reject) => {
      if (signal?.aborted) return reject(new Stopped());
      if (this.#closed) return reject(this.#closed);
      this.#port.post({ type: "ask", id, name, params } as Request<C>);
      this.#open.set(id, { resolve, reject, onEvent: onEvent as Open["onEvent"], signal });
      signal?.addEventListener("abort", cancel, { once: true });
    }).finally(() => signal?.removeEventListener("abort", cancel));
  }

  /** Rejects open and later requests with `why`; open requests that were cancelled reject with `Stopped`. */
  close(why: Error): void {
    this.#closed ??= why;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { reject, signal } of open)
      reject(signal?.aborted && !(why instanceof Stopped) ? new Stopped(why.message) : why);
  }

  #take(reply: Reply<C>): void {
    if (reply.type === "models wanted") return void this.#tellModels(reply.id);
    const open = this.#open.get(reply.id);
    if (!open) return;
    if (reply.type === "event") return void open.onEvent?.(reply.event);
    this.#open.delete(reply.id);
    if (reply.type === "answer") open.resolve(reply.answer);
    else open.reject(unpackError(reply.error));
  }

  async #tellModels(id: number): Promise<void> {
    const folders = await this.#models().catch(() => []); // the other end is waiting for an answer
    this.#port.post({ type: "models", id, folders });
  }
}

/** What a request handler receives besides its parameters. */
export interface Context<E> {
  emit(event: E): void;
  /** Fires when the asker cancels. */
  readonly signal: AbortSignal;
  /**
   * The asker's model folders; finding them may take a while, so they are requested only when needed, once per request.
   */
  readonly models: FindModels;
}

/** The request handlers. */
export type Answers<C extends CallsOf<C>> = {
  readonly [N in NameIn<C>]: (params: C[N]["params"], context: Context<C[N]["event"]>) => Promise<C[N]["answer"]>;
};

/** The end that answers: every request gets its answer, even if its handler throws. */
export class Answerer<C extends CallsOf<C>> {
  readonly #port: Port<Reply<C>, Request<C>>;
  readonly #answers: Answers<C>;
  readonly #running = new Map<number, AbortController>();
  readonly #waiting = new Map<number, (folders: readonly string[]) => void>();
  readonly #work = new Set<Promise<void>>();

  constructor(port: Port<Reply<C>, Request<C>>, answers: Answers<C>) {
    this.#port = port;
    this.#answers = answers;
    port.onMessage((request) => this.#take(request));
  }

  /** Stops open requests at their next safe point; resolves when all are answered. */
  async stop(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    for (const tell of this.#waiting.values()) tell([]);
    await Promise.allSettled(this.#work);
  }

  #take(request: Request<C>): void {
    if (request.type === "cancel") this.#running.get(request.id)?.abort();
    else if (request.type === "models") this.#waiting.get(request.id)?.(request.folders);
    else {
      const work = this.#answer(request);
      this.#work.add(work);
      void work.finally(() => this.#work.delete(work));
    }
  }

  async #answer<N extends NameIn<C>>({ id, name, params }: Ask<C, N>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const emit = (event: C[N]["event"]) => this.#port.post({ type: "event", id, event });
    try {
      if (!Object.hasOwn(this.#answers, name)) throw new Error(`unknown request ${name}`);
      const context = { emit, signal: controller.signal, models: this.#modelsOf(id) };
      this.#port.post({ type: "answer", id, answer: await this.#answers[name](params, context) });
    } catch (error) {
      const aborted = controller.signal.aborted && (error as Error | undefined)?.name === "AbortError";
      this.#port.post({ type: "error", id, error: packError(aborted ? new Stopped() : error) });
    } finally {
      this.#running.delete(id);
    }
  }

  /** Requests the asker's model folders on the first call. */
  #modelsOf(id: number): FindModels {
    let folders: Promise<readonly string[]> | undefined;
    return () => {
      folders ??= new Promise((resolve) => {
        this.#waiting.set(id, (found) => {
          this.#waiting.delete(id);
          resolve(found);
        });
        this.#port.post({ type: "models wanted", id });
      });
      return folders;
    };
  }
}

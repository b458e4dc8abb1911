// A graph compiled for a device.

import { InputError, messageOf } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { onnxBytes } from "../graph/onnx.ts";
import type { Type } from "../graph/operators.ts";
import { comesBefore, mayOverwrite } from "../graph/order.ts";
import { slowly, stepping } from "../pulse.ts";
import { ARRAYS, sizeOf, type Tensor } from "../tensor.ts";
import { Binding, type Side } from "./binding.ts";
import { type Device, useDevice } from "./device.ts";
import { DeviceFull } from "./device-full.ts";
import { type Environment, environment, LOG, SHARED_ARENA } from "./environment.ts";
import { Interrupted, type Interruption, Witness } from "./interruption.ts";
import type { Owned } from "./owned.ts";
import { problemOf, reasonOf } from "./reason.ts";

/** GraphOptimizationLevel: all. */
const OPTIMIZED = 99;

/** The runtime's message where a run was ended on request. */
const TERMINATED = /terminate flag/;

/** Tensors by name. */
export type Values = Readonly<Record<string, Tensor>>;

export class Session {
  readonly #environment: Environment;
  readonly #session: Owned<"Session">;
  readonly #options: Owned<"RunOptions">;
  readonly #binding: Binding;
  readonly #graph: Graph;
  readonly #device: Device;
  readonly #proofs = new Map<string, boolean>();
  /** Inputs and outputs whose memory has changed since it was last compared with that of the others. */
  readonly #unchecked = new Set<string>();
  /** The outputs that have been written over inputs. */
  readonly #inPlace = new Set<string>();
  /** The witness that is known to come before all of them. */
  #guard: string | undefined;
  /** The latest run; a binding serves one run at a time. */
  #latest: Promise<unknown> = Promise.resolve();
  #hasRun = false;
  #witness: Witness | undefined;

  private constructor(environment: Environment, session: Owned<"Session">, graph: Graph, device: Device) {
    const { api } = environment;
    this.#environment = environment;
    this.#session = session;
    this.#options = api.make("CreateRunOptions");
    api.call("RunOptionsSetRunLogSeverityLevel", this.#options.pointer, LOG.fatal); // errors are thrown
    this.#binding = new Binding(environment, session.pointer, device !== "cpu");
    this.#graph = graph;
    this.#device = device;
  }

  /**
   * Compiles a graph for a device, off the JavaScript thread. With `profile`, release() writes the runtime's profile to a
   * file whose path starts with `profile`. Throws an error with the runtime's reason; for a GPU this is an InputError,
   * because the user can choose another device.
   */
  static async create(graph: Graph, device: Device = "cpu", profile?: string): Promise<Session> {
    let options: Owned<"SessionOptions"> | undefined;
    try {
      const shared = await environment();
      const { api, env } = shared;
      options = api.make("CreateSessionOptions");
      const { pointer } = options;
      api.call("SetSessionGraphOptimizationLevel", pointer, OPTIMIZED);
      api.call("SetSessionLogSeverityLevel", pointer, LOG.errors);
      api.call("AddSessionConfigEntry", pointer, ...SHARED_ARENA);
      // A pattern would be a block for all that one shape's run needs, beside those of the other shapes.
      api.call("DisableMemPattern", pointer);
      if (profile !== undefined) api.call("EnableProfiling", pointer, profile);
      useDevice(api, pointer, device);
      const bytes = onnxBytes(graph, device === "cpu");
      const compile = () => api.makeOff("CreateSessionFromArray", env.pointer, bytes, bytes.length, pointer);
      const session = await slowly(compile);
      try {
        return new Session(shared, session, graph, device);
      } catch (error) {
        session.release();
        throw error;
      }
    } catch (cause) {
      throw failureOf(graph, device, cause);
    } finally {
      options?.release();
    }
  }

  /**
   * Runs the graph once, off the JavaScript thread; calls take turns. Each feed is read with the shape of the graph's
   * input, regardless of the tensor's own shape, and must not change until the run has ended; feeds that the graph has no
   * input for are ignored. Results named in `into` are written only there; all others are new arrays. A result may be
   * written over a feed if `mayOverwrite` says so.
   *
   * Throws Interrupted if the interruption's signal fires before the witness is written; afterwards, the run completes.
   */
  run(feeds: Values, into: Values = {}, interruption?: Interruption): Promise<Record<string, Tensor>> {
    const run = this.#latest.then(() => this.#run(feeds, into, interruption));
    this.#latest = run.catch(() => undefined);
    return run;
  }

  /** Whether an output may be written to the memory of an input: whether the graph has read the input by then. */
  mayOverwrite(output: string, input: string): boolean {
    const pair = `${output} over ${input}`;
    let proved = this.#proofs.get(pair);
    if (proved === undefined) {
      proved = mayOverwrite(this.#graph, output, input);
      this.#proofs.set(pair, proved);
    }
    return proved;
  }

  async #run(feeds: Values, into: Values, interruption?: Interruption): Promise<Record<string, Tensor>> {
    const { inputs, outputs } = this.#graph;
    const results = Object.fromEntries(
      outputs.map(({ name, type }): [string, Tensor] => {
        const given = name === interruption?.witness ? this.#witnessOf(type) : into[name]?.data;
        const data = given ?? new ARRAYS[type.dtype](sizeOf(type.shape));
        return [name, { ...type, data } as Tensor];
      }),
    );
    for (const { name, type } of inputs) if (this.#bind("input", name, type, feeds[name])) this.#unchecked.add(name);
    for (const { name, type } of outputs)
      if (this.#bind("output", name, type, results[name]) && into[name]) this.#unchecked.add(name); // others are new
    this.#check(interruption?.witness);
    const step = () => stepping(() => this.#interruptible(interruption));
    await (this.#hasRun ? step() : slowly(step)); // GPUs compile their kernels during the first run
    this.#hasRun = true;
    return results;
  }

  /** Throws an error if a result would replace what is still read, or is written before `witness` although it is in place. */
  #check(witness: string | undefined): void {
    const { name } = this.#graph;
    for (const { output, other, side, same } of this.#binding.overlaps(this.#unchecked)) {
      if (side === "output") throw new Error(`${name} would write ${output} and ${other} to the same memory`);
      if (!same || !this.mayOverwrite(output, other))
        throw new Error(`${name} would write ${output} over ${other} before it has read it`);
      this.#inPlace.add(output);
      this.#guard = undefined;
    }
    this.#unchecked.clear();
    if (witness === undefined || witness === this.#guard) return;
    for (const output of this.#inPlace)
      if (!comesBefore(this.#graph, witness, output))
        throw new Error(`${name} could be interrupted while it writes ${output}`);
    this.#guard = witness;
  }

  async #interruptible({ signal, witness }: Interruption = { signal: undefined }): Promise<void> {
    const { api } = this.#environment;
    const options = this.#options.pointer;
    const isWritten = () => witness !== undefined && this.#witness!.isWritten;
    if (signal?.aborted) throw new Interrupted(false);
    let ended = false;
    const end = () => {
      if (isWritten()) return;
      ended = true;
      api.call("RunOptionsSetTerminate", options);
    };
    signal?.addEventListener("abort", end);
    try {
      await api.callOff("RunWithBinding", this.#session.pointer, options, this.#binding.pointer);
    } catch (error) {
      if (ended && TERMINATED.test(messageOf(error))) throw new Interrupted(isWritten(), { cause: error });
      throw failureOf(this.#graph, this.#device, error);
    } finally {
      this.#binding.afterRun();
      signal?.removeEventListener("abort", end);
      if (ended) api.call("RunOptionsUnsetTerminate", options);
    }
  }

  #witnessOf({ shape }: Type): Float32Array {
    this.#witness ??= new Witness(sizeOf(shape));
    this.#witness.reset();
    return this.#witness.data;
  }

  #bind(side: Side, name: string, type: Type, tensor: Tensor | undefined): boolean {
    const size = sizeOf(type.shape);
    if (tensor?.dtype !== type.dtype || tensor.data.length !== size)
      throw new Error(`${side} ${name} needs ${size} × ${type.dtype}, not ${tensor?.data.length} × ${tensor?.dtype}`);
    return this.#binding.bind(side, name, type, tensor.data);
  }

  /** Frees the session's memory once its last run has ended. */
  async release(): Promise<void> {
    await this.#latest;
    this.#binding.release();
    this.#options.release();
    this.#session.release();
  }
}

/** An error with the runtime's reason; for a GPU an InputError, because the user can do something about it. */
function failureOf({ name }: Graph, device: Device, cause: unknown): Error {
  const message = messageOf(cause);
  if (device === "cpu") return new Error(`cannot run ${name}: ${reasonOf(message)}`, { cause });
  const { what, remedy, isFull } = problemOf(message);
  return new (isFull ? DeviceFull : InputError)(what, { at: `device ${device}` }, remedy, { cause });
}

// A graph compiled for a device.

import { InputError, messageOf } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { onnxBytes } from "../graph/onnx.ts";
import type { Type } from "../graph/operators.ts";
import { comesBefore, mayOverwrite } from "../graph/order.ts";
import type { Precision } from "../graph/precision.ts";
import { slowly, stepping } from "../pulse.ts";
import { ARRAYS, float32, sizeOf, type Tensor } from "../tensor.ts";
import { Binding, type Side } from "./binding.ts";
import { type Device, dialectOf, memoryOf, useDevice } from "./device.ts";
import { DeviceFull } from "./device-full.ts";
import { DeviceTensor } from "./device-tensor.ts";
import { BLOCKING, type Environment, environment, LOG, SHARED_ARENA } from "./environment.ts";
import { Interrupted, type Interruption, Witness } from "./interruption.ts";
import type { Owned } from "./owned.ts";
import { problemOf, reasonOf } from "./reason.ts";

/** GraphOptimizationLevel: all. */
const OPTIMIZED = 99;

/** The runtime's message where a run was ended on request. */
const TERMINATED = /terminate flag/;

/** Tensors by name. */
export type Values = Readonly<Record<string, Tensor>>;

/** Tensors by name, each in this process's memory or in that of the session's device. */
export type Places = Readonly<Record<string, Tensor | DeviceTensor>>;

export interface SessionSettings {
  /** By default float32. On other devices than CUDA, tf32 is float32, and bfloat16 is computed by rounding. */
  readonly precision?: Precision;
  /** The start of the path of a file to which release() writes the runtime's profile. */
  readonly profile?: string | undefined;
}

export class Session {
  readonly #environment: Environment;
  readonly #session: Owned<"Session">;
  readonly #options: Owned<"RunOptions">;
  /** The latest first. A GPU's state alternates between two sets of tensors; each set has its own binding and stays bound. */
  readonly #bindings: [Binding, ...Binding[]];
  readonly #graph: Graph;
  readonly #device: Device;
  #memory: Owned<"MemoryInfo"> | undefined;
  #allocator: Owned<"Allocator"> | undefined;
  readonly #proofs = new Map<string, boolean>();
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
    this.#bindings = [new Binding(environment, session.pointer, device !== "cpu")];
    this.#graph = graph;
    this.#device = device;
  }

  /**
   * Compiles a graph for a device, off the JavaScript thread. Throws an error with the runtime's reason; for a GPU this is an
   * InputError, because the user can choose another device.
   */
  static async create(
    graph: Graph,
    device: Device = "cpu",
    { precision = "float32", profile }: SessionSettings = {},
  ): Promise<Session> {
    let options: Owned<"SessionOptions"> | undefined;
    try {
      const shared = await environment();
      const { api, env } = shared;
      options = api.make("CreateSessionOptions");
      const { pointer } = options;
      api.call("SetSessionGraphOptimizationLevel", pointer, OPTIMIZED);
      api.call("SetSessionLogSeverityLevel", pointer, LOG.errors);
      api.call("AddSessionConfigEntry", pointer, ...SHARED_ARENA);
      if (process.env.MASKLENS_SPINNING === "0") api.call("AddSessionConfigEntry", pointer, ...BLOCKING);
      // A pattern would be a block for all that one shape's run needs, beside those of the other shapes.
      api.call("DisableMemPattern", pointer);
      if (profile !== undefined) api.call("EnableProfiling", pointer, profile);
      useDevice(api, pointer, device, precision);
      const bytes = onnxBytes(graph, dialectOf(device, precision));
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
   * written over a feed if `mayOverwrite` says so. Returns the results that are in this process's memory.
   *
   * Throws Interrupted if the interruption's signal fires before the witness is written; afterwards, the run completes.
   */
  run(feeds: Places, into: Places = {}, interruption?: Interruption): Promise<Record<string, Tensor>> {
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

  async #run(feeds: Places, into: Places, interruption?: Interruption): Promise<Record<string, Tensor>> {
    const { inputs, outputs } = this.#graph;
    const results: Record<string, Tensor> = {};
    const binding = this.#bindingFor(into);
    for (const { name, type } of inputs)
      if (bind(binding, "input", name, type, feeds[name])) binding.unchecked.add(name);
    for (const { name, type } of outputs) {
      const given = name === interruption?.witness ? this.#witnessOf(type) : into[name];
      const place = given ?? ({ ...type, data: new ARRAYS[type.dtype](sizeOf(type.shape)) } as Tensor);
      if (bind(binding, "output", name, type, place) && into[name]) binding.unchecked.add(name); // others are new
      if (!(place instanceof DeviceTensor)) results[name] = { ...type, data: place.data } as Tensor;
    }
    this.#check(binding, interruption?.witness);
    const step = () => stepping(() => this.#interruptible(binding, interruption));
    await (this.#hasRun ? step() : slowly(step)); // GPUs compile their kernels during the first run
    this.#hasRun = true;
    return results;
  }

  /** Throws an error if a result would replace what is still read, or is written before `witness` although it is in place. */
  #check(binding: Binding, witness: string | undefined): void {
    const { name } = this.#graph;
    for (const { output, other, side, same } of binding.overlaps(binding.unchecked)) {
      if (side === "output") throw new Error(`${name} would write ${output} and ${other} to the same memory`);
      if (!same || !this.mayOverwrite(output, other))
        throw new Error(`${name} would write ${output} over ${other} before it has read it`);
      this.#inPlace.add(output);
      this.#guard = undefined;
    }
    binding.unchecked.clear();
    if (witness === undefined || witness === this.#guard) return;
    for (const output of this.#inPlace)
      if (!comesBefore(this.#graph, witness, output))
        throw new Error(`${name} could be interrupted while it writes ${output}`);
    this.#guard = witness;
  }

  async #interruptible(binding: Binding, { signal, witness }: Interruption = { signal: undefined }): Promise<void> {
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
      await api.callOff("RunWithBinding", this.#session.pointer, options, binding.pointer);
    } catch (error) {
      if (ended && TERMINATED.test(messageOf(error))) throw new Interrupted(isWritten(), { cause: error });
      throw failureOf(this.#graph, this.#device, error);
    } finally {
      signal?.removeEventListener("abort", end);
      if (ended) api.call("RunOptionsUnsetTerminate", options);
    }
  }

  #witnessOf({ shape }: Type): Tensor<"float32"> {
    this.#witness ??= new Witness(sizeOf(shape));
    this.#witness.reset();
    return float32(shape, this.#witness.data);
  }

  /** The binding that writes to these places already, or else the one that has not been used for longer. */
  #bindingFor(into: Places): Binding {
    const [latest, other] = this.#bindings;
    const given = Object.entries(into).find(([, place]) => place instanceof DeviceTensor);
    if (!given || latest.writes(given[0], given[1] as DeviceTensor)) return latest;
    const next = other ?? new Binding(this.#environment, this.#session.pointer, this.#device !== "cpu");
    this.#bindings.splice(0, 2, next, latest);
    return next;
  }

  /**
   * Memory of the session's device for a tensor, with arbitrary values; any session of the device may read and write it. It
   * must be released before this session is. Throws a DeviceFull if there is too little.
   */
  allocate(type: Type): DeviceTensor {
    const { api } = this.#environment;
    try {
      this.#memory ??= memoryOf(api, this.#device);
      this.#allocator ??= api.make("CreateAllocator", this.#session.pointer, this.#memory.pointer);
      return new DeviceTensor(this.#environment, this.#memory, this.#allocator.pointer, type);
    } catch (error) {
      throw failureOf(this.#graph, this.#device, error);
    }
  }

  /** Lets go of all memory that the latest run read and wrote. */
  async unbind(): Promise<void> {
    await this.#latest;
    for (const binding of this.#bindings) binding.clear();
    this.#inPlace.clear();
    this.#guard = undefined;
  }

  /** Frees the session's memory once its last run has ended. */
  async release(): Promise<void> {
    await this.#latest;
    for (const binding of this.#bindings) binding.release();
    this.#allocator?.release();
    this.#memory?.release();
    this.#options.release();
    this.#session.release();
  }
}

/** Binds an input or output to a place, which must have as many elements. Returns false if it is bound to it already. */
function bind(
  binding: Binding,
  side: Side,
  name: string,
  type: Type,
  place: Tensor | DeviceTensor | undefined,
): boolean {
  const size = sizeOf(type.shape);
  const memory = place instanceof DeviceTensor ? place : place?.data;
  const length = memory instanceof DeviceTensor ? sizeOf(memory.shape) : memory?.length;
  if (memory === undefined || place?.dtype !== type.dtype || length !== size)
    throw new Error(`${side} ${name} needs ${size} × ${type.dtype}, not ${length} × ${place?.dtype}`);
  return binding.bind(side, name, type, memory);
}

/** An error with the runtime's reason; for a GPU an InputError, because the user can do something about it. */
function failureOf({ name }: Graph, device: Device, cause: unknown): Error {
  if (cause instanceof InputError) return cause;
  const message = messageOf(cause);
  if (device === "cpu") return new Error(`cannot run ${name}: ${reasonOf(message)}`, { cause });
  const { what, remedy, isFull } = problemOf(message);
  return new (isFull ? DeviceFull : InputError)(what, { at: `device ${device}` }, remedy, { cause });
}

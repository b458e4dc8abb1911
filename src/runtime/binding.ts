// The memory that a session reads its inputs from and writes its outputs to. In this process's memory nothing is copied: the
// runtime uses the arrays themselves, and may write an output over an input.

import type { Type } from "../graph/operators.ts";
import type { Tensor } from "../tensor.ts";
import { DeviceTensor } from "./device-tensor.ts";
import type { Environment } from "./environment.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";
import { valueOver } from "./value.ts";

/** An array of this process, or a tensor in the device's memory. */
export type Memory = Tensor["data"] | DeviceTensor;

/** Whether an array is read or written. */
export type Side = "input" | "output";

const CALLS = { input: "BindInput", output: "BindOutput" } as const;

/** An output that shares memory with another input or output. */
export interface Overlap {
  readonly output: string;
  readonly other: string;
  readonly side: Side;
  readonly same: boolean;
}

interface Bound {
  /** Held, because the value points to it. */
  readonly memory: Memory;
  readonly value: Pick<Owned<"Value">, "pointer" | "release">;
}

export class Binding {
  /** Inputs and outputs whose memory has changed since it was last compared with that of the others. */
  readonly unchecked = new Set<string>();
  readonly #environment: Environment;
  readonly #binding: Owned<"IoBinding">;
  readonly #copies: boolean;
  readonly #bound = { input: new Map<string, Bound>(), output: new Map<string, Bound>() };

  /**
   * `copies`: whether the session's device has memory of its own. The runtime then copies an array when it is bound as an
   * input, and not when the graph runs, so such arrays are bound anew for each run.
   */
  constructor(environment: Environment, session: Pointer<"Session">, copies: boolean) {
    this.#environment = environment;
    this.#copies = copies;
    this.#binding = environment.api.make("CreateIoBinding", session);
  }

  get pointer(): Pointer<"IoBinding"> {
    return this.#binding.pointer;
  }

  /**
   * Binds an input or output to memory, which must hold as many elements as `type`. Returns false, at almost no cost, if it is
   * bound to the same memory already.
   */
  bind(side: Side, name: string, type: Type, memory: Memory): boolean {
    const { api, memory: ours } = this.#environment;
    const { pointer } = this.#binding;
    const before = this.#bound[side].get(name);
    if (before && sameMemory(before.memory, memory)) {
      const isCopied = this.#copies && side === "input" && !(memory instanceof DeviceTensor);
      if (isCopied) api.call(CALLS.input, pointer, name, before.value.pointer);
      return false;
    }
    const value = memory instanceof DeviceTensor ? borrowed(memory, type) : valueOver(api, ours.pointer, memory, type);
    try {
      api.call(CALLS[side], pointer, name, value.pointer); // the binding shares the value
    } catch (error) {
      value.release();
      throw error;
    }
    before?.value.release();
    this.#bound[side].set(name, { memory, value });
    return true;
  }

  /**
   * The outputs that share memory with inputs or with other outputs, of which at least one is in `names`; `same`: exactly the
   * same memory.
   */
  overlaps(names: ReadonlySet<string>): Overlap[] {
    const found: Overlap[] = [];
    const compare = (output: string, others: Iterable<string>) => {
      const { memory: to } = this.#bound.output.get(output)!;
      for (const other of others)
        for (const side of ["input", "output"] as const) {
          const memory = this.#bound[side].get(other)?.memory;
          if (memory && output !== other && overlap(to, memory))
            found.push({ output, other, side, same: sameMemory(to, memory) });
        }
    };
    for (const output of this.#bound.output.keys())
      if (!names.has(output)) compare(output, names);
      else for (const side of Object.values(this.#bound)) compare(output, side.keys());
    return found;
  }

  /** Lets go of all memory, the device's copies of inputs as well; the next run binds anew. */
  clear(): void {
    this.#environment.api.clear(this.#binding.pointer);
    this.unchecked.clear();
    this.#letGo();
  }

  /** Whether an output is bound to this memory. */
  writes(output: string, memory: Memory): boolean {
    return this.#bound.output.get(output)?.memory === memory;
  }

  release(): void {
    this.#binding.release();
    this.#letGo();
  }

  #letGo(): void {
    for (const side of Object.values(this.#bound)) {
      for (const { value } of side.values()) value.release();
      side.clear();
    }
  }
}

/** A tensor's own value, which outlives the binding. */
function borrowed(tensor: DeviceTensor, { shape }: Type): Bound["value"] {
  return { pointer: tensor.as(shape), release() {} };
}

function sameMemory(a: Memory, b: Memory): boolean {
  if (a === b) return true;
  if (a instanceof DeviceTensor || b instanceof DeviceTensor) return false;
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;
}

function overlap(a: Memory, b: Memory): boolean {
  if (a instanceof DeviceTensor || b instanceof DeviceTensor) return a === b;
  const startsBefore = (x: Tensor["data"], y: Tensor["data"]) => x.byteOffset < y.byteOffset + y.byteLength;
  return a.buffer === b.buffer && startsBefore(a, b) && startsBefore(b, a);
}

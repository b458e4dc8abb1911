// The memory that a session reads its inputs from and writes its outputs to. Nothing is copied: the runtime uses the arrays
// themselves, and may write an output over an input.

import { dataType } from "../graph/onnx.ts";
import type { Type } from "../graph/operators.ts";
import type { Tensor } from "../tensor.ts";
import type { Environment } from "./environment.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";

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
  /** Held, because the value points to its memory. */
  readonly data: Tensor["data"];
  readonly value: Owned<"Value">;
}

export class Binding {
  readonly #environment: Environment;
  readonly #binding: Owned<"IoBinding">;
  readonly #copies: boolean;
  readonly #bound = { input: new Map<string, Bound>(), output: new Map<string, Bound>() };

  /**
   * `copies`: whether the session's device has memory of its own. The runtime then copies an input when it is bound, and not
   * when the graph runs, so inputs are bound anew for each run.
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
   * Binds an input or output to an array, which must hold as many elements as `type`. Returns false, at almost no cost, if
   * it is bound to the same memory already.
   */
  bind(side: Side, name: string, { dtype, shape }: Type, data: Tensor["data"]): boolean {
    const { api, memory } = this.#environment;
    const { pointer } = this.#binding;
    const before = this.#bound[side].get(name);
    if (before && sameMemory(before.data, data)) {
      if (this.#copies && side === "input") api.call(CALLS.input, pointer, name, before.value.pointer);
      return false;
    }
    const extents = BigInt64Array.from(shape, BigInt);
    const value = api.make(
      "CreateTensorWithDataAsOrtValue",
      ...([memory.pointer, data, data.byteLength, extents, shape.length, dataType[dtype]] as const),
    );
    try {
      api.call(CALLS[side], pointer, name, value.pointer); // the binding shares the value
    } catch (error) {
      value.release();
      throw error;
    }
    before?.value.release();
    this.#bound[side].set(name, { data, value });
    return true;
  }

  /** Frees the device's copies of the inputs, which are made anew before the next run. */
  afterRun(): void {
    if (this.#copies) this.#environment.api.clearInputs(this.#binding.pointer);
  }

  /**
   * The outputs that share memory with inputs or with other outputs, of which at least one is in `names`; `same`: exactly the
   * same memory.
   */
  overlaps(names: ReadonlySet<string>): Overlap[] {
    const found: Overlap[] = [];
    const compare = (output: string, others: Iterable<string>) => {
      const { data: to } = this.#bound.output.get(output)!;
      for (const other of others)
        for (const side of ["input", "output"] as const) {
          const data = this.#bound[side].get(other)?.data;
          if (data && output !== other && overlap(to, data))
            found.push({ output, other, side, same: sameMemory(to, data) });
        }
    };
    for (const output of this.#bound.output.keys())
      if (!names.has(output)) compare(output, names);
      else for (const side of Object.values(this.#bound)) compare(output, side.keys());
    return found;
  }

  release(): void {
    this.#binding.release();
    for (const side of Object.values(this.#bound)) {
      for (const { value } of side.values()) value.release();
      side.clear();
    }
  }
}

function sameMemory(a: Tensor["data"], b: Tensor["data"]): boolean {
  return a === b || (a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength);
}

function overlap(a: Tensor["data"], b: Tensor["data"]): boolean {
  const startsBefore = (x: Tensor["data"], y: Tensor["data"]) => x.byteOffset < y.byteOffset + y.byteLength;
  return a.buffer === b.buffer && startsBefore(a, b) && startsBefore(b, a);
}

// The memory that a session reads its inputs from and writes its outputs to. Nothing is copied: the runtime uses the arrays
// themselves, and may write an output over an input.

import type { Type } from "../graph/operators.ts";
import type { DType, Tensor } from "../tensor.ts";
import type { Environment } from "./environment.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";

/** ONNXTensorElementDataType */
const ELEMENT: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, uint32: 12 };

/** Whether an array is read or written. */
export type Side = "input" | "output";

const CALLS = { input: "BindInput", output: "BindOutput" } as const;

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
    const before = this.#bound[side].get(name);
    const { api, memory } = this.#environment;
    if (before && sameMemory(before.data, data)) {
      if (this.#copies && side === "input") api.call(CALLS.input, this.#binding.pointer, name, before.value.pointer);
      return false;
    }
    const extents = BigInt64Array.from(shape, BigInt);
    const value = api.make(
      "CreateTensorWithDataAsOrtValue",
      ...([memory.pointer, data, data.byteLength, extents, shape.length, ELEMENT[dtype]] as const),
    );
    api.call(CALLS[side], this.#binding.pointer, name, value.pointer); // the binding shares the value
    before?.value.release();
    this.#bound[side].set(name, { data, value });
    return true;
  }

  /** The outputs that share memory with inputs, of which at least one is in `names`; `same`: exactly the same memory. */
  overlaps(names: ReadonlySet<string>): { readonly output: string; readonly input: string; readonly same: boolean }[] {
    const found = [];
    for (const [output, { data: to }] of this.#bound.output)
      for (const [input, { data: from }] of this.#bound.input)
        if ((names.has(output) || names.has(input)) && overlap(to, from))
          found.push({ output, input, same: sameMemory(to, from) });
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

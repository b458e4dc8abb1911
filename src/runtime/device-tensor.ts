// A tensor in a device's own memory. Sessions of that device read and write it where it is, so nothing is copied between two
// runs.

import type { Type } from "../graph/operators.ts";
import type { DType, Shape } from "../tensor.ts";
import type { Environment } from "./environment.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";
import { valueIn, valueOver } from "./value.ts";

export class DeviceTensor implements Type {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly #environment: Environment;
  readonly #memory: Owned<"MemoryInfo">;
  readonly #value: Owned<"Value">;
  /** Values over the same memory, by shape. */
  readonly #views = new Map<string, Owned<"Value">>();

  /**
   * Made by `Session.allocate`. Throws an error with the runtime's reason if the allocator, of the device that `memory`
   * describes, has too little memory.
   */
  constructor(
    environment: Environment,
    memory: Owned<"MemoryInfo">,
    allocator: Pointer<"Allocator">,
    { dtype, shape }: Type,
  ) {
    this.dtype = dtype;
    this.shape = shape;
    this.#environment = environment;
    this.#memory = memory;
    this.#value = valueIn(environment.api, allocator, { dtype, shape });
  }

  /** The tensor as a value of a shape of the same size: the runtime accepts no other shape than the graph's. */
  as(shape: Shape): Pointer<"Value"> {
    const key = shape.join();
    if (key === this.shape.join()) return this.#value.pointer;
    let view = this.#views.get(key);
    if (!view) {
      const { api } = this.#environment;
      view = valueOver(api, this.#memory.pointer, api.addressOf(this.#value.pointer), { dtype: this.dtype, shape });
      this.#views.set(key, view);
    }
    return view.pointer;
  }

  /** Frees the memory once no session is bound to it any more. */
  release(): void {
    for (const view of this.#views.values()) view.release();
    this.#views.clear();
    this.#value.release();
  }
}

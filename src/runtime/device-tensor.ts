// A tensor in a device's own memory. Sessions of that device read and write it where it is, so nothing is copied between two
// runs.

import { dataType } from "../graph/onnx.ts";
import type { Type } from "../graph/operators.ts";
import { type DType, type Shape, sizeOf } from "../tensor.ts";
import type { Environment } from "./environment.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";

/** Bytes of an element. */
const BYTES: { readonly [D in DType]: number } = { float32: 4, int32: 4, int64: 8, uint32: 4, uint8: 1, bool: 1 };

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
    const extents = BigInt64Array.from(shape, BigInt);
    this.#value = environment.api.make("CreateTensorAsOrtValue", allocator, extents, shape.length, dataType[dtype]);
  }

  /** The tensor as a value of a shape of the same size: the runtime accepts no other shape than the graph's. */
  as(shape: Shape): Pointer<"Value"> {
    const key = shape.join();
    if (key === this.shape.join()) return this.#value.pointer;
    let view = this.#views.get(key);
    if (!view) {
      const { api } = this.#environment;
      const extents = BigInt64Array.from(shape, BigInt);
      view = api.make(
        "CreateTensorWithDataAsOrtValue",
        ...([this.#memory.pointer, api.addressOf(this.#value.pointer), sizeOf(shape) * BYTES[this.dtype]] as const),
        ...([extents, shape.length, dataType[this.dtype]] as const),
      );
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

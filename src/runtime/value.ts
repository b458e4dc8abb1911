// The runtime's values, which give memory a shape and an element type.

import { dataType } from "../graph/onnx.ts";
import type { Type } from "../graph/operators.ts";
import { bytesOf } from "../tensor.ts";
import type { Api } from "./api.ts";
import type { Address, Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";

/** A value in new memory. Throws an error with the runtime's reason if the allocator has too little. */
export function valueIn(api: Api, allocator: Pointer<"Allocator">, { dtype, shape }: Type): Owned<"Value"> {
  const extents = BigInt64Array.from(shape, BigInt);
  return api.make("CreateTensorAsOrtValue", allocator, extents, shape.length, dataType[dtype]);
}

/** A value over memory of the kind that `info` describes, which must outlive it. */
export function valueOver(
  api: Api,
  info: Pointer<"MemoryInfo">,
  memory: NodeJS.TypedArray | Address,
  { dtype, shape }: Type,
): Owned<"Value"> {
  const bytes = bytesOf({ dtype, shape });
  const extents = BigInt64Array.from(shape, BigInt);
  return api.make("CreateTensorWithDataAsOrtValue", info, memory, bytes, extents, shape.length, dataType[dtype]);
}

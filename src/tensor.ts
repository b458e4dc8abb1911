// The tensor type that all folders share: element type, shape, and values in row-major order.

/** The array type for each element type. */
export interface ArrayOf {
  float32: Float32Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint32: Uint32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type DType = keyof ArrayOf;

/** The array class for each element type. */
export const ARRAYS: {
  readonly [D in DType]: { new (length: number): ArrayOf[D]; readonly BYTES_PER_ELEMENT: number };
} = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** Values of shape `shape` (row-major) and element type `dtype`; `data.length` is the product of the shape. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: ArrayOf[D];
}

export type Shape = readonly number[];

/** The number of elements of a tensor of this shape; 1 for a scalar (`[]`). */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A float32 tensor over `data`, not copied. Throws a RangeError if the lengths do not match. */
export function float32(shape: Shape, data: Float32Array): Tensor<"float32"> {
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} values for shape [${shape.join(", ")}]`);
  return { dtype: "float32", shape, data };
}

// The tensor type that all folders share: element type, shape, and values in row-major order.

/** The array type for each element type. */
export interface ArrayOf {
  float32: Float32Array;
  /** The bits of each number. */
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint32: Uint32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type DType = keyof ArrayOf;

/** The types of floating-point numbers with half the bits of float32, which has all of their values. */
export type Half = "float16" | "bfloat16";

/** The array class for each element type. */
export const ARRAYS: {
  readonly [D in DType]: { new (length: number): ArrayOf[D]; readonly BYTES_PER_ELEMENT: number };
} = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
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

/** The size of a tensor's values in bytes. */
export function bytesOf({ dtype, shape }: Pick<Tensor, "dtype" | "shape">): number {
  return sizeOf(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** A float32 tensor over `data`, not copied. Throws a RangeError if the lengths do not match. */
export function float32(shape: Shape, data: Float32Array): Tensor<"float32"> {
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} values for shape [${shape.join(", ")}]`);
  return { dtype: "float32", shape, data };
}

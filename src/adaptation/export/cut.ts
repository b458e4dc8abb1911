// A model's tensors while parts of them are removed; they keep their types.

import { type FloatType, type TensorBytes, toFloat32 } from "../../safetensors.ts";
import { float32, sizeOf, type Tensor } from "../../tensor.ts";

/** In place of the index of a row or column: one of zeros. */
export const ZEROS = -1;

export class CutTensors {
  readonly #tensors: Map<string, TensorBytes>;

  constructor(tensors: readonly TensorBytes[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** In the order in which they were given. */
  get all(): TensorBytes[] {
    return [...this.#tensors.values()];
  }

  weight(module: string): Tensor<"float32"> {
    return valuesOf(this.#tensors.get(`${module}.weight`)!);
  }

  bias(module: string): Float32Array {
    return valuesOf(this.#tensors.get(`${module}.bias`)!).data;
  }

  /** Adds what a module gives for constant inputs to its bias, in float64: `constant` of each of these columns. */
  fold(module: string, columns: readonly number[], constant: (column: number) => number): void {
    if (!columns.length) return;
    const { shape, data } = this.weight(module);
    const bias = this.bias(module);
    let changes = false;
    for (const [row, value] of bias.entries()) {
      let sum = 0;
      for (const column of columns) {
        const weight = data[row * shape[1]! + column]!;
        if (weight !== 0) sum += weight * constant(column);
      }
      if (sum !== 0) changes = true;
      bias[row] = value + sum;
    }
    if (!changes) return;
    const name = `${module}.bias`;
    this.#tensors.set(name, { name, type: "F32", shape: [bias.length], bytes: new Uint8Array(bias.buffer) });
  }

  /** Keeps these rows of a module's weight and of its bias, in this order. */
  keepRows(module: string, rows: readonly number[]): void {
    for (const name of [`${module}.weight`, `${module}.bias`]) {
      const { shape, bytes, ...tensor } = this.#tensors.get(name)!;
      const width = bytes.length / shape[0]!;
      const kept = new Uint8Array(rows.length * width);
      for (const [i, row] of rows.entries())
        if (row !== ZEROS) kept.set(bytes.subarray(row * width, (row + 1) * width), i * width);
      this.#tensors.set(name, { ...tensor, shape: [rows.length, ...shape.slice(1)], bytes: kept });
    }
  }

  /** Keeps these columns of a module's weight, in this order. */
  keepColumns(module: string, columns: readonly number[]): void {
    const name = `${module}.weight`;
    const { shape, bytes, ...tensor } = this.#tensors.get(name)!;
    const [height, width] = shape as [number, number];
    const { buffer, byteOffset } = bytes;
    const Words = bytes.length === 4 * height * width ? Uint32Array : Uint16Array;
    const from = new Words(buffer as ArrayBuffer, byteOffset, height * width);
    const kept = new Words(height * columns.length);
    for (let row = 0, i = 0; row < height; row++)
      for (const column of columns) {
        if (column !== ZEROS) kept[i] = from[row * width + column]!;
        i++;
      }
    this.#tensors.set(name, { ...tensor, shape: [height, columns.length], bytes: new Uint8Array(kept.buffer) });
  }
}

/** The tensor's values, in new memory. */
export function valuesOf({ type, shape, bytes }: TensorBytes): Tensor<"float32"> {
  const data = new Float32Array(sizeOf(shape));
  toFloat32(bytes, type as FloatType, data);
  return float32(shape, data);
}

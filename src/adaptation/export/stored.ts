// A model's tensors as its family's weight files have them: where they contain several matrices as one, or transposed, these are
// put together again. The reverse of model/views.ts.

import type { Family } from "../../model/families/family.ts";
import { storedIn } from "../../model/views.ts";
import type { TensorBytes } from "../../safetensors.ts";
import { sizeOf } from "../../tensor.ts";
import { valuesOf } from "./cut.ts";

const moduleIn = (name: string) => name.slice(0, name.lastIndexOf("."));

const placeOf = (family: Family, name: string) => storedIn(family, moduleIn(name));

/** The canonical name of the tensor in weight files that contains this one. */
export function storedName(family: Family, name: string): string {
  const place = placeOf(family, name);
  return place ? place.module + name.slice(moduleIn(name).length) : name;
}

/** The tensors with canonical names, in the order of their first parts; parts of different types become float32. */
export function asStored(family: Family, tensors: readonly TensorBytes[]): TensorBytes[] {
  const stored = new Map<string, { readonly parts: TensorBytes[]; readonly isTransposed: boolean }>();
  for (const tensor of tensors) {
    const place = placeOf(family, tensor.name);
    const name = storedName(family, tensor.name);
    const isTransposed = tensor.name.endsWith(".weight") && place?.view.transposed === true;
    const whole = stored.get(name) ?? { parts: [], isTransposed };
    whole.parts[place?.part ?? 0] = tensor;
    stored.set(name, whole);
  }
  return [...stored].map(([name, { parts, isTransposed }]) => {
    const whole = { ...stacked(parts), name };
    return isTransposed ? transposed(whole) : whole;
  });
}

/** Tensors one below the other. */
function stacked(parts: readonly TensorBytes[]): TensorBytes {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const alike = parts.every(({ type }) => type === first!.type);
  const bytes = parts.map((part) => (alike ? part.bytes : new Uint8Array(valuesOf(part).data.buffer)));
  const shape = [parts.reduce((rows, { shape }) => rows + shape[0]!, 0), ...first!.shape.slice(1)];
  return { ...first!, type: alike ? first!.type : "F32", shape, bytes: Buffer.concat(bytes) };
}

/** A matrix [rows, columns] as [columns, rows]. */
function transposed(matrix: TensorBytes): TensorBytes {
  const [rows, columns] = matrix.shape as [number, number];
  const width = matrix.bytes.length / sizeOf(matrix.shape);
  const bytes = new Uint8Array(matrix.bytes.length);
  for (let row = 0, from = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const to = (column * rows + row) * width;
      for (let i = 0; i < width; i++) bytes[to + i] = matrix.bytes[from++]!;
    }
  return { ...matrix, shape: [columns, rows], bytes };
}

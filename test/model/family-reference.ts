// The numbers that transformers computes for a tiny model of a family (test/fixtures/families), with the family's own names.

import { readFile } from "node:fs/promises";
import { type ModelConfig, readConfig } from "../../src/model/config.ts";
import { familyOf } from "../../src/model/families/families.ts";
import { canonicalName } from "../../src/model/names.ts";
import { viewsIn } from "../../src/model/views.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { float32, sizeOf, type Tensor } from "../../src/tensor.ts";

export const folderOf = (name: string) => `test/fixtures/families/tiny-${name}`;

export interface FamilyReference {
  readonly config: ModelConfig;
  /** By the name in the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The tensors of the model's parameters whose names have this prefix, by the family's names and in its shapes. */
  logical(prefix: string): Map<string, Tensor<"float32">>;
}

export async function familyReference(name: string): Promise<FamilyReference> {
  const file = `${folderOf(name)}/expected.safetensors`;
  const config = await readConfig(folderOf(name));
  const { header, bytesOf } = decodeSafetensors(new Uint8Array(await readFile(file)), file);
  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape } of header.entries.values()) {
    const { buffer } = bytesOf(name).slice();
    tensors.set(
      name,
      type === "I64"
        ? { dtype: "int64", shape, data: new BigInt64Array(buffer) }
        : { dtype: "float32", shape, data: new Float32Array(buffer) },
    );
  }
  const family = familyOf(config);
  const logical = (prefix: string) => {
    const found = new Map<string, Tensor<"float32">>();
    for (const [stored, { shape, data }] of tensors) {
      if (!stored.startsWith(prefix)) continue;
      const whole = { shape, type: "F32", begin: 0, end: data.byteLength } as const;
      for (const [own, view] of viewsIn(family, canonicalName(stored.slice(prefix.length), family), whole))
        found.set(own, float32(view.shape, gathered(data as Float32Array, view)));
    }
    return found;
  };
  return { config, tensors, logical };
}

/** The values of a view, row-major. */
function gathered(
  data: Float32Array,
  { shape, strides, begin }: { shape: readonly number[]; strides?: readonly number[]; begin: number },
): Float32Array {
  const columns = shape.at(-1)!;
  const [down, across] = shape.length === 1 ? [0, strides?.[0] ?? 1] : (strides ?? [columns, 1]);
  return Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => data[begin / 4 + Math.floor(i / columns) * down! + (i % columns) * across!]!,
  );
}

// Weights that are stored as float16 or bfloat16 and stay so in memory. Graphs widen them to float32, which has all of their
// values, so nothing is rounded.

import { type Half, sizeOf } from "../tensor.ts";
import { type PretrainedWeights, requireFinite } from "./pretrained.ts";

type Weights = Pick<PretrainedWeights, "tensors">;

const HALVES: Readonly<Partial<Record<string, Half>>> = { F16: "float16", BF16: "bfloat16" };

/** The bits of a number's exponent. */
const EXPONENTS = { float16: 0x7c00, bfloat16: 0x7f80 } as const;

/** The type in which a tensor stays; undefined if it is stored otherwise, or has one axis, where nothing that counts is saved. */
export function halfOf({ tensors }: Weights, name: string): Half | undefined {
  const { type, shape = [] } = tensors.get(name) ?? {};
  return type !== undefined && shape.length > 1 ? HALVES[type] : undefined;
}

/** The memory that all tensors take, in bytes, if each stays in its type where it has a `halfOf`, or is float32. */
export function heldBytes(weights: Weights): number {
  return [...weights.tensors].reduce(
    (sum, [name, { shape }]) => sum + (halfOf(weights, name) ? 2 : 4) * sizeOf(shape),
    0,
  );
}

/** Reads the bits of a tensor that has this `halfOf` into an array of its size. Throws as `readFloat32` does. */
export async function readHalf(
  pretrained: PretrainedWeights,
  name: string,
  half: Half,
  into: Uint16Array,
): Promise<void> {
  await pretrained.readRaw(name, new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
  const { shard, shape } = pretrained.tensors.get(name)!;
  requireFinite(into, EXPONENTS[half], shape, { file: shard, at: `tensor ${name}` });
}

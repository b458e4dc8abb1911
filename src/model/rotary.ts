// Rotary positions (Su et al. 2021, arXiv 2104.09864): pairs of a head's dimensions are turned by an angle that grows with
// the token's position, so that the product of a query and a key depends on their distance.

import { add, concat, mul, neg, slice } from "../graph/functions.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { float32, type Tensor } from "../tensor.ts";
import type { Rotary, Stretched } from "./design.ts";

/** Cosines and sines of the angles, each [positions, 1, 1, size], or [positions, B, 1, size]. */
export interface Turns {
  readonly cos: Value;
  readonly sin: Value;
}

/**
 * The angles' cosines and sines at these positions, each [positions, 1, 1, size]. Rounded where transformers rounds: it computes
 * wavelengths and angles in float32.
 */
export function turnsAt(rotary: Rotary, positions: Iterable<number>): Record<"cos" | "sin", Tensor<"float32">> {
  const { base, size, stretched } = rotary;
  const frequencies = Array.from({ length: size / 2 }, (_, i) => {
    const plain = Math.fround(1 / Math.fround(base ** Math.fround((2 * i) / size)));
    return stretched ? Math.fround(plain * shareOf(stretched, plain)) : plain;
  });
  const angles = [...positions].flatMap((position) => {
    const own = frequencies.map((frequency) => Math.fround(position * frequency));
    return [...own, ...own];
  });
  const shape = [angles.length / size, 1, 1, size];
  return {
    cos: float32(shape, Float32Array.from(angles, Math.cos)),
    sin: float32(shape, Float32Array.from(angles, Math.sin)),
  };
}

/** What remains of a frequency that is stretched. */
function shareOf({ factor, low, high, positions }: Stretched, frequency: number): number {
  const rounds = (positions * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (rounds - low) / (high - low)));
  return (1 - kept) / factor + kept;
}

/** The turns of the first `length` positions, as constants. */
export function constantTurns(graph: Graph, rotary: Rotary, length: number): Turns {
  const { cos, sin } = turnsAt(rotary, Array.from({ length }, (_, position) => position).keys());
  return { cos: graph.constant(cos), sin: graph.constant(sin) };
}

/** Turns the first dimensions of queries or keys [T, B, heads, headSize]. */
export function turned(x: Value, { cos, sin }: Turns): Value {
  const all = x.type.shape[3]!;
  const size = cos.type.shape[3]!;
  const part = slice(x, 3, 0, size);
  const [first, second] = [slice(part, 3, 0, size / 2), slice(part, 3, size / 2, size)];
  const rotated = add(mul(part, cos), mul(concat([neg(second), first], 3), sin));
  return size === all ? rotated : concat([rotated, slice(x, 3, size, all)], 3);
}

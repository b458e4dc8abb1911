// Divides batches where a device has too little memory for whole ones.

import type { Batch } from "../data/batches.ts";
import { DeviceFull } from "../runtime/device-full.ts";

/** A batch is halved at most three times. */
const MOST = 8;

/** Into how many parts batches are divided now. */
export class Parts {
  #count = 1;

  get count(): number {
    return this.#count;
  }

  /** The parts of these batches. */
  of(batches: readonly Batch[]): Batch[] {
    return batches.flatMap((batch) => divided(batch, this.#count));
  }

  /** Halves the parts because of this error, and gives a sentence for the user; throws the error if that cannot help. */
  halve(error: unknown, batches: readonly Batch[]): string {
    const rows = Math.max(...batches.map(({ size }) => size));
    if (!(error instanceof DeviceFull) || this.#count >= Math.min(MOST, rows)) throw error;
    this.#count *= 2;
    const size = Math.ceil(rows / this.#count);
    return `The GPU has too little free memory for batches of ${rows}, so each is computed in parts of ${size} whose gradients are summed; only what is drawn at random (dropout, sampled masks) differs.`;
  }
}

/** A batch as this many batches of fewer examples; parts without real examples are left out. */
export function divided(batch: Batch, parts: number): Batch[] {
  if (parts === 1) return [batch];
  const most = Math.ceil(batch.size / parts);
  const found: Batch[] = [];
  const { decoder, attributes, frames } = batch;
  for (let from = 0; from < batch.rows; from += most) {
    const to = Math.min(from + most, batch.size);
    const cut = <A extends BigInt64Array | Float32Array>(array: A): A => {
      const each = array.length / batch.size;
      return array.subarray(from * each, to * each) as A;
    };
    found.push({
      ...{ size: to - from, rows: Math.min(batch.rows, to) - from, choices: batch.choices, length: batch.length },
      ...{ ids: cut(batch.ids), typeIds: cut(batch.typeIds), attention: cut(batch.attention) },
      ...{ targets: cut(batch.targets), index: batch.index.slice(from, to) },
      ...(decoder && { decoder: { ...decoder, ids: cut(decoder.ids), attention: cut(decoder.attention) } }),
      ...(attributes && {
        attributes: { ...attributes, values: cut(attributes.values), weights: cut(attributes.weights) },
      }),
      ...(frames && { frames: { ...frames, data: cut(frames.data) } }),
    });
  }
  return found;
}

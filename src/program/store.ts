// Arrays under tensor names, stored contiguously, so that neighbours (query, key, value) can be fed as one stacked tensor,
// without a copy.

import { float32, type Shape, sizeOf, type Tensor } from "../tensor.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * The location of a tensor's values: in `buffer` at `offset`; `place` is its offset in the buffer that all tensors
 * share at first.
 */
interface Span {
  readonly place: number;
  readonly shape: Shape;
  buffer: Float32Array;
  offset: number;
}

export class Store {
  readonly #spans = new Map<string, Span>();
  readonly #spares = new Map<string, Float32Array>();

  constructor(entries: readonly NamedShape[]) {
    const buffer = new Float32Array(entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
    let place = 0;
    for (const { name, shape } of entries) {
      this.#spans.set(name, { place, shape, buffer, offset: place });
      place += sizeOf(shape);
    }
  }

  has(name: string): boolean {
    return this.#spans.has(name);
  }

  names(): string[] {
    return [...this.#spans.keys()];
  }

  /** A view of one tensor's values; writes change the store. */
  array(name: string): Float32Array {
    const { buffer, offset, shape } = this.#span(name);
    return buffer.subarray(offset, offset + sizeOf(shape));
  }

  /** Whether these tensors are adjacent. */
  adjoin(names: readonly string[]): boolean {
    return names.every((name, i) => {
      const next = names[i + 1];
      if (!this.has(name) || (next && !this.has(next))) return false;
      const { place, shape } = this.#span(name);
      return !next || place + sizeOf(shape) === this.#span(next).place;
    });
  }

  /** A view of adjacent tensors, stacked along their first axis; writes change the store. */
  stacked(names: readonly string[]): Tensor<"float32"> {
    const spans = names.map((name) => this.#span(name));
    const [first, last] = [spans[0]!, spans.at(-1)!];
    if (first.buffer !== last.buffer) throw new Error(`${names.join(" and ")} are not adjacent`);
    const shape = [spans.reduce((rows, span) => rows + span.shape[0]!, 0), ...first.shape.slice(1)];
    return float32(shape, first.buffer.subarray(first.offset, last.offset + sizeOf(last.shape)));
  }

  /** Another array for the values of these adjacent tensors, which must always be swapped in the same groups. */
  spare(names: readonly string[]): Tensor<"float32"> {
    const { shape, data } = this.stacked(names);
    const key = names.join("+");
    let spare = this.#spares.get(key);
    if (!spare) {
      spare = new Float32Array(data.length);
      this.#spares.set(key, spare);
    }
    return float32(shape, spare);
  }

  /** Makes the spare array the storage of these tensors, and their former storage the spare array. */
  swap(names: readonly string[]): void {
    const { data } = this.stacked(names);
    const spare = this.spare(names).data;
    this.#spares.set(names.join("+"), data);
    const start = this.#span(names[0]!).place;
    for (const name of names) {
      const span = this.#span(name);
      span.buffer = spare;
      span.offset = span.place - start;
    }
  }

  #span(name: string): Span {
    const span = this.#spans.get(name);
    if (!span) throw new Error(`no tensor ${name}`);
    return span;
  }
}

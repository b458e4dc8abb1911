// Arrays under tensor names, laid one after the other, so that neighbours (query, key, value) can be fed as one stacked
// tensor without a copy, and what a step made of them can be taken over without one.

import { float32, type Shape, sizeOf, type Tensor } from "../tensor.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

/** Where a tensor's values are: in `buffer` from `offset` on; `place` says where they would lie if all lay in one. */
interface Span {
  readonly place: number;
  readonly shape: Shape;
  buffer: Float32Array;
  offset: number;
}

export class Store {
  readonly #spans = new Map<string, Span>();

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

  /** The live values of one tensor. */
  array(name: string): Float32Array {
    const { buffer, offset, shape } = this.#span(name);
    return buffer.subarray(offset, offset + sizeOf(shape));
  }

  /** Whether these tensors lie one after the other. */
  adjoin(names: readonly string[]): boolean {
    return names.every((name, i) => {
      const next = names[i + 1];
      if (!this.has(name) || (next && !this.has(next))) return false;
      const { place, shape } = this.#span(name);
      return !next || place + sizeOf(shape) === this.#span(next).place;
    });
  }

  /** Adjoining tensors stacked along their first axis, live. */
  stacked(names: readonly string[]): Tensor<"float32"> {
    const spans = names.map((name) => this.#span(name));
    const [first, last] = [spans[0]!, spans.at(-1)!];
    if (first.buffer !== last.buffer) throw new Error(`${names.join(" and ")} lie apart`);
    const shape = [spans.reduce((rows, span) => rows + span.shape[0]!, 0), ...first.shape.slice(1)];
    return float32(shape, first.buffer.subarray(first.offset, last.offset + sizeOf(last.shape)));
  }

  /** Takes `data` as the stacked values of adjoining tensors, not copied; they must always be stacked in these groups. */
  adopt(names: readonly string[], data: Float32Array): void {
    const start = this.#span(names[0]!).place;
    for (const name of names) {
      const span = this.#span(name);
      span.buffer = data;
      span.offset = span.place - start;
    }
  }

  #span(name: string): Span {
    const span = this.#spans.get(name);
    if (!span) throw new Error(`no tensor ${name}`);
    return span;
  }
}

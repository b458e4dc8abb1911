// Arrays under tensor names, laid one after the other in one buffer, so that neighbours (query, key, value) can be fed
// as one stacked tensor without a copy.

import { float32, type Shape, sizeOf, type Tensor } from "../tensor.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

export class Store {
  readonly buffer: Float32Array;
  readonly #spans = new Map<string, { readonly offset: number; readonly shape: Shape }>();

  constructor(entries: readonly NamedShape[]) {
    let offset = 0;
    for (const { name, shape } of entries) {
      this.#spans.set(name, { offset, shape });
      offset += sizeOf(shape);
    }
    this.buffer = new Float32Array(offset);
  }

  has(name: string): boolean {
    return this.#spans.has(name);
  }

  names(): string[] {
    return [...this.#spans.keys()];
  }

  /** The live values of one tensor. */
  array(name: string): Float32Array {
    const { offset, shape } = this.#span(name);
    return this.buffer.subarray(offset, offset + sizeOf(shape));
  }

  /** Whether these tensors lie one after the other. */
  adjoin(names: readonly string[]): boolean {
    return names.every((name, i) => {
      const next = names[i + 1];
      if (!this.has(name) || (next && !this.has(next))) return false;
      const { offset, shape } = this.#span(name);
      return !next || offset + sizeOf(shape) === this.#span(next).offset;
    });
  }

  /** Adjoining tensors stacked along their first axis, live. */
  stacked(names: readonly string[]): Tensor<"float32"> {
    const spans = names.map((name) => this.#span(name));
    const [first, last] = [spans[0]!, spans.at(-1)!];
    const shape = [spans.reduce((rows, span) => rows + span.shape[0]!, 0), ...first.shape.slice(1)];
    return float32(shape, this.buffer.subarray(first.offset, last.offset + sizeOf(last.shape)));
  }

  #span(name: string) {
    const span = this.#spans.get(name);
    if (!span) throw new Error(`no tensor ${name}`);
    return span;
  }
}

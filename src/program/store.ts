// Arrays under tensor names, stored contiguously, so that neighbours (query, key, value) can be fed as one stacked tensor,
// without a copy.

import { toFloat32 } from "../safetensors.ts";
import { ARRAYS, bytesOf, float32, type Half, type Shape, sizeOf, type Tensor } from "../tensor.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

/** The element types of a store's tensors. */
export type Floats = "float32" | Half;

/** The values of tensors of one type. */
type Values = Float32Array | Uint16Array;

/**
 * The location of a tensor's values: at `place` of the buffer that all tensors of its type share at first, or at `offset` of a
 * buffer of its own, once it has one.
 */
interface Span {
  readonly dtype: Floats;
  readonly place: number;
  readonly shape: Shape;
  buffer: Values | undefined;
  offset: number;
}

export class Store {
  readonly #spans = new Map<string, Span>();
  readonly #lengths = new Map<Floats, number>();
  /** Allocated when they are first used, so that a store without values takes no memory. */
  readonly #shared = new Map<Floats, Values>();
  readonly #spares = new Map<string, Float32Array>();

  /** `typeOf`: the element type of a tensor, by its name; by default, all are float32. */
  constructor(entries: readonly NamedShape[], typeOf: (name: string) => Floats = () => "float32") {
    for (const { name, shape } of entries) {
      const dtype = typeOf(name);
      const place = this.#lengths.get(dtype) ?? 0;
      this.#spans.set(name, { dtype, place, shape, buffer: undefined, offset: place });
      this.#lengths.set(dtype, place + sizeOf(shape));
    }
  }

  has(name: string): boolean {
    return this.#spans.has(name);
  }

  names(): string[] {
    return [...this.#spans.keys()];
  }

  type(name: string): Floats {
    return this.#span(name).dtype;
  }

  /** The memory that all values take, without spare arrays, in bytes. */
  get bytes(): number {
    return [...this.#spans.values()].reduce((sum, span) => sum + bytesOf(span), 0);
  }

  /** A view of one float32 tensor's values; writes change the store. */
  array(name: string): Float32Array {
    return this.values(name) as Float32Array;
  }

  /** A view of one tensor's values, of any type; writes change the store. */
  values(name: string): Values {
    const span = this.#span(name);
    return this.#buffer(span).subarray(span.offset, span.offset + sizeOf(span.shape));
  }

  /** One tensor's values as float32: a view, or a copy of those of another type. */
  float32(name: string): Float32Array {
    const values = this.values(name);
    if (values instanceof Float32Array) return values;
    const wide = new Float32Array(values.length);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    toFloat32(bytes, this.type(name) === "float16" ? "F16" : "BF16", wide);
    return wide;
  }

  /** Whether these tensors are adjacent. */
  adjoin(names: readonly string[]): boolean {
    return names.every((name, i) => {
      const next = names[i + 1];
      if (!this.has(name) || (next && !this.has(next))) return false;
      const { dtype, place, shape } = this.#span(name);
      if (!next) return true;
      const other = this.#span(next);
      return other.dtype === dtype && other.place === place + sizeOf(shape);
    });
  }

  /** A view of adjacent tensors, stacked along their first axis; writes change the store. */
  stacked(names: readonly string[]): Tensor<Floats> {
    const spans = names.map((name) => this.#span(name));
    const [first, last] = [spans[0]!, spans.at(-1)!];
    const buffer = this.#buffer(first);
    if (this.#buffer(last) !== buffer) throw new Error(`${names.join(" and ")} are not adjacent`);
    const shape = [spans.reduce((rows, span) => rows + span.shape[0]!, 0), ...first.shape.slice(1)];
    const data = buffer.subarray(first.offset, last.offset + sizeOf(last.shape));
    return { dtype: first.dtype, shape, data } as Tensor<Floats>;
  }

  /** Another array for the values of these adjacent float32 tensors, which must always be swapped in the same groups. */
  spare(names: readonly string[]): Tensor<"float32"> {
    const { shape } = this.stacked(names);
    const key = names.join("+");
    let spare = this.#spares.get(key);
    if (!spare) {
      spare = new Float32Array(sizeOf(shape));
      this.#spares.set(key, spare);
    }
    return float32(shape, spare);
  }

  /** Makes the spare array the storage of these tensors, and their former storage the spare array. */
  swap(names: readonly string[]): void {
    const { data } = this.stacked(names);
    const spare = this.spare(names).data;
    this.#spares.set(names.join("+"), data as Float32Array);
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

  #buffer({ dtype, buffer }: Span): Values {
    if (buffer) return buffer;
    let shared = this.#shared.get(dtype);
    if (!shared) {
      shared = new ARRAYS[dtype](this.#lengths.get(dtype)!) as Values;
      this.#shared.set(dtype, shared);
    }
    return shared;
  }
}

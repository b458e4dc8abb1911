// Reads Thrift's compact protocol, in which Parquet stores its metadata, without trusting any declared length. Format:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

/** Maximum nesting depth. Real structures are nested up to five levels deep. */
const DEEPEST = 30;
/**
 * Maximum number of structures in total. A structure can take as little as one byte in the file, but becomes an object
 * fifty times that size.
 */
const MOST_STRUCTURES = 1_000_000;
const MOST_FIELDS = 100;

/** Thrown for data that ends too early, and for values that no valid file contains. */
export class Damaged extends Error {}

/** The numbers, flags and nested structures in a structure, by field ID. Texts and lists are skipped. */
export type Struct = ReadonlyMap<number, unknown>;

/**
 * Called with each number, and with the length of each text. `path` has the field IDs and list indices that lead to the
 * value.
 */
export type Visit = (path: readonly number[], value: number) => void;

export class Thrift {
  readonly #bytes: Uint8Array;
  readonly #visit: Visit | undefined;
  readonly #path: number[] = [];
  #structures = 0;
  at = 0;

  constructor(bytes: Uint8Array, visit?: Visit) {
    this.#bytes = bytes;
    this.#visit = visit;
  }

  struct(depth = 0): Struct {
    if (depth > DEEPEST) throw new Damaged("its structures are nested too deeply");
    if (++this.#structures > MOST_STRUCTURES) throw new Damaged(`it has over ${MOST_STRUCTURES} structures`);
    const fields = new Map<number, unknown>();
    for (let id = 0; ; ) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return fields;
      id = head >> 4 ? id + (head >> 4) : this.#zigzag();
      // The value of a flag is stored in its type.
      this.#path.push(id);
      fields.set(id, type === 1 || type === 2 ? type === 1 : this.#element(type, depth));
      this.#path.pop();
      if (fields.size > MOST_FIELDS) throw new Damaged(`a structure has over ${MOST_FIELDS} fields`);
    }
  }

  #element(type: number, depth: number): unknown {
    switch (type) {
      case 1: // in a list, a flag takes a byte
      case 2:
      case 3:
        return void this.#take(1);
      case 4:
      case 5:
      case 6:
        return this.#told(this.#zigzag());
      case 7:
        return void this.#take(8);
      case 8:
        return void this.#take(this.#told(this.#varint()));
      case 9:
        return void this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new Damaged(`the type ${type} does not exist`);
    }
  }

  #list(depth: number): void {
    if (depth > DEEPEST) throw new Damaged("its structures are nested too deeply");
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    if (count > this.#bytes.length - this.at) throw new Damaged("a list is longer than the remaining bytes");
    for (let i = 0; i < count; i++) {
      this.#path.push(i);
      this.#element(head & 0x0f, depth + 1);
      this.#path.pop();
    }
  }

  #told(value: number): number {
    this.#visit?.(this.#path, value);
    return value;
  }

  #take(count: number): void {
    if (count > this.#bytes.length - this.at) throw new Damaged("it ends too early");
    this.at += count;
  }

  #byte(): number {
    this.#take(1);
    return this.#bytes[this.at - 1]!;
  }

  /** Reads a number with seven bits per byte, in at most ten bytes. */
  #varint(): number {
    let [value, scale] = [0, 1];
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Damaged("a number is not terminated");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }
}

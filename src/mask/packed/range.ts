// A binary range coder, all in 32-bit integers: the encoder narrows a range by the probability of each bit, and the
// decoder follows it. After G. N. N. Martin, "Range encoding" (1979), with the carry propagation of LZMA.

/** A probability in units of 2⁻¹⁶, from 1 to 65535. */
export type Share = number;

/** One loop serves both directions: an encoder takes `bit`, a decoder ignores it; both return the coded bit. */
export interface Coder {
  code(bit: number, one: Share): number;
}

const TOP = 2 ** 31 - 1;
/** Below this size, the range is widened by a byte. */
const LEAST = 2 ** 23;
const LOW_BYTES = 2 ** 32;

export class Encoder implements Coder {
  #low = 0;
  #range = TOP;
  /** The last byte not yet written, and how many bytes of 255 follow it: a carry would change all of them. */
  #held = -1;
  #full = 0;
  readonly #bytes: number[] = [];

  code(bit: number, one: Share): number {
    const bound = Math.imul(this.#range >> 16, one);
    if (bit) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    while (this.#range < LEAST) {
      this.#range <<= 8;
      this.#shift();
    }
    return bit;
  }

  /** The bytes of all bits. Zeros at their end are left out: a decoder reads zeros there. */
  finish(): Uint8Array {
    this.#low = Math.ceil(this.#low / 2 ** 16) * 2 ** 16; // within the range, and most of its bytes are 0
    for (let i = 0; i < 5; i++) this.#shift();
    let length = this.#bytes.length;
    while (length && !this.#bytes[length - 1]) length--;
    return Uint8Array.from(this.#bytes.slice(0, length));
  }

  /** Moves the top byte of `low` out. */
  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= LOW_BYTES) {
      const carry = this.#low >= LOW_BYTES ? 1 : 0;
      if (this.#held >= 0) this.#bytes.push(this.#held + carry);
      for (; this.#full; this.#full--) this.#bytes.push((255 + carry) & 255);
      this.#held = Math.floor(this.#low / 2 ** 24) & 255;
    } else this.#full++;
    this.#low = (this.#low % 2 ** 24) * 256;
  }
}

export class Decoder implements Coder {
  #range = TOP;
  /** The coded number minus the lower end of the range. */
  #code = 0;
  #next = 4;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i++) this.#code = (this.#code << 8) | (bytes[i] ?? 0);
    this.#code &= TOP;
  }

  code(_: number, one: Share): number {
    const bound = Math.imul(this.#range >> 16, one);
    let bit = 1;
    if (this.#code < bound) this.#range = bound;
    else {
      this.#code -= bound;
      this.#range -= bound;
      bit = 0;
    }
    while (this.#range < LEAST) {
      this.#range <<= 8;
      this.#code = (this.#code << 8) | (this.#next < this.#bytes.length ? this.#bytes[this.#next]! : 0);
      this.#next++;
    }
    return bit;
  }
}

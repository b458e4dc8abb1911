// Tokens as a prefix tree: at a place of a text it is walked only as far as some token goes.

/** Where all tokens begin. */
export const ROOT = 0;
/** No node. */
export const NONE = -1;

/** Ids by tokens, walked by code units. Nodes are numbers, and their branches a hash table, for most nodes have only one. */
export class Tree {
  /** Of each slot the node that a branch leaves (NONE: the slot is free), the code unit, and the node that it leads to. */
  #from = new Int32Array(1 << 10).fill(NONE);
  #code = new Uint16Array(1 << 10);
  #to = new Int32Array(1 << 10);
  /** By node: the id of the token that ends there, or NONE. */
  #ids = new Int32Array(1 << 9).fill(NONE);
  #nodes = 1;

  constructor(tokens: Iterable<readonly [token: string, id: number]>) {
    for (const [token, id] of tokens) {
      let node = ROOT;
      for (let i = 0; i < token.length; i++) node = this.#add(node, token.charCodeAt(i));
      this.#ids[node] = id;
    }
  }

  /** The node behind a node and a code unit, or NONE. */
  next(node: number, code: number): number {
    const from = this.#from;
    const last = from.length - 1;
    for (let slot = hash(node, code) & last; ; slot = (slot + 1) & last) {
      if (from[slot] === NONE) return NONE;
      if (from[slot] === node && this.#code[slot] === code) return this.#to[slot]!;
    }
  }

  /** The node behind a node and a text, or NONE. */
  after(node: number, text: string): number {
    let at = node;
    for (let i = 0; i < text.length && at !== NONE; i++) at = this.next(at, text.charCodeAt(i));
    return at;
  }

  /** The id of the token that ends at a node, or NONE. */
  idAt(node: number): number {
    return this.#ids[node]!;
  }

  /** Where the longest token that begins at `start` ends; undefined where none does. */
  longestAt(text: string, start: number): number | undefined {
    let end: number | undefined;
    for (let at = start, node = ROOT; at < text.length; ) {
      node = this.next(node, text.charCodeAt(at++));
      if (node === NONE) break;
      if (this.#ids[node] !== NONE) end = at;
    }
    return end;
  }

  #add(node: number, code: number): number {
    const found = this.next(node, code);
    if (found !== NONE) return found;
    if (this.#nodes === this.#ids.length) this.#grow();
    const added = this.#nodes++;
    this.#put(node, code, added);
    return added;
  }

  #put(node: number, code: number, to: number): void {
    const last = this.#from.length - 1;
    let slot = hash(node, code) & last;
    while (this.#from[slot] !== NONE) slot = (slot + 1) & last;
    this.#from[slot] = node;
    this.#code[slot] = code;
    this.#to[slot] = to;
  }

  /** Doubles the table, of which half the slots at most are taken. */
  #grow(): void {
    const [from, code, to, ids] = [this.#from, this.#code, this.#to, this.#ids];
    this.#from = new Int32Array(2 * from.length).fill(NONE);
    this.#code = new Uint16Array(2 * from.length);
    this.#to = new Int32Array(2 * from.length);
    this.#ids = new Int32Array(2 * ids.length).fill(NONE);
    this.#ids.set(ids);
    for (let slot = 0; slot < from.length; slot++)
      if (from[slot] !== NONE) this.#put(from[slot]!, code[slot]!, to[slot]!);
  }
}

function hash(node: number, code: number): number {
  const mixed = Math.imul(node + 1, 0x9e3779b1) ^ Math.imul(code + 1, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 8;
}

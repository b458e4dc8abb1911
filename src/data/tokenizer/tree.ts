// Tokens as a prefix tree: at a place of a text it is walked only as far as some token goes.

/** Where all tokens begin. */
export const ROOT = 0;
/** No node. */
export const NONE = -1;
/** Nodes that there is room for before they are there: the tokens of XLM-RoBERTa have some million. */
const MOST_AT_FIRST = 1 << 21;

/** Ids by tokens, walked by code units. Nodes are numbers, and their branches a hash table, for most nodes have only one. */
export class Tree {
  /** Nodes by a hash of where they come from, NONE where the slot is free. */
  #slots: Int32Array;
  /** By node: the node before it, the code unit that leads from there, and the id of the token that ends there, or NONE. */
  #before: Int32Array;
  #code: Uint16Array;
  #ids: Int32Array;
  #nodes = 1;

  constructor(tokens: ReadonlyMap<string, number>) {
    let letters = 1;
    for (const token of tokens.keys()) letters += token.length;
    // Room for as many nodes as a vocabulary's tokens have letters apart, which is most of them.
    const size = 2 ** Math.ceil(Math.log2(Math.min(letters, MOST_AT_FIRST)));
    this.#before = new Int32Array(size).fill(NONE);
    this.#code = new Uint16Array(size);
    this.#ids = new Int32Array(size).fill(NONE);
    this.#slots = new Int32Array(2 * size).fill(NONE);
    for (const [token, id] of tokens) {
      let node = ROOT;
      for (let i = 0; i < token.length; i++) node = this.#add(node, token.charCodeAt(i));
      this.#ids[node] = id;
    }
  }

  /** The node behind a node and a code unit, or NONE. */
  next(node: number, code: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let slot = hash(node, code) & last; ; slot = (slot + 1) & last) {
      const found = slots[slot]!;
      if (found === NONE || (this.#before[found] === node && this.#code[found] === code)) return found;
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

  /**
   * For each node the one of the longest end of its text that is a node as well, and the nearest such one at which a token ends
   * (NONE: there is none): with them all tokens that end at a place are found in one walk (Aho and Corasick, 1975).
   */
  ends(): Ends {
    const depth = new Int32Array(this.#nodes);
    for (let node = 1; node < this.#nodes; node++) depth[node] = depth[this.#before[node]!]! + 1;
    const [shorter, token] = [new Int32Array(this.#nodes), new Int32Array(this.#nodes).fill(NONE)];
    for (const node of byDepth(depth)) {
      if (node === ROOT) continue;
      const before = this.#before[node]!;
      const end = before === ROOT ? ROOT : this.step(shorter[before]!, this.#code[node]!, shorter);
      shorter[node] = end;
      token[node] = this.#ids[end] === NONE ? token[end]! : end;
    }
    return { shorter, token, depth };
  }

  /** The node of the longest end of a node's text with this code unit behind it. */
  step(node: number, code: number, shorter: Int32Array): number {
    for (let at = node; ; at = shorter[at]!) {
      const next = this.next(at, code);
      if (next !== NONE) return next;
      if (at === ROOT) return ROOT;
    }
  }

  #add(node: number, code: number): number {
    const found = this.next(node, code);
    if (found !== NONE) return found;
    if (this.#nodes === this.#ids.length) this.#grow();
    const added = this.#nodes++;
    this.#before[added] = node;
    this.#code[added] = code;
    this.#put(added);
    return added;
  }

  #put(node: number): void {
    const last = this.#slots.length - 1;
    let slot = hash(this.#before[node]!, this.#code[node]!) & last;
    while (this.#slots[slot] !== NONE) slot = (slot + 1) & last;
    this.#slots[slot] = node;
  }

  /** Doubles the table, of which half the slots at most are taken. */
  #grow(): void {
    const size = 2 * this.#ids.length;
    const enlarged = <T extends Int32Array | Uint16Array>(old: T, grown: T): T => {
      grown.set(old);
      return grown;
    };
    this.#before = enlarged(this.#before, new Int32Array(size).fill(NONE));
    this.#code = enlarged(this.#code, new Uint16Array(size));
    this.#ids = enlarged(this.#ids, new Int32Array(size).fill(NONE));
    this.#slots = new Int32Array(2 * size).fill(NONE);
    for (let node = 1; node < this.#nodes; node++) this.#put(node);
  }
}

/** By node: the node of the longest end of its text, the nearest of these at which a token ends, and the length of its text. */
export interface Ends {
  readonly shorter: Int32Array;
  readonly token: Int32Array;
  readonly depth: Int32Array;
}

/** Nodes by their depth. */
function byDepth(depth: Int32Array): Int32Array {
  const starts = new Int32Array(depth.reduce((most, value) => Math.max(most, value), 0) + 2);
  for (const value of depth) starts[value + 1]!++;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const nodes = new Int32Array(depth.length);
  for (let node = 0; node < depth.length; node++) nodes[starts[depth[node]!]!++] = node;
  return nodes;
}

function hash(node: number, code: number): number {
  const mixed = Math.imul(node + 1, 0x9e3779b1) ^ Math.imul(code + 1, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 8;
}

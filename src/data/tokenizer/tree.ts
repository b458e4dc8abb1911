// A prefix tree of tokens. At each position of a text, the tree is walked only as far as a token can match.

/** The node of the empty prefix. */
export const ROOT = 0;
/** Stands for a missing node, or for a missing token ID. */
export const NONE = -1;
/** Maximum number of nodes to allocate in advance. The tokens of XLM-RoBERTa need about a million nodes. */
const MOST_AT_FIRST = 1 << 21;

/**
 * Maps tokens to IDs. Nodes are numbers, and each edge is labeled with a UTF-16 code unit. All edges are in a single
 * hash table, because most nodes have only one child.
 */
export class Tree {
  /** Nodes, hashed by parent and code unit; NONE in free slots. */
  #slots: Int32Array;
  /**
   * For each node: its parent, the code unit of the edge from its parent, and the ID of the token that ends at the
   * node, or NONE.
   */
  #before: Int32Array;
  #code: Uint16Array;
  #ids: Int32Array;
  #nodes = 1;

  constructor(tokens: ReadonlyMap<string, number>) {
    let letters = 1;
    for (const token of tokens.keys()) letters += token.length;
    // The tree needs about as many nodes as the vocabulary has characters.
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

  /** The child of a node for a code unit, or NONE. */
  next(node: number, code: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let slot = hash(node, code) & last; ; slot = (slot + 1) & last) {
      const found = slots[slot]!;
      if (found === NONE || (this.#before[found] === node && this.#code[found] === code)) return found;
    }
  }

  /** The node that a text leads to from `node`, or NONE. */
  after(node: number, text: string): number {
    let at = node;
    for (let i = 0; i < text.length && at !== NONE; i++) at = this.next(at, text.charCodeAt(i));
    return at;
  }

  /** The ID of the token that ends at a node, or NONE. */
  idAt(node: number): number {
    return this.#ids[node]!;
  }

  /** The end of the longest token that starts at `start`; undefined if there is none. */
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
   * The suffix links of the tree (Aho and Corasick, 1975): for each node, the node of its longest proper suffix, and
   * the node of the longest proper suffix at which a token ends (NONE if there is none). With these links, a single
   * pass over a text finds all tokens that end at each position.
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

  /** Appends a code unit to the text of a node, and returns the node of the longest suffix that is in the tree. */
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

  /** Doubles the size of the tables; at most half of the slots are used. */
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

/**
 * For each node: the node of its longest proper suffix, the node of the longest proper suffix at which a token ends,
 * and the length of the node's text.
 */
export interface Ends {
  readonly shorter: Int32Array;
  readonly token: Int32Array;
  readonly depth: Int32Array;
}

/** The nodes sorted by depth. */
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

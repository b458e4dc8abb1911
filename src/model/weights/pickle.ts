// Reads Python's pickle format without running any code: containers, text, numbers, and calls to functions that the
// caller defines. All other instructions and globals are refused with errors that name them. Format: the opcodes in
// Python's Lib/pickletools.py (protocols 2 to 5).

import { quoted } from "../../visible.ts";

/** A callable global; it receives its arguments unchecked, and throws `Malformed` if they are invalid. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/** An error in a pickle; the message is phrased to follow "FILE: ". */
export class Malformed extends Error {}

/** The pickle does not end within the given bytes. */
export class Unfinished extends Malformed {}

/** The objects outside the pickle to which it may refer. */
export interface Surroundings {
  /** Globals by MODULE.NAME; all others are refused. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** Returns the object for a persistent ID. */
  readonly persistent: (id: unknown) => unknown;
}

/**
 * A pickle's value and the offset after the pickle. Dicts become Maps, lists and tuples become arrays, None becomes
 * null, and integers beyond 2^53 become bigints. Throws Malformed, or its subclass Unfinished if `bytes` ends too
 * early.
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  surroundings: Surroundings,
): { readonly value: unknown; readonly end: number } {
  return new Machine(bytes, start, surroundings).run();
}

/**
 * A BERT with 200 tensors takes about 6,000 instructions; a pickle with more instructions than this limit is designed
 * to exhaust memory.
 */
const MOST_INSTRUCTIONS = 2_000_000;
/** The maximum number of bytes in an integer; the magic number of PyTorch's files has ten bytes. */
const LONGEST_INTEGER = 16;

/** The effect of each supported instruction. */
const INSTRUCTIONS: Record<number, (machine: Machine) => void> = {
  128: (m) => m.checkProtocol(m.unsigned(1)), // PROTO
  149: (m) => m.take(8), // FRAME: the number of bytes that a reader may read at once
  40: (m) => m.marks.push(m.stack.length), // MARK

  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  74: (m) => m.push(m.view.getInt32(m.take(4), true)), // BININT
  75: (m) => m.push(m.unsigned(1)), // BININT1
  77: (m) => m.push(m.unsigned(2)), // BININT2
  138: (m) => m.push(m.integer(m.unsigned(1))), // LONG1
  139: (m) => m.push(m.integer(m.unsigned(4))), // LONG4
  71: (m) => m.push(m.view.getFloat64(m.take(8))), // BINFLOAT
  85: (m) => m.push(m.text(m.unsigned(1))), // SHORT_BINSTRING (of Python 2)
  84: (m) => m.push(m.text(m.unsigned(4))), // BINSTRING (of Python 2)
  140: (m) => m.push(m.text(m.unsigned(1))), // SHORT_BINUNICODE
  88: (m) => m.push(m.text(m.unsigned(4))), // BINUNICODE
  141: (m) => m.push(m.text(Number(m.view.getBigUint64(m.take(8), true)))), // BINUNICODE8

  93: (m) => m.push([]), // EMPTY_LIST
  41: (m) => m.push([]), // EMPTY_TUPLE
  125: (m) => m.push(new Map()), // EMPTY_DICT
  133: (m) => m.push(m.popMany(1)), // TUPLE1
  134: (m) => m.push(m.popMany(2)), // TUPLE2
  135: (m) => m.push(m.popMany(3)), // TUPLE3
  116: (m) => m.push(m.popToMark()), // TUPLE
  97: (m) => m.append(m.popMany(1)), // APPEND
  101: (m) => m.append(m.popToMark()), // APPENDS
  115: (m) => m.set(m.popMany(2)), // SETITEM
  117: (m) => m.set(m.popToMark()), // SETITEMS

  113: (m) => m.memo.set(m.unsigned(1), m.top()), // BINPUT
  114: (m) => m.memo.set(m.unsigned(4), m.top()), // LONG_BINPUT
  148: (m) => m.memo.set(m.memo.size, m.top()), // MEMOIZE
  104: (m) => m.push(m.remembered(m.unsigned(1))), // BINGET
  106: (m) => m.push(m.remembered(m.unsigned(4))), // LONG_BINGET

  99: (m) => m.push(m.global(m.line(), m.line())), // GLOBAL
  147: (m) => m.push(m.global(...(m.popMany(2) as [unknown, unknown]))), // STACK_GLOBAL
  105: (m) => m.refuseObject(m.line(), m.line()), // INST
  81: (m) => m.push(m.surroundings.persistent(m.pop())), // BINPERSID
  82: (m) => m.reduce(...(m.popMany(2) as [unknown, unknown])), // REDUCE
  98: (m) => m.build(m.popMany(1)), // BUILD
};
const STOP = 46;

/** The names of the refused instructions, for errors. */
const REFUSED: Record<number, string> = {
  48: "POP",
  49: "POP_MARK",
  50: "DUP",
  66: "BINBYTES",
  67: "SHORT_BINBYTES",
  70: "FLOAT",
  73: "INT",
  76: "LONG",
  80: "PERSID",
  83: "STRING",
  86: "UNICODE",
  100: "DICT",
  103: "GET",
  108: "LIST",
  111: "OBJ",
  112: "PUT",
  129: "NEWOBJ",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  142: "BINBYTES8",
  143: "EMPTY_SET",
  144: "ADDITEMS",
  145: "FROZENSET",
  146: "NEWOBJ_EX",
  150: "BYTEARRAY8",
  151: "NEXT_BUFFER",
  152: "READONLY_BUFFER",
};

class Machine {
  readonly stack: unknown[] = [];
  /** The height of the stack at each open MARK. */
  readonly marks: number[] = [];
  readonly memo = new Map<number, unknown>();
  readonly view: DataView;
  readonly surroundings: Surroundings;
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, start: number, surroundings: Surroundings) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.surroundings = surroundings;
    this.#bytes = bytes;
    this.#at = start;
  }

  run(): { value: unknown; end: number } {
    for (let count = 0; count < MOST_INSTRUCTIONS; count++) {
      const opcode = this.#bytes[this.take(1)]!;
      if (opcode === STOP) return { value: this.pop(), end: this.#at };
      const instruction = INSTRUCTIONS[opcode];
      if (!instruction)
        throw new Malformed(
          REFUSED[opcode]
            ? `its pickle uses the instruction ${REFUSED[opcode]}, which is not supported`
            : `its pickle is damaged: ${opcode} is not an instruction`,
        );
      instruction(this);
    }
    throw new Malformed(`its pickle has more than ${MOST_INSTRUCTIONS} instructions`);
  }

  /** Consumes `count` bytes and returns their offset. */
  take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new Unfinished("its pickle ends too early");
    this.#at += count;
    return at;
  }

  unsigned(size: 1 | 2 | 4): number {
    const at = this.take(size);
    if (size === 1) return this.#bytes[at]!;
    return size === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  /** A little-endian integer in two's complement. */
  integer(size: number): number | bigint {
    if (size > LONGEST_INTEGER)
      throw new Malformed(`its pickle has an integer of ${size} bytes, more than the limit of ${LONGEST_INTEGER}`);
    const at = this.take(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    value = BigInt.asIntN(8 * size, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    const at = this.take(length);
    return decoded(this.#bytes.subarray(at, at + length));
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new Unfinished("its pickle ends too early");
    const at = this.take(end + 1 - this.#at);
    return decoded(this.#bytes.subarray(at, end));
  }

  global(module: unknown, name: unknown): unknown {
    const full = `${textOf(module)}.${textOf(name)}`;
    const { globals } = this.surroundings;
    if (globals.has(full)) return globals.get(full);
    throw new Malformed(`it refers to ${shown(full)}, but MaskLens never runs code from a file`);
  }

  refuseObject(module: string, name: string): never {
    this.global(module, name);
    throw new Malformed(`it creates a ${module}.${name} object with INST, which is not supported`);
  }

  reduce(called: unknown, args: unknown): void {
    if (!(called instanceof Callable)) throw new Malformed("its pickle calls something that is not a function");
    if (!Array.isArray(args)) throw new Malformed(`its pickle calls ${called.name} without a tuple of arguments`);
    this.push(called.call(args));
  }

  /** Ignores the attributes of an OrderedDict, such as a state dict's _metadata (the versions of its modules). */
  build(_attributes: readonly unknown[]): void {
    if (!(this.top() instanceof Map))
      throw new Malformed("its pickle sets the attributes of an object, which is not supported");
  }

  checkProtocol(protocol: number): void {
    if (protocol < 2 || protocol > 5)
      throw new Malformed(`its pickle uses protocol ${protocol}, but only protocols 2 to 5 are supported`);
  }

  remembered(key: number): unknown {
    if (!this.memo.has(key)) throw new Malformed(`its pickle refers to value ${key}, which it has not created`);
    return this.memo.get(key);
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new Malformed("its pickle appends to something that is not a list");
    for (const item of items) list.push(item);
  }

  set(pairs: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || pairs.length % 2)
      throw new Malformed("its pickle sets items in something that is not a dict");
    for (let i = 0; i < pairs.length; i += 2) dict.set(pairs[i], pairs[i + 1]);
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  /** The number of values that may be popped: those above the last mark. */
  get #height(): number {
    return this.stack.length - (this.marks.at(-1) ?? 0);
  }

  top(): unknown {
    if (this.#height < 1) throw new Malformed("its pickle pops from an empty stack");
    return this.stack.at(-1);
  }

  pop(): unknown {
    const value = this.top();
    this.stack.length--;
    return value;
  }

  popMany(count: number): unknown[] {
    if (this.#height < count) throw new Malformed("its pickle pops from an empty stack");
    return this.stack.splice(this.stack.length - count);
  }

  popToMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw new Malformed("its pickle pops from an empty stack");
    return this.stack.splice(mark);
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Malformed("its pickle has text that is not UTF-8", { cause });
  }
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new Malformed("its pickle refers to a global by a name that is not a string");
  return value;
}

/** A name from the file, in a form that is safe to show. */
function shown(name: string): string {
  return /^[\w.$-]{1,100}$/.test(name) ? name : quoted(name);
}

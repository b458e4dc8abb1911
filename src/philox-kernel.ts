// Philox4x32-10 on four blocks at once, in WebAssembly's 128-bit lanes: 71 million words take a tenth of a second;
// plain JavaScript, which has no 32 × 32 → 64 bit product, takes a second. Assembled here, instruction by instruction,
// so that the build needs no other tool. Opcodes: https://webassembly.github.io/spec/core/binary

/** The most words per call: a page of 64 KiB. */
export const PAGE_WORDS = 1 << 14;
/** Words per iteration: four blocks. */
export const GROUP_WORDS = 16;

/** Generates words into its own memory. */
export interface Kernel {
  /**
   * Writes the words of consecutive blocks, starting at counter (low, high), to the start of `words`: `bytes` bytes, a
   * multiple of 64. `low` must not overflow 2³² on the way.
   */
  fill(low: number, high: number, key0: number, key1: number, bytes: number): void;
  readonly words: Uint32Array;
}

/** The part of WebAssembly's interface that is used; neither es2023 nor Node's types declare it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { exports: Pick<Kernel, "fill"> & { memory: { buffer: ArrayBuffer } } };
}

/** undefined if WebAssembly is missing, too old, or forbidden by a page's content security policy. */
export function makeKernel(): Kernel | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
    const { fill, memory } = new Instance(new Module(Uint8Array.from(module()))).exports;
    return { fill, words: new Uint32Array(memory.buffer) };
  } catch {
    return undefined;
  }
}

type Code = readonly number[];

/**
 * The parameters of `fill`, its position in memory, then vectors: the four words of four counters, and temporaries for
 * products.
 */
const NUMBERS = ["low", "high", "key0", "key1", "bytes", "at"] as const;
const VECTORS = ["c0", "c1", "c2", "c3", "p", "q", "r", "s"] as const;
const LOCALS = [...NUMBERS, ...VECTORS];
type Local = (typeof LOCALS)[number];

const get = (name: Local): Code => [0x20, LOCALS.indexOf(name)];
const set = (name: Local): Code => [0x21, LOCALS.indexOf(name)];
const constant = (value: number): Code => [0x41, ...signed(value | 0)];
const add: Code = [0x6a];
const lessThan: Code = [0x49];
const loopWhile = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0, END];
const END = 0x0b;

const vector = (code: number, ...rest: Code): Code => [0xfd, ...unsigned(code), ...rest];
const store = (offset: number): Code => vector(0x0b, 4, ...unsigned(offset));
const counting = vector(0x0c, ...[0, 1, 2, 3].flatMap((lane) => [lane, 0, 0, 0]));
/** Four of the eight words of two vectors. */
const pick = (...words: Code): Code => vector(0x0d, ...words.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b)));
const splat = vector(0x11);
const xor = vector(0x51);
const addLanes = vector(0xae);
/** The 64-bit products of the first two lanes, and of the last two. */
const multiplyFirst = vector(0xde);
const multiplyLast = vector(0xdf);

const products = (of: Local, factor: number, first: Local, last: Local): Code => [
  ...[...get(of), ...constant(factor), ...splat, ...multiplyFirst, ...set(first)],
  ...[...get(of), ...constant(factor), ...splat, ...multiplyLast, ...set(last)],
];
const lowWords = (first: Local, last: Local): Code => [...get(first), ...get(last), ...pick(0, 2, 4, 6)];
const highWords = (first: Local, last: Local): Code => [...get(first), ...get(last), ...pick(1, 3, 5, 7)];
const roundKey = (key: Local, step: number, round: number): Code => [
  ...[...get(key), ...constant(Math.imul(step, round)), ...add, ...splat],
];

const round = (_: unknown, number: number): Code => [
  ...products("c0", 0xd2511f53, "p", "q"),
  ...products("c2", 0xcd9e8d57, "r", "s"),
  ...[...highWords("r", "s"), ...get("c1"), ...xor, ...roundKey("key0", 0x9e3779b9, number), ...xor, ...set("c0")],
  ...[...lowWords("r", "s"), ...set("c1")],
  ...[...highWords("p", "q"), ...get("c3"), ...xor, ...roundKey("key1", 0xbb67ae85, number), ...xor, ...set("c2")],
  ...[...lowWords("p", "q"), ...set("c3")],
];

const pickInto = (target: Local, a: Local, b: Local, ...words: Code): Code => [
  ...[...get(a), ...get(b), ...pick(...words), ...set(target)],
];
const storeAt = (offset: number, a: Local, b: Local, ...words: Code): Code => [
  ...[...get("at"), ...get(a), ...get(b), ...pick(...words), ...store(offset)],
];

/**
 * One iteration: sets four counters, runs ten rounds, and stores the blocks one after the other (a 4 × 4
 * transposition).
 */
const turn: Code = [
  ...[...get("low"), ...splat, ...counting, ...addLanes, ...set("c0")],
  ...[...get("high"), ...splat, ...set("c1")],
  ...[...constant(0), ...splat, ...set("c2"), ...constant(0), ...splat, ...set("c3")],
  ...Array.from({ length: 10 }, round).flat(),
  ...pickInto("p", "c0", "c1", 0, 4, 1, 5),
  ...pickInto("q", "c2", "c3", 0, 4, 1, 5),
  ...pickInto("r", "c0", "c1", 2, 6, 3, 7),
  ...pickInto("s", "c2", "c3", 2, 6, 3, 7),
  ...storeAt(0, "p", "q", 0, 1, 4, 5),
  ...storeAt(16, "p", "q", 2, 3, 6, 7),
  ...storeAt(32, "r", "s", 0, 1, 4, 5),
  ...storeAt(48, "r", "s", 2, 3, 6, 7),
  ...[...get("low"), ...constant(4), ...add, ...set("low")],
  ...[...get("at"), ...constant(64), ...add, ...set("at")],
];

/** A module with one function, `fill`, and one page of memory. */
function module(): Code {
  const [I32, V128, FUNCTION, MEMORY] = [0x7f, 0x7b, 0, 2];
  const parameters = NUMBERS.length - 1;
  const body = [
    ...[2, 1, I32, VECTORS.length, V128],
    ...loopWhile(turn, [...get("at"), ...get("bytes"), ...lessThan]),
    END,
  ];
  return [
    ...[0, ...text("asm"), 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters, ...Array(parameters).fill(I32), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, 4, ...text("fill"), FUNCTION, 0, 6, ...text("memory"), MEMORY, 0]),
    ...section(10, [1, ...sized(body)]),
  ];
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function text(name: string): Code {
  return [...new TextEncoder().encode(name)];
}

/** LEB128: seven bits per byte, the lowest first; the top bit is set on all but the last byte. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const last = value >= -0x40 && value < 0x40;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

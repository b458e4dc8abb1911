// Philox4x32-10 on four blocks at once, in WebAssembly's 128-bit vectors: 71 million words take a tenth of a second.
// Plain JavaScript, which has no 32 × 32 → 64-bit product, takes a second. `cut` reduces each word to its part of [0, 1)
// while it is still in a vector. Assembled here, instruction by instruction, so that the build needs no other tool.
// Opcodes: https://webassembly.github.io/spec/core/binary

/** The maximum number of words per call: a page of 64 KiB. */
export const PAGE_WORDS = 1 << 14;
/** Words per iteration: four blocks. */
export const GROUP_WORDS = 16;

/** Generates words, or values derived from them, in its own memory. */
export interface Kernel {
  /**
   * Writes `groups` groups of words to the start of `words`: those of consecutive blocks, starting at counter (low,
   * high). `low` must stay below 2³² throughout.
   */
  fill(low: number, high: number, key0: number, key1: number, groups: number): void;
  /**
   * Like `fill`, but writes each word's part (see `fillParts`) to the start of `parts`; `sixteenth` is the number of
   * parts divided by 16.
   */
  cut(low: number, high: number, key0: number, key1: number, groups: number, sixteenth: number, least: number): void;
  readonly words: Uint32Array;
  readonly parts: Uint16Array;
}

/** The part of the WebAssembly API that is used here; neither es2023 nor Node's types declare it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { exports: Pick<Kernel, "fill" | "cut"> & { memory: { buffer: ArrayBuffer } } };
}

/** undefined if WebAssembly is missing, too old, or forbidden by a page's content security policy. */
export function makeKernel(): Kernel | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
    const { fill, cut, memory } = new Instance(new Module(Uint8Array.from(module()))).exports;
    return { fill, cut, words: new Uint32Array(memory.buffer), parts: new Uint16Array(memory.buffer) };
  } catch {
    return undefined;
  }
}

type Code = readonly number[];

/**
 * The parameters of `cut` (the first five are those of `fill`), the position in memory, then vectors: the four words of
 * four counters, and temporaries.
 */
const NUMBERS = ["low", "high", "key0", "key1", "groups", "sixteenth", "least", "at"] as const;
const VECTORS = ["c0", "c1", "c2", "c3", "p", "q", "r", "s"] as const;
const LOCALS = [...NUMBERS, ...VECTORS];
type Local = (typeof LOCALS)[number];

const get = (name: Local): Code => [0x20, LOCALS.indexOf(name)];
const set = (name: Local): Code => [0x21, LOCALS.indexOf(name)];
const constant = (value: number): Code => [0x41, ...signed(value | 0)];
const add: Code = [0x6a];
const subtract: Code = [0x6b];
const multiply: Code = [0x6c];
const loopWhile = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0, END];
const END = 0x0b;

const vector = (code: number, ...rest: Code): Code => [0xfd, ...unsigned(code), ...rest];
const store = (offset: number): Code => vector(0x0b, 4, ...unsigned(offset));
const counting = vector(0x0c, ...[0, 1, 2, 3].flatMap((lane) => [lane, 0, 0, 0]));
/** Picks four of the eight words of two vectors. */
const pick = (...words: Code): Code => vector(0x0d, ...words.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b)));
const splat = vector(0x11);
const lessLanes = vector(0x39);
const and = vector(0x4e);
const xor = vector(0x51);
/** Narrows two vectors of 32-bit numbers to one vector of 16-bit numbers. */
const narrow = vector(0x86);
const shiftRight = (bits: number): Code => [...constant(bits), ...vector(0xad)];
const addLanes = vector(0xae);
const multiplyLanes = vector(0xb5);
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

const advance = (name: Local, step: number): Code => [...get(name), ...constant(step), ...add, ...set(name)];

/** Sets four counters and runs ten rounds. */
const draw: Code = [
  ...[...get("low"), ...splat, ...counting, ...addLanes, ...set("c0")],
  ...[...get("high"), ...splat, ...set("c1")],
  ...[...constant(0), ...splat, ...set("c2"), ...constant(0), ...splat, ...set("c3")],
  ...Array.from({ length: 10 }, round).flat(),
  ...advance("low", 4),
];

/** Stores the blocks one after the other (a 4 × 4 transpose). */
const storeWords: Code = [
  ...pickInto("p", "c0", "c1", 0, 4, 1, 5),
  ...pickInto("q", "c2", "c3", 0, 4, 1, 5),
  ...pickInto("r", "c0", "c1", 2, 6, 3, 7),
  ...pickInto("s", "c2", "c3", 2, 6, 3, 7),
  ...storeAt(0, "p", "q", 0, 1, 4, 5),
  ...storeAt(16, "p", "q", 2, 3, 6, 7),
  ...storeAt(32, "r", "s", 0, 1, 4, 5),
  ...storeAt(48, "r", "s", 2, 3, 6, 7),
  ...advance("at", 64),
];

/**
 * Replaces words with their parts: (k · sixteenth) >>> 20, plus 16 · sixteenth where k < least, with k = word >>> 8.
 */
const partOf = (words: Local): Code => [
  ...[...get(words), ...shiftRight(8), ...set(words)],
  ...[...get(words), ...get("sixteenth"), ...splat, ...multiplyLanes, ...shiftRight(20)],
  ...[...get(words), ...get("least"), ...splat, ...lessLanes],
  ...[...get("sixteenth"), ...constant(16), ...multiply, ...splat, ...and],
  ...[...addLanes, ...set(words)],
];

/**
 * Stores the parts of two blocks, four 16-bit numbers each, one block after the other (also part of a 4 × 4 transpose).
 */
const storeHalves = (offset: number, first: number): Code => [
  ...[...get("at"), ...get("p"), ...get("q")],
  ...vector(0x0d, ...[first, first + 1].flatMap((lane) => [0, 4, 8, 12].flatMap((word) => bytesOf16(word + lane)))),
  ...store(offset),
];
const bytesOf16 = (lane: number): Code => [2 * lane, 2 * lane + 1];

const storeParts: Code = [
  ...(["c0", "c1", "c2", "c3"] as const).flatMap(partOf),
  ...[...get("c0"), ...get("c1"), ...narrow, ...set("p")],
  ...[...get("c2"), ...get("c3"), ...narrow, ...set("q")],
  ...storeHalves(0, 0),
  ...storeHalves(16, 2),
  ...advance("at", 32),
];

const [I32, V128] = [0x7f, 0x7b];

/** A function that draws and stores `groups` times. */
function functionOf(parameters: number, storing: Code): Code {
  const count: Code = [...get("groups"), ...constant(1), ...subtract, 0x22, LOCALS.indexOf("groups")];
  return sized([
    ...[2, NUMBERS.length - parameters, I32, VECTORS.length, V128],
    ...loopWhile([...draw, ...storing], count),
    END,
  ]);
}

/** A module with two functions, `fill` and `cut`, and one page of memory. */
function module(): Code {
  const [FUNCTION, MEMORY] = [0, 2];
  const [fill, cut] = [5, NUMBERS.length - 1]; // how many parameters each takes
  const typeOf = (parameters: number): Code => [0x60, parameters, ...Array(parameters).fill(I32), 0];
  return [
    ...[0, ...text("asm"), 1, 0, 0, 0],
    ...section(1, [2, ...typeOf(fill), ...typeOf(cut)]),
    ...section(3, [2, 0, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [
      3,
      4,
      ...text("fill"),
      FUNCTION,
      0,
      3,
      ...text("cut"),
      FUNCTION,
      1,
      6,
      ...text("memory"),
      MEMORY,
      0,
    ]),
    ...section(10, [2, ...functionOf(fill, storeWords), ...functionOf(cut, storeParts)]),
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

// Groups examples of similar length into batches, and pads each batch to one of a few lengths, because each length
// needs its own graph.

import { InputError } from "../errors.ts";
import { type AttributeValues, inOrder, ValueNumbers } from "./attributes/values.ts";
import type { SplitName } from "./description.ts";
import { type Context, type Encoded, type EncodedPart, encodeExample, IGNORED } from "./encode.ts";
import {
  type Architecture,
  architecturesFor,
  type Example,
  type GenerationExample,
  isLabelled,
  type LabelledExample,
  type LanguageExample,
  type SentenceExample,
} from "./examples.ts";
import type { Adaptor } from "./frames/adaptor.ts";
import { checkFrames, encodeFrames, type FramesBatch, framesOf } from "./frames/encode.ts";
import { blocksOf, encodeGeneration, type Generative } from "./generative.ts";
import type { Random } from "./random.ts";
import type { Task } from "./task.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** B = size, C = choices, T = length. Sequence c of example b has index b · C + c. */
export interface Batch {
  readonly size: number;
  /** The number of real examples; the remaining rows are filler. */
  readonly rows: number;
  /** Sequences per example: 1, or 4 in choice tasks. */
  readonly choices: number;
  readonly length: number;
  /** [B · C, T] */
  readonly ids: BigInt64Array;
  /** [B · C, T]: 0, or 1 for the second text. */
  readonly typeIds: BigInt64Array;
  /** [B · C, T]: 1 for tokens, 0 for padding. In filler rows, only the first position is 1. */
  readonly attention: Float32Array;
  /**
   * [B], or [B, T] in tagging and document tasks; −1 where there is no label. In language and generation tasks [B, T], or
   * [B, S] with a decoder: the ID of the next token, −1 where none is scored.
   */
  readonly targets: BigInt64Array;
  /** What the decoder of an encoder–decoder reads, only in generation tasks. */
  readonly decoder?: DecoderBatch;
  /** The values of the examples' attributes, if the model reads any. */
  readonly attributes?: AttributeBatch;
  /** What is read instead of `ids`, only in tasks with frame features, whose lengths are in frames. */
  readonly frames?: FramesBatch;
  /** The indices of the real examples in the list of encoded examples. */
  readonly index: readonly number[];
}

/** B = size of the batch, S = length. */
export interface DecoderBatch {
  readonly length: number;
  /** [B, S]: the start token and the target without its last token, then padding. */
  readonly ids: BigInt64Array;
  /** [B, S]: 1 for tokens, 0 for padding. In filler rows, only the first position is 1. */
  readonly attention: Float32Array;
}

/** The values of a batch's attributes, B = size. An example's vector is the sum of its values' vectors with these weights. */
export interface AttributeBatch {
  /** The number of values for which each example has room: a power of 2, so that few graphs are needed. */
  readonly slots: number;
  /** [B, slots]: numbers of values; 0 where there is none. */
  readonly values: BigInt64Array;
  /** [B, slots]: 1 / the number of values that the example has of the attribute; 0 where there is none. */
  readonly weights: Float32Array;
}

export interface BatchOptions {
  /** Examples per batch. */
  readonly size: number;
  /** The allowed batch lengths in ascending order, from `lengthBuckets`. */
  readonly buckets: readonly number[];
  /** How many frames become one of the positions that `buckets` count; by default 1. */
  readonly framesPerPosition?: number | undefined;
  /** The ID of the padding token. */
  readonly padId: number;
  /**
   * The number of segment embeddings in the model; segment IDs outside that range are replaced by 0 (see
   * `segmentsBeyond`).
   */
  readonly segments: number;
}

/**
 * Shuffled examples are sorted by length within windows of this many batches. The examples of a batch then have similar
 * lengths but are still well shuffled.
 */
const WINDOW = 16;

/** Multiples of 8 up to 64, of 16 up to 128, and of 32 above that, followed by `longest` itself. */
export function lengthBuckets(longest: number): number[] {
  const buckets: number[] = [];
  for (let length = 8; length < longest; length += length < 64 ? 8 : length < 128 ? 16 : 32) buckets.push(length);
  return [...buckets, longest];
}

/** The model for which examples are encoded. */
export interface EncodeOptions extends Partial<Pick<Generative, "architecture" | "decoderStartId">> {
  /** The maximum number of tokens per sequence; the model must have at least that many positions. */
  readonly maxLength: number;
  /** What is read at once in document tasks; default: the document. */
  readonly context?: Context | undefined;
  /** The values of the attributes that the model reads. */
  readonly vocabulary?: readonly AttributeValues[] | undefined;
  /** What reads frame features. */
  readonly adaptor?: Adaptor | undefined;
}

/**
 * Tokenizes the examples of a split, in order, for an encoder unless stated otherwise. Splits a long document into several
 * parts, and joins the texts of a language task to blocks. Throws an InputError if `maxLength` leaves no room for text, or
 * if the architecture does not fit the kind of task.
 */
export function encodeExamples(
  task: Task,
  split: SplitName,
  tokenizer: Tokenizer,
  { maxLength, architecture = "encoder", decoderStartId, context, vocabulary = [], adaptor }: EncodeOptions,
): EncodedPart[] {
  checkFrames(task, adaptor, architecture);
  const second = task.kind === "pair" || task.kind === "choice" ? "" : undefined;
  const special = tokenizer.encode("", second, Number.MAX_SAFE_INTEGER).ids.length + Number(!isLabelled(task.kind));
  if (maxLength <= special)
    throw new InputError(
      `a maximum length of ${maxLength} tokens leaves no room for text, because the tokenizer adds ${special} special tokens`,
      { at: "maxLength" },
      `set the maximum length to at least ${special + 1}, and use a model with at least that many positions`,
    );
  checkArchitecture(task, architecture);
  const { kind, prompt } = task;
  const rows: readonly Example[] = task.splits[split];
  if (kind === "language")
    return blocksOf(rows as LanguageExample[], tokenizer, maxLength).map((block, example) => ({ ...block, example }));
  const model = { architecture, maxLength, decoderStartId, prompt };
  const numbers = new ValueNumbers(vocabulary);
  const attributesIn = (row: Example) => {
    const given = (row as SentenceExample).attributes;
    return vocabulary.length ? numbers.of(inOrder(vocabulary, task.attributes, given)) : undefined;
  };
  const partsOf = (row: Example, example: number): Encoded[] => {
    if (adaptor) return [encodeFrames(row as SentenceExample | GenerationExample, tokenizer, { ...model, adaptor })];
    if (kind === "generation")
      return [inRow(task, split, example, () => encodeGeneration(row as GenerationExample, tokenizer, model))];
    return encodeExample(kind, row as LabelledExample, tokenizer, maxLength, context);
  };
  return rows.flatMap((row, example) => {
    const attributes = attributesIn(row);
    return partsOf(row, example).map((part) => ({ ...part, ...attributes, example }));
  });
}

/** Names the example, counted from 1, in errors of `work`. */
function inRow<R>({ file }: Pick<Task, "file">, split: SplitName, example: number, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError) || error.place.at !== undefined) throw error;
    throw new InputError(error.what, { file, at: `${split} example ${example + 1}` }, error.remedy, { cause: error });
  }
}

/** Throws an InputError if a model of this architecture cannot learn a task of this kind. */
export function checkArchitecture({ kind, file }: Pick<Task, "kind" | "file">, architecture: Architecture): void {
  const fitting = architecturesFor(kind);
  if (fitting.includes(architecture)) return;
  throw new InputError(
    `this is a ${kind} task, but the model is ${articled(architecture)}`,
    { file },
    `use ${fitting.map(articled).join(" or ")}`,
  );
}

const articled = (architecture: Architecture) =>
  `${architecture === "decoder" ? "a" : "an"} ${architecture.replace("-", "–")}`;

/** Whether any token's segment ID is too high for a model with this many segment embeddings. */
export function segmentsBeyond(segments: number, encoded: readonly Encoded[]): boolean {
  return encoded.some(({ sequences }) => sequences.some(({ typeIds }) => typeIds.some((id) => id >= segments)));
}

export interface TrainingOptions extends BatchOptions {
  readonly random: Random;
  /** The share of the examples' attributes that count as missing, as drawn in each epoch. */
  readonly dropAttributes?: number | undefined;
}

/** One epoch: every example exactly once, in ⌈examples / size⌉ batches, at most one of which is not full. */
export function trainingBatches(encoded: readonly Encoded[], options: TrainingOptions): Batch[] {
  const { size, random, dropAttributes = 0 } = options;
  const order = encoded.map((_, i) => i);
  random.shuffle(order);
  const groups: number[][] = [];
  for (let from = 0; from < order.length; from += WINDOW * size)
    groups.push(...chunks(byLength(order.slice(from, from + WINDOW * size), encoded), size));
  random.shuffle(groups);
  const kept = dropAttributes ? encoded.map((one) => withDropped(one, dropAttributes, random)) : encoded;
  return groups.map((index) => batchOf(index, kept, options));
}

/** The example without the attributes that are drawn, each with all its values. */
function withDropped(one: Encoded, rate: number, random: Random): Encoded {
  const dropped = new Map<number, boolean>();
  const { attributes = [] } = one;
  for (const { attribute } of attributes) if (!dropped.has(attribute)) dropped.set(attribute, random.uniform() < rate);
  return dropped.size ? { ...one, attributes: attributes.filter(({ attribute }) => !dropped.get(attribute)) } : one;
}

/**
 * The number of sequences and the length of the largest batch of these examples; of an encoder–decoder, both lengths, although the longest
 * source and the longest target may be in different batches.
 */
export function largestBatch(
  encoded: readonly Encoded[],
  { size, buckets, framesPerPosition = 1 }: Pick<BatchOptions, "size" | "buckets" | "framesPerPosition">,
): { readonly size: number; readonly length: number; readonly decoderLength?: number; readonly slots?: number } {
  const longest = (of: (one: Encoded) => number, per = 1) => {
    const most = encoded.reduce((most, one) => Math.max(most, of(one)), 0);
    return per * buckets.find((bucket) => per * bucket >= most)!;
  };
  const [first] = encoded;
  return {
    ...{ size: size * (first?.sequences.length ?? 1), length: longest(lengthOf, framesPerPosition) },
    ...(first?.attributes && { slots: slotsFor(encoded) }),
    ...(first?.decoder && { decoderLength: longest(({ decoder }) => decoder!.length) }),
  };
}

/** Every example exactly once, shortest first. */
export function evaluationBatches(encoded: readonly Encoded[], options: BatchOptions): Batch[] {
  const order = byLength(
    encoded.map((_, i) => i),
    encoded,
  );
  return chunks(order, options.size).map((index) => batchOf(index, encoded, options));
}

function lengthOf({ sequences, frames }: Encoded): number {
  return frames ? frames.length : Math.max(...sequences.map(({ ids }) => ids.length));
}

/** Examples of equal length keep their order; what a decoder reads decides only between sources of equal length. */
function byLength(index: readonly number[], encoded: readonly Encoded[]): number[] {
  const order = (a: Encoded, b: Encoded) =>
    lengthOf(a) - lengthOf(b) || (a.decoder?.length ?? 0) - (b.decoder?.length ?? 0);
  return index.toSorted((a, b) => order(encoded[a]!, encoded[b]!));
}

function chunks(index: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(index.length / size) }, (_, i) => index.slice(i * size, (i + 1) * size));
}

function batchOf(
  index: readonly number[],
  encoded: readonly Encoded[],
  { size, buckets, padId, segments, framesPerPosition = 1 }: BatchOptions,
): Batch {
  const rows = index.map((number) => encoded[number]!);
  const length = bucketOf(
    rows.map(lengthOf),
    buckets.map((bucket) => bucket * framesPerPosition),
  );
  const choices = rows[0]!.sequences.length;
  const perPiece = typeof rows[0]!.target !== "number";
  const decoder = rows[0]!.decoder && decoderOf(rows, { size, buckets, padId });

  const ids = new BigInt64Array(size * choices * length).fill(BigInt(padId));
  const typeIds = new BigInt64Array(ids.length);
  const attention = new Float32Array(ids.length);
  const width = decoder?.length ?? length;
  const targets = new BigInt64Array(perPiece ? size * width : size).fill(BigInt(IGNORED));
  for (let row = 0; row < size; row++) {
    const { sequences = [], target = [] } = rows[row] ?? {};
    for (let choice = 0; choice < choices; choice++) {
      const begin = (row * choices + choice) * length;
      const sequence = sequences[choice];
      attention.fill(1, begin, begin + (rows[row]?.frames?.length ?? sequence?.ids.length ?? 1));
      for (const [i, id] of sequence?.ids.entries() ?? []) {
        ids[begin + i] = BigInt(id);
        const segment = sequence!.typeIds[i]!;
        typeIds[begin + i] = segment < segments ? BigInt(segment) : 0n;
      }
    }
    if (typeof target === "number") targets[row] = BigInt(target);
    else for (const [i, label] of target.entries()) targets[row * width + i] = BigInt(label);
  }
  const frames = framesOf(rows, { size, length });
  return {
    ...{ size, rows: index.length, choices, length, ids, typeIds, attention, targets, index },
    ...(decoder && { decoder }),
    ...(rows[0]!.attributes && { attributes: attributesOf(rows, size) }),
    ...(frames && { frames }),
  };
}

/** The power of 2 that is not smaller than the most values of an example. */
function slotsFor(rows: readonly Pick<Encoded, "attributes">[]): number {
  const most = rows.reduce((most, { attributes = [] }) => Math.max(most, attributes.length), 1);
  return 2 ** Math.ceil(Math.log2(most));
}

function attributesOf(rows: readonly Pick<Encoded, "attributes">[], size: number): AttributeBatch {
  const slots = slotsFor(rows);
  const values = new BigInt64Array(size * slots);
  const weights = new Float32Array(values.length);
  for (const [row, { attributes = [] }] of rows.entries())
    for (const [slot, { value, weight }] of attributes.entries()) {
      values[row * slots + slot] = BigInt(value);
      weights[row * slots + slot] = weight;
    }
  return { slots, values, weights };
}

function decoderOf(
  rows: readonly Encoded[],
  { size, buckets, padId }: Pick<BatchOptions, "size" | "buckets" | "padId">,
): DecoderBatch {
  const read = rows.map(({ decoder }) => decoder!);
  const length = bucketOf(
    read.map((ids) => ids.length),
    buckets,
  );
  const ids = new BigInt64Array(size * length).fill(BigInt(padId));
  const attention = new Float32Array(ids.length);
  for (let row = 0; row < size; row++) {
    const own = read[row] ?? [];
    attention.fill(1, row * length, row * length + Math.max(1, own.length));
    for (const [i, id] of own.entries()) ids[row * length + i] = BigInt(id);
  }
  return { length, ids, attention };
}

/** The shortest batch length for sequences of these lengths. */
function bucketOf(lengths: readonly number[], buckets: readonly number[]): number {
  const longest = Math.max(...lengths);
  const length = buckets.find((bucket) => bucket >= longest);
  if (length !== undefined) return length;
  throw new RangeError(`an example has ${longest} tokens, but the longest batch length is ${buckets.at(-1)}`);
}

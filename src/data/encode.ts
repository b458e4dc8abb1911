// Encodes the examples of each task kind as tokens and targets, from which batches are built.

import { tick } from "../pulse.ts";
import type { NumberedValue } from "./attributes/values.ts";
import { CHOICES, type ExampleOf, type LabelledKind, type TaskKind } from "./examples.ts";
import type { Frames } from "./frames/read.ts";
import type { Pieces, Tokenizer } from "./tokenizer/tokenizer.ts";

/** The target of tokens without a label; the loss and the metrics ignore them. */
export const IGNORED = -1;

/** An encoded example, an encoded part of a long document, or a block of texts. */
export interface Encoded {
  /** One sequence or, in choice tasks, one sequence per choice. */
  readonly sequences: readonly Pick<Pieces, "ids" | "typeIds">[];
  /**
   * The index of the label; in tagging and document tasks, one index per token (`IGNORED` for tokens without a label).
   * In language and generation tasks, the ID of the next token at each token after which it is scored, otherwise
   * `IGNORED`: one entry per token of the sequence or, if there is a `decoder`, per token of that.
   */
  readonly target: number | readonly number[];
  /**
   * Only in generation tasks of encoder–decoders: the IDs that the decoder reads, which are the model's start token and
   * the target without its last token (the target shifted right).
   */
  readonly decoder?: readonly number[];
  /** Only in tasks with frame features: what is read instead of `sequences`, whose only one is empty. */
  readonly frames?: Frames;
  /** Only in language tasks: the bytes (UTF-8) of the text in this block; see `blocksOf`. */
  readonly bytes?: number;
  /** The values of its attributes that occur in training; absent if the model reads none. */
  readonly attributes?: readonly NumberedValue[];
  /** How many other values it has. */
  readonly unseen?: number;
  /** Whether text beyond the maximum length was cut off. */
  readonly cut: boolean;
  /** Words for which no token is scored, so that no label can be predicted; in sentence order. */
  readonly unscored: readonly UnscoredWord[];
}

/**
 * An encoded example or part of one, with the index of the example in its split. All parts of a document have the same
 * index. In language tasks, the examples are blocks, and the index is that of the block.
 */
export interface EncodedPart extends Encoded {
  readonly example: number;
}

/** A word that is beyond the maximum length or has no tokens: its position in the sentence, and its label. */
export interface UnscoredWord {
  readonly word: number;
  readonly label: number;
}

type Encoder<K extends LabelledKind> = (
  row: ExampleOf[K],
  tokenizer: Tokenizer,
  maxLength: number,
  context: Context,
) => Encoded[];

/** What a document task's model reads at once: the sentences of a document, or each sentence without the others. */
export const CONTEXTS = ["document", "sentence"] as const;
export type Context = (typeof CONTEXTS)[number];

/** A document with more sentences than this is split in half. */
const MAX_SENTENCES = 10;

const ENCODERS: { readonly [K in LabelledKind]: Encoder<K> } = {
  sentence: ({ text, label }, tokenizer, maxLength) => [
    classified([tokenizer.encode(text, undefined, maxLength)], label),
  ],
  pair: ({ text, textPair, label }, tokenizer, maxLength) => [
    classified([tokenizer.encode(text, textPair, maxLength)], label),
  ],
  choice: ({ text, choices, label }, tokenizer, maxLength) => [
    classified(
      choices.map((choice) => tokenizer.encode(text, choice, maxLength)),
      label,
    ),
  ],
  tagging: ({ words, tags }, tokenizer, maxLength) => [encodeTagged(words, tags, tokenizer, maxLength)],
  document: encodeDocument,
};

/** The number of sequences per example: `CHOICES` in choice tasks, otherwise one. */
export function sequencesOf(kind: TaskKind): number {
  return kind === "choice" ? CHOICES : 1;
}

/**
 * Encodes an example with at most `maxLength` tokens per sequence. A document with many sentences becomes several
 * parts; without context, each of its sentences is one.
 */
export function encodeExample<K extends LabelledKind>(
  kind: K,
  row: ExampleOf[K],
  tokenizer: Tokenizer,
  maxLength: number,
  context: Context = "document",
): Encoded[] {
  tick();
  return ENCODERS[kind](row, tokenizer, maxLength, context);
}

/** Encodes an example that has one label. */
function classified(sequences: readonly Pieces[], target: number): Encoded {
  return { sequences, target, cut: sequences.some(({ cut }) => cut), unscored: [] };
}

/** The last token of each word has the word's tag as its target. A word whose last token does not fit is unscored. */
function encodeTagged(
  words: readonly string[],
  tags: readonly number[],
  tokenizer: Tokenizer,
  maxLength: number,
): Encoded {
  const { ids, typeIds, wordIds, whole, cut } = tokenizer.encodeWords(words, maxLength);
  const scored = new Set<number>();
  const target = wordIds.map((word, i) => {
    if (word === null || word >= whole || wordIds[i + 1] === word) return IGNORED;
    scored.add(word);
    return tags[word]!;
  });
  const unscored = tags.map((label, word) => ({ word, label })).filter(({ word }) => !scored.has(word));
  return { sequences: [{ ids, typeIds }], target, cut, unscored };
}

/**
 * Encodes a document as `[CLS] s₁ [SEP] s₂ [SEP] …`, with each sentence's label at the [SEP] that follows it. If the
 * sentences do not fit, the longest ones are cut to a common length. If there are more than 10 sentences, or too many
 * for each to have at least one token, the document is split in half. Without context, each sentence is encoded as
 * `[CLS] s [SEP]`.
 */
function encodeDocument(
  { sentences, labels }: ExampleOf["document"],
  tokenizer: Tokenizer,
  maxLength: number,
  context: Context,
): Encoded[] {
  const most = context === "sentence" ? 1 : MAX_SENTENCES;
  if (sentences.length > Math.max(1, Math.min(most, Math.floor((maxLength - 1) / 2)))) {
    const half = Math.floor(sentences.length / 2);
    const part = (from: number, to?: number) =>
      encodeDocument(
        { sentences: sentences.slice(from, to), labels: labels.slice(from, to) },
        tokenizer,
        maxLength,
        context,
      );
    return [...part(0, half), ...part(half)];
  }
  const pieces = sentences.map((sentence) => tokenizer.piecesOf(sentence));
  const room = maxLength - 1 - pieces.length;
  const longest = commonCut(
    pieces.map(({ length }) => length),
    room,
  );
  const ids = [tokenizer.clsId];
  const target: number[] = [IGNORED];
  for (const [i, sentence] of pieces.entries()) {
    for (const id of sentence.slice(0, longest)) {
      ids.push(id);
      target.push(IGNORED);
    }
    ids.push(tokenizer.sepId);
    target.push(labels[i]!);
  }
  const cut = pieces.some(({ length }) => length > longest);
  return [{ sequences: [{ ids, typeIds: ids.map(() => 0) }], target, cut, unscored: [] }];
}

/** The greatest c with Σ min(length, c) ≤ room. */
function commonCut(lengths: readonly number[], room: number): number {
  const ascending = lengths.toSorted((a, b) => a - b);
  let left = room;
  for (const [i, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i));
    if (length > share) return Math.max(0, share);
    left -= length;
  }
  return ascending.at(-1)!;
}

// A row of each kind as tokens with its targets: what a batch is made of.

import { tick } from "../pulse.ts";
import { CHOICES, type ExampleOf, type TaskKind } from "./examples.ts";
import type { Pieces, Tokenizer } from "./tokenizer/tokenizer.ts";

/** What the loss and the scores leave out: pieces that no label stands at. */
export const IGNORED = -1;

/** One row, ready for a batch. */
export interface Encoded {
  /** One sequence, or one for each choice. */
  readonly sequences: readonly Pick<Pieces, "ids" | "typeIds">[];
  /** The label's number, or one number for each piece (`IGNORED` where there is no label). */
  readonly target: number | readonly number[];
  /** Whether some of its text did not fit into the maximum length. */
  readonly cut: boolean;
  /** Words that no token stands for, so that nothing can be predicted for them; in the order of the sentence. */
  readonly unscored: readonly UnscoredWord[];
}

/** A row, or a part of one, with the number of its example in the split: the parts of a halved document share it. */
export interface EncodedPart extends Encoded {
  readonly example: number;
}

/** A word behind the cut, or one of which the tokenizer leaves nothing: its place in the sentence and its label. */
export interface UnscoredWord {
  readonly word: number;
  readonly label: number;
}

type Encoder<K extends TaskKind> = (row: ExampleOf[K], tokenizer: Tokenizer, maxLength: number) => Encoded[];

/** More sentences than these are too many for one sequence: such documents are halved. */
const MAX_SENTENCES = 10;

const ENCODERS: { readonly [K in TaskKind]: Encoder<K> } = {
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

/** Sequences of a row of the kind: one, or for a choice `CHOICES`. */
export function sequencesOf(kind: TaskKind): number {
  return kind === "choice" ? CHOICES : 1;
}

/** A row in at most `maxLength` pieces a sequence; a document of many sentences gives several. */
export function encodeExample<K extends TaskKind>(
  kind: K,
  row: ExampleOf[K],
  tokenizer: Tokenizer,
  maxLength: number,
): Encoded[] {
  tick();
  return ENCODERS[kind](row, tokenizer, maxLength);
}

/** An example with one label. */
function classified(sequences: readonly Pieces[], target: number): Encoded {
  return { sequences, target, cut: sequences.some(({ cut }) => cut), unscored: [] };
}

/** A word's tag stands at its last piece; a word whose end does not fit is unscored. */
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
 * `[CLS] s₁ [SEP] s₂ [SEP] …` with each sentence's label at the [SEP] behind it. Where the sentences do not all fit, the
 * longest are cut, all to one length; where there are over 10, or more than have room for a piece each, the document is
 * halved.
 */
function encodeDocument(
  { sentences, labels }: ExampleOf["document"],
  tokenizer: Tokenizer,
  maxLength: number,
): Encoded[] {
  if (sentences.length > Math.max(1, Math.min(MAX_SENTENCES, Math.floor((maxLength - 1) / 2)))) {
    const half = Math.floor(sentences.length / 2);
    return [
      ...encodeDocument({ sentences: sentences.slice(0, half), labels: labels.slice(0, half) }, tokenizer, maxLength),
      ...encodeDocument({ sentences: sentences.slice(half), labels: labels.slice(half) }, tokenizer, maxLength),
    ];
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

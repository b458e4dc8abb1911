// An adaptation's prediction for a text, and its evidence: plain JSON, for the worker's channel, the page that shows them, and
// the command line.

/** A token of a text, as written in the vocabulary. */
export interface Piece {
  readonly text: string;
  /** Whether the model saw it; false if it was truncated. */
  readonly entered: boolean;
}

/** A text, and the values of its attributes by name; those that are not given are missing. */
export interface AskedText {
  readonly text: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
}
/** What is asked: a text, with or without attributes. */
export type Asked = string | AskedText;

export interface Prediction {
  readonly text: string;
  /** The attributes that were given with it and that the adaptation reads; absent if there are none. */
  readonly attributes?: AskedText["attributes"];
  /** By attribute, the given values that the adaptation's training has not seen, which count as missing; absent if there are none. */
  readonly unseenValues?: AskedText["attributes"];
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly label: string;
  /** By label; they sum to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** In order, including special tokens; none of frames. */
  readonly pieces: readonly Piece[];
  /** Of frames, whose file `text` names: whether some were left out. */
  readonly isCut?: boolean;
  /** The evidence for `label`, if it was requested. */
  readonly evidence?: Evidence | undefined;
}

/** A token that the model saw, and its evidence. */
export interface TokenEvidence {
  /** As written in the vocabulary. */
  readonly token: string;
  /** Input × gradient in units of the label's log-odds: positive speaks for the label, negative against it. */
  readonly value: number;
  /** Whether the tokenizer added it around the text. */
  readonly special: boolean;
}

/** How much each token of a text speaks for a label. */
export interface Evidence {
  readonly text: string;
  /** The adaptation's file. */
  readonly adaptation: string;
  /** The label that is explained. */
  readonly label: string;
  /** ln p / (1 − p), where p is the label's probability. */
  readonly logOdds: number;
  /** The log-odds if all word embeddings are zero; positions, segments and biases remain. */
  readonly logOddsWithoutWords: number;
  /** In order; truncated tokens have no evidence. */
  readonly tokens: readonly TokenEvidence[];
  /** The check of the order of the tokens, if it was requested. */
  readonly deletion: Deletion | null;
}

/** A mean with its 95 % interval. */
interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The label's probability while more and more of the text's tokens are replaced, in the order of their evidence and in random
 * orders. All curves have one value for each number in `deleted`.
 */
export interface Deletion {
  /** The token that takes the place of deleted tokens. */
  readonly replacement: string;
  /** The numbers of deleted tokens, ascending from 0 to all tokens of the text. */
  readonly deleted: readonly number[];
  /** Largest evidence first. */
  readonly largestFirst: readonly number[];
  /** Smallest evidence first. */
  readonly smallestFirst: readonly number[];
  /** The mean, least and greatest probability over the random orders. */
  readonly random: {
    readonly mean: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
  readonly orders: number;
  /** Areas under the curves over the share of deleted tokens, so each is a mean probability. */
  readonly areas: { readonly largestFirst: number; readonly smallestFirst: number; readonly random: Estimate };
  /** The random orders' mean area minus that of the largest evidence first: positive if evidence beats random order. */
  readonly difference: Estimate;
  /** One-sided: (1 + the number of random orders whose area is no larger) / (1 + the number of random orders). */
  readonly p: number;
}

/** A prediction as a line of JSON, in the format documented in docs/command-line.md. */
export function predictionJson({
  text,
  attributes,
  unseenValues,
  adaptation,
  label,
  probabilities,
  evidence,
}: Omit<Prediction, "pieces">): object {
  const given = { ...(attributes && { attributes }), ...(unseenValues && { unseenValues }) };
  const found = { text, ...given, adaptation, label, probabilities };
  if (!evidence) return found;
  const { label: explained, logOdds, logOddsWithoutWords, tokens, deletion } = evidence;
  return { ...found, explained, logOdds, logOddsWithoutWords, evidence: tokens, ...(deletion && { deletion }) };
}

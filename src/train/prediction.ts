// What an adaptation says of a text: plain JSON, over the worker's channel and to the page of texts.

export interface Prediction {
  readonly text: string;
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly label: string;
  /** By label; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The word pieces that entered the model, special ones included, and how many at the text's end did not. */
  readonly pieces: readonly string[];
  readonly cut: number;
}

// What an adaptation says of a text: plain JSON, over the worker's channel and to the page of texts.

/** A token of a text, as the vocabulary writes it. */
export interface Piece {
  readonly text: string;
  /** Whether the model saw it; what does not fit is cut off. */
  readonly entered: boolean;
}

export interface Prediction {
  readonly text: string;
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly label: string;
  /** By label; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** In order, special ones included. */
  readonly pieces: readonly Piece[];
}

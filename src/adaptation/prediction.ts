// An adaptation's prediction for a text: plain JSON, for the worker's channel and for the page that shows it.

/** A token of a text, as written in the vocabulary. */
export interface Piece {
  readonly text: string;
  /** Whether the model saw it; false if it was truncated. */
  readonly entered: boolean;
}

export interface Prediction {
  readonly text: string;
  /** The adaptation's file. */
  readonly adaptation: string;
  readonly label: string;
  /** By label; they sum to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** In order, including special tokens. */
  readonly pieces: readonly Piece[];
}

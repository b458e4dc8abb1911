// Handles invalid examples: each is an error, unless the task file has "skip": true. Then invalid examples are skipped
// and counted.

import { InputError, type Place } from "../errors.ts";

/** The reasons for skipping an example. With "skip": true, skipped examples are counted by reason. */
export const REASONS = {
  columns: "wrong number of columns",
  quotes: "misplaced quotes",
  header: "header repeated",
  json: "not a JSON object",
  missing: "missing value",
  text: "text is not a string",
  long: "text too long",
  empty: "empty target",
  list: "empty list, or not a list",
  lengths: "lists of different lengths",
  messages: "messages that are not a conversation",
  graph: "not a graph",
  labelType: "label is neither text nor a number",
  attribute: "attribute that is neither text nor a number",
  frames: "frame features that cannot be read",
  unlabelled: "no label",
  unknown: "label that does not occur in the training data",
} as const;
export type Reason = keyof typeof REASONS;

export class RowError extends InputError {
  readonly reason: Reason;

  constructor(reason: Reason, what: string, place: Place, remedy: string, options?: ErrorOptions) {
    super(what, place, remedy, options);
    this.reason = reason;
  }
}

/** Counts and skips invalid examples, or throws the error of the first one. */
export class Faults {
  readonly skip: boolean;
  readonly #counts = new Map<Reason, number>();

  constructor(skip: boolean) {
    this.skip = skip;
  }

  /** Counts an invalid example if "skip" is set; otherwise throws its error. */
  leaveOut(error: RowError): void {
    if (!this.skip) throw error;
    this.count(error.reason);
  }

  /** Counts an example that is left out. */
  count(reason: Reason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get counts(): { reason: string; count: number }[] {
    return [...this.#counts].map(([reason, count]) => ({ reason: REASONS[reason], count }));
  }
}

/** The error of a file of which every example is skipped. */
export function noneLeft(file: string, { counts }: Faults): InputError {
  const reasons = counts.map(({ reason, count }) => `${reason}: ${count}`).join(", ");
  return new InputError(
    `"skip": true leaves out all examples (${reasons})`,
    { file },
    "correct the data file or the task file",
  );
}

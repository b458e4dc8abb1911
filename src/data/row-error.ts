// An invalid example is an error, or is skipped and counted if the task file has "skip": true.

import { InputError, type Place } from "../errors.ts";

/** The reasons for skipping an example, which are counted under "skip": true. */
export const REASONS = {
  columns: "wrong number of columns",
  quotes: "misplaced quotes",
  header: "header repeated",
  json: "not a JSON object",
  missing: "missing value",
  text: "text is not a string",
  long: "text too long",
  list: "empty list, or not a list",
  lengths: "lists of different lengths",
  labelType: "label is neither text nor number",
  unlabelled: "no label",
  unknown: "label that does not occur in training",
} as const;
export type Reason = keyof typeof REASONS;

export class RowError extends InputError {
  readonly reason: Reason;

  constructor(reason: Reason, what: string, place: Place, remedy: string, options?: ErrorOptions) {
    super(what, place, remedy, options);
    this.reason = reason;
  }
}

/** Handles invalid examples: counts and skips them, or throws for the first one. */
export class Faults {
  readonly skip: boolean;
  readonly #counts = new Map<Reason, number>();

  constructor(skip: boolean) {
    this.skip = skip;
  }

  /** Counts the example. Throws the error unless "skip" is set. */
  leaveOut(error: RowError): void {
    if (!this.skip) throw error;
    this.#counts.set(error.reason, (this.#counts.get(error.reason) ?? 0) + 1);
  }

  get counts(): { reason: string; count: number }[] {
    return [...this.#counts].map(([reason, count]) => ({ reason: REASONS[reason], count }));
  }
}

// The error that people read: what is wrong, where, and what to do, in one sentence of visible text.

import { visible } from "./visible.ts";

/** Where a problem lies: a file, and a place in it ("line 7", "column label", "tensor encoder.layer.0…"). */
export interface Place {
  readonly file?: string;
  readonly at?: string;
}

/** The longest path that is shown whole. */
const LONGEST_PATH = 500;
/** The longest message of an error that is not ours. */
const LONGEST_MESSAGE = 2000;

/**
 * Bad input from outside (files, options). The command line exits with 2 on it and prints the message alone. The message is
 * visible text of bounded length; `what`, `place` and `remedy` are as they were given.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly what: string;
  readonly place: Place;
  readonly remedy: string;

  constructor(what: string, place: Place, remedy: string, options?: ErrorOptions) {
    const where = [visible(place.file ?? "", LONGEST_PATH), visible(place.at ?? "")].filter(Boolean).join(", ");
    super(`${where ? `${where}: ` : ""}${visible(what)}; ${visible(remedy)}.`, options);
    this.what = what;
    this.place = place;
    this.remedy = remedy;
  }
}

/** An unknown thrown value in words: visible text on one line. Throws nothing itself. */
export function messageOf(error: unknown): string {
  if (error instanceof InputError) return error.message;
  return visible(
    wordsOf(error)
      .trim()
      .replace(/\s*[\r\n]+\s*/g, " "),
    LONGEST_MESSAGE,
  );
}

function wordsOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "an unknown error"; // an object without a text of its own
  }
}

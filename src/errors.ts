// The error shown to users: what is wrong, where, and what to do about it, in one sentence of escaped text (see
// visible.ts).

import { visible } from "./visible.ts";

/** Where a problem is: a file, and a place in it ("line 7", "column label", "tensor encoder.layer.0…"). */
export interface Place {
  readonly file?: string;
  readonly at?: string;
}

/** Longer paths are shortened. */
const LONGEST_PATH = 500;
/** Longer messages of errors thrown by other code are shortened. */
const LONGEST_MESSAGE = 2000;

/**
 * Bad input from outside (files, options). The command line prints only the message and exits with status 2. The
 * message is escaped and of bounded length; `what`, `place` and `remedy` are kept as given.
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

/** Describes any thrown value as one line of escaped text. Never throws. */
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
    return "an unknown error"; // an object that cannot be converted to text
  }
}

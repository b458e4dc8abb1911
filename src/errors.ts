// The error that people read: what is wrong, where, and what to do, in one sentence.

/** Where a problem lies: a file, and a place in it ("line 7", "column label", "tensor encoder.layer.0…"). */
export interface Place {
  readonly file?: string;
  readonly at?: string;
}

/** Bad input from outside (files, options). The command line exits with 2 on it and prints the message alone. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly what: string;
  readonly place: Place;
  readonly remedy: string;

  constructor(what: string, place: Place, remedy: string, options?: ErrorOptions) {
    const where = [place.file, place.at].filter(Boolean).join(", ");
    super(`${where ? `${where}: ` : ""}${what}; ${remedy}.`, options);
    this.what = what;
    this.place = place;
    this.remedy = remedy;
  }
}

/** `what` in words for an unknown thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

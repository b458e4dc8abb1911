// Errors that cross a channel. Messages cannot carry class instances, so an error is sent as plain data.

import { InputError, messageOf, type Place } from "../errors.ts";

/** Thrown when the asker stops a request. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  constructor(message = "stopped") {
    super(message);
  }
}

/** An error on the wire. `cause`: the message of the original error. */
export type WireError =
  | {
      readonly kind: "input";
      readonly what: string;
      readonly place: Place;
      readonly remedy: string;
      readonly cause?: string;
    }
  | { readonly kind: "stopped"; readonly message: string }
  | { readonly kind: "fault"; readonly message: string; readonly stack?: string };

export function packError(error: unknown): WireError {
  if (error instanceof InputError) {
    const { what, place, remedy, cause } = error;
    return { kind: "input", what, place, remedy, ...(cause !== undefined && { cause: messageOf(cause) }) };
  }
  if (error instanceof Stopped) return { kind: "stopped", message: error.message };
  const stack = error instanceof Error ? error.stack : undefined;
  return { kind: "fault", message: messageOf(error), ...(stack && { stack }) };
}

export function unpackError(error: WireError): Error {
  if (error.kind === "input") {
    const { what, place, remedy, cause } = error;
    return new InputError(what, place, remedy, cause === undefined ? {} : { cause: new Error(cause) });
  }
  if (error.kind === "stopped") return new Stopped(error.message);
  const fault = new Error(error.message);
  if (error.stack) fault.stack = error.stack;
  return fault;
}

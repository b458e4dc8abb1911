// What a run does when its signal ends a computation.

import { InputError } from "../errors.ts";
import { Interrupted } from "../runtime/interruption.ts";

/**
 * The result of `work`; undefined if it was interrupted and left the state as it was. Throws an InputError if the state may be
 * torn, which happens if a step begins to write at the very moment at which it is interrupted.
 */
export async function completed<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    if (!error.isTorn) return undefined;
    throw new InputError(
      "the run was stopped in the middle of a step, so its latest state is lost",
      {},
      "resume the run: it continues from its last checkpoint",
      { cause: error },
    );
  }
}

// Further threads that help a mask thread to count matrices; on two cores, a large mask takes about half the time. They run until
// the mask thread ends, because a thread counts about twice as fast after its first mask.

import { availableParallelism } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Asker, type FindModels, threadPort } from "../../../worker/channel.ts";
import type { Indexed, MaskRequests } from "./requests.ts";

export type Helper = Asker<MaskRequests>;

/** The minimum number of weights for which starting a thread pays off. */
const WORTHWHILE = 8e6;
/** The maximum number of helpers: more would compete with the editor. */
const MOST = 3;

let helpers: readonly Helper[] = [];
let findModels: FindModels = async () => [];

/**
 * Calls `count` for each index below `total`. If there are many weights and the machine has more than one core, helpers take
 * part: `there` asks a helper to count matrices with the same counter `next`, from which each thread takes its next index.
 * Reports each result to `found`; returns all results, ordered by index.
 */
export async function countAll<T>(
  { total, weights, models }: { readonly total: number; readonly weights: number; readonly models: FindModels },
  count: (index: number) => T,
  there: (helper: Helper, next: Int32Array, onEvent: (one: Indexed<T>) => void) => Promise<null>,
  found: (result: T) => void = () => {},
): Promise<T[]> {
  const results: T[] = [];
  const onEvent = ({ index, result }: Indexed<T>) => {
    results[index] = result;
    found(result);
  };
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const asked = weights < WORTHWHILE ? [] : started(models);
  try {
    await Promise.all([
      countShare(next, total, count, onEvent),
      ...asked.map((helper) => there(helper, next, onEvent)),
    ]);
  } finally {
    Atomics.store(next, 0, total); // if one thread failed, the others stop
  }
  return results;
}

/** Counts matrices, taking the next index from the shared counter each time, until the counter reaches `total`. */
export async function countShare<T>(
  next: Int32Array,
  total: number,
  count: (index: number) => T,
  emit: (one: Indexed<T>) => void,
): Promise<null> {
  for (let index = Atomics.add(next, 0, 1); index < total; index = Atomics.add(next, 0, 1)) {
    emit({ index, result: count(index) });
    await turn(); // lets other requests run
  }
  return null;
}

/** Frees the masks that the helpers have read. */
export async function forgetInHelpers(): Promise<void> {
  await Promise.all(helpers.map((helper) => helper.ask("forget", {})));
}

/** The helpers. Starts them if they have not been started or one of them has ended. */
function started(models: FindModels): readonly Helper[] {
  findModels = models;
  if (helpers.length && helpers.every((helper) => !helper.closed)) return helpers;
  helpers = Array.from({ length: Math.min(MOST, availableParallelism() - 1) }, () => {
    const thread = new Worker(__filename);
    const helper: Helper = new Asker(threadPort(thread), () => findModels());
    thread.on("error", (error) => helper.close(error));
    thread.on("exit", () => helper.close(new Error("a thread that counts matrices ended unexpectedly")));
    return helper;
  });
  return helpers;
}

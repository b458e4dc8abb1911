// Shows that this process is making progress: long computations call `tick` as they proceed, and another thread can
// read the count even while native code or a regular expression blocks the main thread.

/**
 * Indices in `pulse`: progress so far, steps so far, duration of the latest step in milliseconds, number of unfinished
 * calls to `slowly`.
 */
export const TICKS = 0;
export const STEPS = 1;
export const STEP_MS = 2;
export const SLOW = 3;

/** The counters; they wrap around, so compare them for equality only. */
export const pulse = new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT));

/** Counts progress of any kind: an example tokenized, a chunk read or written. Cheap enough for inner loops. */
export function tick(): void {
  Atomics.add(pulse, TICKS, 1);
}

/** Runs work that may take minutes without visible progress: compiling a graph, flushing a large file. */
export async function slowly<T>(work: () => Promise<T>): Promise<T> {
  Atomics.add(pulse, SLOW, 1);
  try {
    return await work();
  } finally {
    Atomics.sub(pulse, SLOW, 1);
    tick();
  }
}

/** Runs a graph once, as a step; its duration is the reference for later steps. */
export async function stepping<T>(work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    Atomics.store(pulse, STEP_MS, Math.min(performance.now() - start, 2 ** 31 - 1));
    Atomics.add(pulse, STEPS, 1);
    tick();
  }
}

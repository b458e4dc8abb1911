// The sign that this process computes: whatever takes long calls `tick` as it proceeds, and a thread can read the count even
// while native code or a regular expression blocks the main thread.

/** Places in `pulse`: progress so far, steps so far, milliseconds of the latest step, how many calls of `slowly` are open. */
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

/** Work that may take minutes without progress that anyone could see: compiling a graph, flushing a large file. */
export async function slowly<T>(work: () => Promise<T>): Promise<T> {
  Atomics.add(pulse, SLOW, 1);
  try {
    return await work();
  } finally {
    Atomics.sub(pulse, SLOW, 1);
    tick();
  }
}

/** One run of a graph: a step, by whose duration later ones are judged. */
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

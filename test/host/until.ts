// Waiting for a condition, for as long as a machine may need that is busy with other things.

/** What takes longer, in milliseconds, hangs. It guards against waiting for ever and asserts nothing about speed. */
export const HANG = 300_000;

/** Looks again and again until something is there, for at most `limit` milliseconds. */
export async function until<T>(look: () => T | PromiseLike<T>, limit = HANG): Promise<NonNullable<T>> {
  for (const end = Date.now() + limit; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${limit / 1000} s: ${look}`);
}

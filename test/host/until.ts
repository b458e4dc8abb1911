/** Looks again and again until something is there. */
export async function until<T>(look: () => T | PromiseLike<T>, seconds = 20): Promise<NonNullable<T>> {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${seconds} s: ${look}`);
}

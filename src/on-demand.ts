// Computes values only when they are first needed, so that they do not delay the editor's start.

/**
 * Returns a function that computes a value on its first call and keeps it. All schemas together, for example, take ten
 * milliseconds.
 */
export function onDemand<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

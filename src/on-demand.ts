// What is made only when it is first needed, so that the start of the editor does not wait for it.

/** A function that makes a value at its first call and keeps it: all schemas together take ten milliseconds, for example. */
export function onDemand<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

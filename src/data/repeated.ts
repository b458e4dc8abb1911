// Finds duplicates among names that must be unique: columns of a header, labels of a task.

/** The first name that occurs a second time. */
export function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

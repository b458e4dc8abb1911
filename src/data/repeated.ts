// Finds duplicates among names that must be unique, such as a header's columns or a task's labels.

/** The first name that repeats an earlier one; undefined if all names are unique. */
export function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

// Names that may stand in a list once: columns of a header, labels of a task.

/** The first of the names that stands there a second time. */
export function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

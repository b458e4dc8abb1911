// Compares a task's label names with those of a model's classifier or of an adaptation.

/** A name normalized for comparison: trimmed, in lower case, and in Unicode's composed form. */
export function folded(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

// Compares label names: a task's with those of a model's classifier or of an adaptation.

/** A name without surrounding whitespace, letter case and Unicode composition. */
export function folded(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

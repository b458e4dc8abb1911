// Labels compared by their names: those of a task with those of a model's classifier or of an adaptation.

/** A name without case, blanks around it and ways to write its letters. */
export function folded(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

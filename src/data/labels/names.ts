// Normalizes label names, so that a task's labels can be compared with the labels of a classifier or an adaptation.

/** A label name prepared for comparison: trimmed, lowercased, and in Unicode normalization form C (NFC). */
export function folded(name: string): string {
  return name.normalize("NFC").trim().toLowerCase();
}

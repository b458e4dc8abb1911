// Blanks around a text, and marks that do not show. Taken off from the ends: an expression that ends with "$" would be tried
// from each blank within the text, too.

const HIDDEN = /^[\s\u200B\u2060]$/u;

/** The text without blanks and hidden marks around it; with `zeros`, without zero bytes as well. */
export function bare(text: string, zeros = false): string {
  const isHidden = (char: string) => HIDDEN.test(char) || (zeros && char === "\0");
  let [start, end] = [0, text.length];
  while (start < end && isHidden(text[start]!)) start++;
  while (end > start && isHidden(text[end - 1]!)) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

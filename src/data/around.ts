// Trims whitespace and invisible characters from both ends of a text. It uses loops, because a regular expression that
// ends in "$" would be retried at every space within the text.

const HIDDEN = /^[\s\u200B\u2060]$/u;

/** Removes whitespace and invisible characters from both ends of the text; with `zeros`, also null characters. */
export function bare(text: string, zeros = false): string {
  const isHidden = (char: string) => HIDDEN.test(char) || (zeros && char === "\0");
  let [start, end] = [0, text.length];
  while (start < end && isHidden(text[start]!)) start++;
  while (end > start && isHidden(text[end - 1]!)) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

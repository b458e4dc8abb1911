// Counts of n-grams, and what BLEU and chrF share: how Python splits texts into words.

/** White space as `str.split` of Python sees it, which differs from a regular expression's. */
const MORE = [0x1c, 0x1d, 0x1e, 0x1f, 0x85].map((code) => String.fromCharCode(code)).join("");
const BLANK = new RegExp(`(?:[^\\S\ufeff]|[${MORE}])+`, "u");

/** The words of a text, like `text.split()` in Python. */
export const wordsOf = (text: string): string[] => text.split(BLANK).filter(Boolean);

/** The text without white space at its end, like `text.rstrip()` in Python. */
export function withoutBlanksAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && BLANK.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** The text without white space around it, like `text.strip()` in Python. */
export function withoutBlanksAround(text: string): string {
  let begin = 0;
  while (begin < text.length && BLANK.test(text[begin]!)) begin++;
  return withoutBlanksAtEnd(text.slice(begin));
}

/** How often each n-gram of this order occurs among the tokens. Tokens contain no `separator`, unless all have one length. */
export function nGrams(tokens: readonly string[], order: number, separator = ""): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + order <= tokens.length; i++) {
    const gram = tokens.slice(i, i + order).join(separator);
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** The number of n-grams that two texts share, each counted as often as it occurs in both. */
export function matches(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [gram, count] of a) sum += Math.min(count, b.get(gram) ?? 0);
  return sum;
}

/** Each n-gram as often as it occurs in the text that has it most often. */
export function mostOf(texts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  if (texts.length === 1) return texts[0]!;
  const most = new Map<string, number>();
  for (const counts of texts) for (const [gram, count] of counts) most.set(gram, Math.max(count, most.get(gram) ?? 0));
  return most;
}

/** How many n-grams of this order a text of so many tokens has. */
export const totalOf = (tokens: number, order: number): number => Math.max(0, tokens - order + 1);

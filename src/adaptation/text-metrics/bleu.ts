// Corpus BLEU (Papineni et al. 2002) as sacrebleu computes it by default: tokenization 13a, exponential smoothing, no
// effective order.

import { matches, mostOf, nGrams, totalOf, withoutBlanksAtEnd, wordsOf } from "./n-grams.ts";

const ORDERS = [1, 2, 3, 4];

/** The number of statistics of a text: two lengths, then the matching and the total n-grams of each order. */
export const BLEU_STATISTICS = 2 + 2 * ORDERS.length;

/** The tokens of a text by mteval-v13a's rules, which WMT uses. */
export function tokens13a(text: string): string[] {
  const plain = withoutBlanksAtEnd(text)
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return wordsOf(
    ` ${plain} `
      .replace(/([{-~[-` -&(-+:-@/])/gu, " $1 ")
      .replace(/([^0-9])([.,])/gu, "$1 $2 ")
      .replace(/([.,])([^0-9])/gu, " $1 $2")
      .replace(/([0-9])(-)/gu, "$1 $2 "),
  );
}

/**
 * [`BLEU_STATISTICS`]: numbers that add up over a corpus, and from which `bleuOf` computes BLEU. An n-gram may occur as often
 * as in the reference that has it most often; the length is that of the reference closest in length, the shorter of two.
 */
export function bleuStatistics(generated: string, references: readonly string[]): number[] {
  const own = tokens13a(generated);
  const wanted = references.map(tokens13a);
  const lengths = wanted.map(({ length }) => length);
  const distance = (length: number) => Math.abs(length - own.length);
  return [
    own.length,
    lengths.reduce((a, b) => (distance(b) < distance(a) || (distance(b) === distance(a) && b < a) ? b : a)),
    ...ORDERS.map((order) => matches(nGrams(own, order, " "), mostOf(wanted.map((each) => nGrams(each, order, " "))))),
    ...ORDERS.map((order) => totalOf(own.length, order)),
  ];
}

/** BLEU, from 0 to 100, from the sums of statistics. An order without matches counts as ½, ¼ … of a match. */
export function bleuOf(sums: ArrayLike<number>): number {
  const [own, wanted] = [sums[0]!, sums[1]!];
  const correct = ORDERS.map((order) => sums[1 + order]!);
  const totals = ORDERS.map((order) => sums[1 + ORDERS.length + order]!);
  if (!correct.some(Boolean) || totals.includes(0)) return 0;
  const brevity = own < wanted ? Math.exp(1 - wanted / own) : 1;
  let smoothing = 1;
  const logarithms = correct.map((count, i) => {
    if (count === 0) smoothing *= 2;
    return Math.log(count === 0 ? 100 / (smoothing * totals[i]!) : (100 * count) / totals[i]!);
  });
  return brevity * Math.exp(logarithms.reduce((sum, logarithm) => sum + logarithm, 0) / ORDERS.length);
}

// Evidence as text: its digits, each token's share, and the sum with what it is compared with.

import type { Evidence, TokenEvidence } from "../../src/messages/try.ts";
import * as l10n from "../ui/l10n.ts";
import { percent, signed } from "../ui/numbers.ts";
import { named } from "../ui/text.ts";

/** Digits of log-odds. */
const DIGITS = 2;
/** The maximum number of digits of evidence. */
const MOST_DIGITS = 6;

export const largestOf = (tokens: readonly TokenEvidence[]): number =>
  Math.max(...tokens.map(({ value }) => Math.abs(value)));

/** Digits for evidence: two, and more if the largest would have fewer than two significant ones. */
export function digitsFor(tokens: readonly TokenEvidence[]): number {
  const largest = largestOf(tokens);
  return largest ? Math.min(MOST_DIGITS, Math.max(DIGITS, 1 - Math.floor(Math.log10(largest)))) : DIGITS;
}

/** Each token with its evidence, on one line. */
export function tokensText({ tokens }: Evidence): string {
  const digits = digitsFor(tokens);
  return tokens.map(({ token, value }) => `${token} ${signed(value, digits)}`).join(", ");
}

/** The sum of all tokens' evidence without its sign. */
export const magnitudeOf = (tokens: readonly TokenEvidence[]) =>
  tokens.reduce((sum, { value }) => sum + Math.abs(value), 0);

export function shareText({ token, value, special }: TokenEvidence, tokens: readonly TokenEvidence[]): string {
  const share = percent(Math.abs(value) / (magnitudeOf(tokens) || 1));
  const values = [named(token), signed(value, digitsFor(tokens) + 2), share];
  return special
    ? l10n.t("{0} (special token): {1} log-odds, {2} % of the magnitude of all evidence", ...values)
    : l10n.t("{0}: {1} log-odds, {2} % of the magnitude of all evidence", ...values);
}

/** The sum of the evidence, with what it would be in a linear model. */
export function sumText({ tokens, logOdds, logOddsWithoutWords, label }: Evidence): string {
  const sum = tokens.reduce((total, { value }) => total + value, 0);
  return l10n.t(
    "The evidence of all tokens sums to {0}. The log-odds of “{1}” are {2}, and {3} if all word embeddings are zero: {4} apart, which the sum would equal if the model were linear.",
    ...[signed(sum, digitsFor(tokens)), named(label), signed(logOdds, DIGITS)],
    ...[signed(logOddsWithoutWords, DIGITS), signed(logOdds - logOddsWithoutWords, DIGITS)],
  );
}

// Generation in words: how a model generates, why a text ended, and what its numbers are.

import type { GeneratedAnswer, GenerationFacts } from "../../src/messages/try.ts";
import * as l10n from "../ui/l10n.ts";
import { fixed, grouped, signed, thousands } from "../ui/numbers.ts";

export function methodText({ settings: { beams, sampling } }: GenerationFacts): string {
  if (beams > 1) return l10n.t("beam search with {0} beams", beams);
  if (!sampling) return l10n.t("the most likely token each time");
  const { temperature, topK, topP } = sampling;
  return l10n.t("sampling (temperature {0}, top-k {1}, top-p {2})", temperature, topK, topP);
}

/** The most new tokens, or tokens in all, as the model's authors set it. */
export function lengthText({ settings: { longest } }: GenerationFacts): string {
  return "newTokens" in longest ? grouped(longest.newTokens) : l10n.t("{0} with the text", grouped(longest.allTokens));
}

const ENDED: Readonly<Record<GeneratedAnswer["finish"], string>> = {
  end: l10n.t("Ended at the end token"),
  stop: l10n.t("Ended before a stop string"),
  length: l10n.t("Ended at the maximum length"),
  positions: l10n.t("Ended at the model's last position"),
  aborted: l10n.t("Stopped"),
};

export function finishText({ finish, tokens, seconds }: GeneratedAnswer): string {
  const speed = thousands(fixed(tokens / Math.max(seconds, 1e-3), 1));
  return tokens === 1
    ? l10n.t("{0} after 1 token, {1} tokens/s.", ENDED[finish], speed)
    : l10n.t("{0} after {1} tokens, {2} tokens/s.", ENDED[finish], grouped(tokens), speed);
}

export function likelihoodText({ logProbability, tokens }: GeneratedAnswer): string {
  return tokens
    ? l10n.t(
        "Under the model, the log probability of the generated tokens is {0} nats, {1} per token.",
        ...[signed(logProbability, 2), signed(logProbability / tokens, 2)],
      )
    : l10n.t("No token was generated.");
}

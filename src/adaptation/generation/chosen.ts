// The settings that a user's choices make of a model's own.

import type { GenerationChoice } from "./answer.ts";
import { DEFAULT_SAMPLING, type GenerationSettings } from "./settings.ts";

/**
 * Draws at random if a temperature, top-k or top-p is chosen, and not at a temperature of 0; otherwise as the model's authors do,
 * unless beams are chosen.
 */
export function settingsFor(own: GenerationSettings, choice: GenerationChoice): GenerationSettings {
  const { temperature, topK, topP } = choice;
  const draws = temperature !== 0 && [temperature, topK, topP].some((value) => (value ?? null) !== null);
  const beams = choice.beams ?? (draws ? 1 : own.beams);
  const base = { ...DEFAULT_SAMPLING, ...own.sampling };
  const samples = draws || (own.sampling !== undefined && temperature !== 0 && beams === 1);
  return {
    ...own,
    beams,
    longest: choice.newTokens ? { newTokens: choice.newTokens } : own.longest,
    lengthPenalty: choice.lengthPenalty ?? own.lengthPenalty,
    stops: choice.stops ?? own.stops,
    sampling: samples
      ? {
          ...base,
          temperature: temperature ?? base.temperature,
          topK: topK ?? base.topK,
          topP: topP ?? base.topP,
          seed: choice.seed ?? base.seed,
        }
      : undefined,
  };
}

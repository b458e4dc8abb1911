// The flags of `predict` that say how texts are generated.

import type { GenerationChoice } from "../../adaptation/generation/answer.ts";
import type { LoadedAdaptation } from "../../adaptation/loaded.ts";
import { InputError } from "../../errors.ts";
import { adaptationName } from "../../file-name.ts";
import { type Arguments, type Flags, flagName } from "../arguments.ts";
import { integerOf, numberOf } from "../flag-values.ts";
import { named } from "../terminal.ts";

const MOST_TOKENS = 1_000_000;
const MOST_BEAMS = 256;
const LARGEST_SEED = 2 ** 32 - 1;

export const GENERATION_FLAGS: Flags = {
  "max-new-tokens": { value: "N", explanation: "the most tokens to generate for a line" },
  beams: { value: "N", explanation: "beam search with N beams; 1 takes the most likely token each time" },
  "length-penalty": {
    value: "X",
    explanation: "the power of its length by which a beam's log probability is divided; above 0 favors long texts",
  },
  temperature: {
    value: "X",
    explanation: "draw tokens at random from logits divided by X; 0 takes the most likely token each time",
  },
  "top-k": { value: "N", explanation: "draw from the N most likely tokens only; 0 from all" },
  "top-p": { value: "X", explanation: "draw from the most likely tokens that reach this probability together" },
  seed: { value: "N", explanation: "seed of random draws (default 1); each line draws from a stream of its own" },
  stop: {
    value: "STRING",
    explanation: "end a text before the first occurrence of this string; may be repeated",
    repeats: true,
  },
  text: { explanation: "print the text of one adaptation as it is generated, instead of JSON" },
};

const DRAWING = ["temperature", "topK", "topP"] as const;

/** What the flags choose; undefined where a flag is absent. Throws an InputError for values out of range. */
export function choiceOf({ given, many }: Pick<Arguments, "given" | "many">): GenerationChoice {
  const whole = (flag: string, from: number, to: number, example: number) =>
    given.has(flag) ? integerOf(flag, given, { from, to, otherwise: example }) : undefined;
  const stops = many.get("stop");
  if (stops?.includes("")) throw new InputError("an empty string stops nothing", { at: "--stop" }, "write a string");
  const choice: GenerationChoice = {
    newTokens: whole("max-new-tokens", 1, MOST_TOKENS, 128),
    beams: whole("beams", 1, MOST_BEAMS, 4),
    lengthPenalty: numberOf("length-penalty", given, { above: Number.NEGATIVE_INFINITY, most: 100, example: "1" }),
    temperature:
      given.get("temperature")?.trim() === "0"
        ? 0
        : numberOf("temperature", given, { above: 0, most: 1000, example: "0.7" }),
    topK: whole("top-k", 0, MOST_TOKENS, 50),
    topP: numberOf("top-p", given, { above: 0, most: 1, example: "0.95" }),
    seed: whole("seed", 0, LARGEST_SEED, 1),
    stops,
  };
  const beams = choice.beams ?? 1;
  const draws = choice.temperature !== 0 && DRAWING.find((key) => choice[key] !== undefined);
  if (beams > 1 && draws)
    throw new InputError(
      `--beams ${beams} does not draw at random, but --${flagName(draws)} does`,
      {},
      `leave out --beams or --${flagName(draws)}`,
    );
  return choice;
}

const EXPLAINING = ["evidence", "deletion"] as const;

/** Throws an InputError if a flag is of no use for the adaptations that are loaded. */
export function requireFitting({ given }: Pick<Arguments, "given">, loaded: readonly LoadedAdaptation[]): void {
  const generators = loaded.filter(({ generation }) => generation);
  const [first] = generators;
  const about = Object.keys(GENERATION_FLAGS).find((flag) => given.has(flag));
  if (!first && about)
    throw new InputError(
      `--${about} is about generated texts, but these adaptations classify`,
      {},
      `leave out --${about}, or name an adaptation of a language or generation task`,
    );
  const explaining = EXPLAINING.find((flag) => given.has(flag));
  if (first && explaining)
    throw new InputError(
      `--${explaining} explains a predicted label, but ${named(adaptationName(first.adaptation))} generates texts`,
      {},
      `leave out --${explaining}, or name adaptations that classify`,
    );
  if (given.has("text") && loaded.length > 1)
    throw new InputError(
      `--text prints the texts of one adaptation, but ${loaded.length} are given`,
      {},
      "leave out --text, or name one adaptation",
    );
  if (given.has("text") && given.has("requests"))
    throw new InputError("--text and --requests cannot be combined", {}, "leave out one of them");
}

// Which parameters a run by name pattern trains: named presets, or a regular expression over parameter names.

import { runInNewContext } from "node:vm";
import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";

/** A published way of training few parameters. */
export interface Preset {
  /** Matches the names of the encoder's parameters that it trains, as in the checkpoint without the family's prefix. */
  readonly pattern: RegExp;
  readonly explanation: string;
}

const NORM = /(LayerNorm|_layer_norm)\.(weight|bias)$/;
const SELF_ATTENTION = /\.attention\.(self\.(query|key|value)|output\.dense|[qkv]_lin|out_lin)\.(weight|bias)$/;

/** The classifier is always trained with them. */
export const PRESETS = {
  "classifier-only": { pattern: /^(?!)/, explanation: "the classifier alone" },
  bitfit: { pattern: /\.bias$/, explanation: "all biases (Ben Zaken et al. 2022)" },
  "layernorm-only": { pattern: NORM, explanation: "the LayerNorms' weights and biases" },
  lna: {
    pattern: new RegExp(`${NORM.source}|${SELF_ATTENTION.source}`),
    explanation: "LayerNorms and self-attention (Li et al. 2020)",
  },
} satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** Milliseconds for an expression over the names of a model: some hundred names of fifty letters take less than one. */
const MOST_TIME = 2000;

/** The pattern of a preset or of a regular expression's source. InputError where it is no regular expression. */
export function patternOf(pattern: string): RegExp {
  if (Object.hasOwn(PRESETS, pattern)) return PRESETS[pattern as PresetName].pattern;
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new InputError(
      `${quoted(pattern)} is neither a preset nor a regular expression`,
      { at: "pattern" },
      `choose from ${PRESET_NAMES.join(", ")}, or write an expression over parameter names such as "layer\\.[45]\\."`,
      { cause },
    );
  }
}

/** The parameters among `names` that a pattern trains. InputError where it matches none, except for classifier-only. */
export function parametersOf(pattern: string, names: Iterable<string>): string[] {
  const all = [...names];
  const expression = patternOf(pattern);
  const matched = Object.hasOwn(PRESETS, pattern)
    ? all.filter((name) => expression.test(name))
    : matching(pattern, all);
  if (!matched.length && pattern !== "classifier-only")
    throw new InputError(
      `the pattern ${quoted(pattern)} matches no parameter`,
      { at: "pattern" },
      "see the parameters' names with `masklens info` on the model",
    );
  return matched;
}

/**
 * The names that an expression of a run.json matches, which may come from anywhere. An expression such as "(a+)+$" takes
 * for ever on a name of thirty letters, and nothing within JavaScript ends it but the time limit of a context of its own.
 * A linear engine would do without it, but knows no look-ahead, by which users leave names out.
 * InputError where it takes longer than two seconds, or more than the stack.
 */
function matching(pattern: string, names: readonly string[]): string[] {
  try {
    const marks: boolean[] = runInNewContext(
      "const expression = new RegExp(pattern); Array.from(names, (name) => expression.test(name))",
      { pattern, names },
      { timeout: MOST_TIME },
    );
    return names.filter((_, i) => marks[i]);
  } catch (cause) {
    const isLate = (cause as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    throw new InputError(
      `the pattern ${quoted(pattern)} ${isLate ? `takes over ${MOST_TIME / 1000} seconds` : "takes too much memory"}`,
      { at: "pattern" },
      "write it without a repetition of what repeats itself, such as (a+)+",
      { cause },
    );
  }
}

// The parameters that method pattern trains: a named preset, or a regular expression over parameter names.

import { runInNewContext } from "node:vm";
import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";

/** A published method for training few parameters. */
export interface Preset {
  /**
   * Matches the names of the encoder's parameters to train. Names are those in the pretrained weights, without the
   * family's prefix.
   */
  readonly pattern: RegExp;
  readonly explanation: string;
  /** Whether it is about an encoder–decoder's parts, so that other models are refused. */
  readonly crosses?: boolean;
}

/** The modules of normalizations, and of attention, in all families. */
const NORM = /(^|[._])(LayerNorm|layer_?norm(_embedding)?|ln_\w+|norm)/.source;
const ATTENTION =
  /(attn|[aA]ttention)\.((self|output|attn|c_attn|Wqkv)\.)?(query|key|value|dense|[qkvo]|([qkvo]|out)_(proj|lin)|(query|key|value|c)_proj|Wo)/
    .source;

/** Modules of decoders, in encoder–decoders and alone; only encoder–decoders have cross attention. */
const DECODER = /^(decoder\.|h\.|ln_f\.|layers\.\d+\.(self_attn|\w+_layernorm)\.|norm\.)/.source;
const CROSS = /^decoder\..*(encoder_attn|EncDecAttention)\./;
/** LayerNorms and attention. */
const LNA = `(${NORM}|${ATTENTION})\\.(weight|bias)$`;
const within = (stack: string, pattern: string) => `^(?=${stack})(?=.*(${pattern}))`;
const ENCODER_LNA = within(`(?!${DECODER})`, LNA);

/**
 * The classifier is always trained as well. In the code of Li et al. (xm_transformer of fairseq), LNA-E and LNA-D choose
 * parameters in one stack only, and the other stack is trained as a whole; LNA-E,D is both of them, which is `lna`. Word
 * embeddings belong to the decoder, because their encoder reads speech.
 */
const PRESETS = {
  "classifier-only": { pattern: /^(?!)/, explanation: "only the classifier" },
  bitfit: { pattern: /\.bias$/, explanation: "all biases (Ben Zaken et al. 2022)" },
  "layernorm-only": {
    pattern: new RegExp(`${NORM}\\.(weight|bias)$`),
    explanation: "the LayerNorms' weights and biases",
  },
  "norm-and-bias": {
    pattern: new RegExp(`${NORM}\\.weight$|\\.bias$`),
    explanation: "the LayerNorms, and all biases",
  },
  lna: {
    pattern: new RegExp(LNA),
    explanation: "LayerNorms and attention, of both stacks in an encoder–decoder (LNA-E,D of Li et al. 2020)",
  },
  "lna-encoder": {
    pattern: new RegExp(ENCODER_LNA),
    explanation: "LayerNorms and self-attention of the encoder",
  },
  "lna-encoder-cross": {
    pattern: new RegExp(`${ENCODER_LNA}|${within("decoder\\.", `${NORM}\\.(weight|bias)$`)}|${CROSS.source}`),
    explanation: "LayerNorms of both stacks, self-attention of the encoder, and cross attention",
    crosses: true,
  },
  "lna-e": {
    pattern: new RegExp(`${ENCODER_LNA}|^(?!encoder\\.)`),
    explanation: "LayerNorms and self-attention of the encoder, and the whole decoder (LNA-E of Li et al. 2020)",
    crosses: true,
  },
  "lna-d": {
    pattern: new RegExp(`^encoder\\.|${within("decoder\\.", LNA)}`),
    explanation: "LayerNorms and attention of the decoder, and the whole encoder (LNA-D of Li et al. 2020)",
    crosses: true,
  },
} satisfies Record<string, Preset>;

type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/**
 * The maximum time in milliseconds for matching an expression against a model's parameter names; a few hundred names
 * usually take less than one millisecond.
 */
const MOST_TIME = 2000;

/**
 * The regular expression of a preset or of a source text. Throws an InputError if the text is not a regular expression.
 */
export function patternOf(pattern: string): RegExp {
  if (Object.hasOwn(PRESETS, pattern)) return PRESETS[pattern as PresetName].pattern;
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new InputError(
      `${quoted(pattern)} is neither a preset nor a regular expression`,
      { at: "pattern" },
      `choose from ${PRESET_NAMES.join(", ")}, or write a regular expression over parameter names, such as "layer\\.[45]\\."`,
      { cause },
    );
  }
}

/**
 * The parameters among `names` that a pattern trains. Throws an InputError if it matches none, except for
 * classifier-only.
 */
export function parametersOf(pattern: string, names: Iterable<string>): string[] {
  const all = [...names];
  const expression = patternOf(pattern);
  const preset: Preset | undefined = Object.hasOwn(PRESETS, pattern) ? PRESETS[pattern as PresetName] : undefined;
  if (preset?.crosses && !all.some((name) => CROSS.test(name)))
    throw new InputError(
      `the model has no cross attention, but ${pattern} trains parts of an encoder–decoder: ${preset.explanation}`,
      { at: "pattern" },
      "use lna, or an encoder–decoder",
    );
  const matched = preset ? all.filter((name) => expression.test(name)) : matching(pattern, all);
  if (!matched.length && pattern !== "classifier-only")
    throw new InputError(
      preset
        ? `the model has none of the parameters that ${pattern} trains: ${preset.explanation}`
        : `the pattern ${quoted(pattern)} matches no parameter`,
      { at: "pattern" },
      "choose parameters that `masklens info MODEL --json` lists",
    );
  return matched;
}

/**
 * The names that an expression matches. The expression comes from a run.json, which may be untrusted: "(a+)+$" takes
 * forever on a name of thirty letters, and in JavaScript only the time limit of a separate context can stop it. A
 * linear-time engine would need no limit, but lacks look-ahead, which users need to exclude names. Throws an InputError
 * if matching takes longer than two seconds or overflows the stack.
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
      `the pattern ${quoted(pattern)} ${isLate ? `takes more than ${MOST_TIME / 1000} seconds to match` : "takes too much memory"}`,
      { at: "pattern" },
      "remove nested repetitions such as (a+)+",
      { cause },
    );
  }
}

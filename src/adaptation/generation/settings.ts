// How texts are generated. Names of transformers' options are in parentheses; values mean the same there.

/** How the next token is drawn. */
export interface Sampling {
  /** Logits are divided by it (temperature). */
  readonly temperature: number;
  /** Only this many of the most likely tokens remain; 0 keeps all (top_k). */
  readonly topK: number;
  /** Only the most likely tokens that together reach this probability remain (top_p). */
  readonly topP: number;
  /** Only tokens at least this fraction as likely as the most likely one remain (min_p). */
  readonly minP: number;
  /** Prompt i draws from a stream of its own, so a sample does not depend on the other prompts. */
  readonly seed: number;
}

export interface GenerationSettings {
  /**
   * The most tokens after the prompt (max_new_tokens), or with the decoder's prompt (max_length). A text also ends where
   * the model has no further position.
   */
  readonly longest: { readonly newTokens: number } | { readonly allTokens: number };
  /** The fewest tokens after the prompt before an end token (min_new_tokens). */
  readonly minNewTokens: number;
  /** The fewest tokens, with the decoder's prompt, before an end token (min_length). */
  readonly minLength: number;
  /** The number of beams; 1 takes the most likely token each time (num_beams). */
  readonly beams: number;
  /** A finished hypothesis scores its log probability divided by its length to this power (length_penalty). */
  readonly lengthPenalty: number;
  /** When beams stop (early_stopping): true as soon as enough hypotheses have finished. */
  readonly earlyStopping: boolean | "never";
  /** Undefined without sampling. Not together with beams. */
  readonly sampling?: Sampling | undefined;
  /** Logits of tokens that occurred are divided by it if positive, else multiplied (repetition_penalty). */
  readonly repetitionPenalty: number;
  /** No sequence of this many tokens occurs twice; 0 allows all (no_repeat_ngram_size). */
  readonly noRepeatNgram: number;
  /** The tokens that end a text (eos_token_id). */
  readonly endIds: readonly number[];
  /** The token after a decoder prompt of one token (forced_bos_token_id). */
  readonly forcedStartId?: number | undefined;
  /** The last token if the maximum length is reached; the first of several (forced_eos_token_id). */
  readonly forcedEndIds: readonly number[];
  /** A text ends before the first occurrence of any of these strings (stop_strings). */
  readonly stops: readonly string[];
}

/** transformers' defaults, but for the length: there it is 20 tokens. */
export const DEFAULT_SETTINGS: GenerationSettings = {
  longest: { newTokens: 128 },
  minNewTokens: 0,
  minLength: 0,
  beams: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  repetitionPenalty: 1,
  noRepeatNgram: 0,
  endIds: [],
  forcedEndIds: [],
  stops: [],
};

/** transformers' defaults for sampling; the seed is ours. */
export const DEFAULT_SAMPLING: Sampling = { temperature: 1, topK: 50, topP: 1, minP: 0, seed: 1 };

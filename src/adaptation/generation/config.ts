// Reads how a model's authors generate: generation_config.json or, if there is none, the same keys of config.json, as
// in transformers.

import path from "node:path";
import * as z from "zod/mini";
import { InputError } from "../../errors.ts";
import { exists } from "../../files.ts";
import { readJsonObject } from "../../json.ts";
import { modelFolder } from "../../model/folder.ts";
import { onDemand } from "../../on-demand.ts";
import { pathInside } from "../../own-files.ts";
import { checked, count, flag, integer, list, positive, type Read, share, text, worded } from "../../schema.ts";
import { DEFAULT_SAMPLING, DEFAULT_SETTINGS, type GenerationSettings } from "./settings.ts";

/** What a model's files say about generation. */
export interface GenerationConfig {
  readonly settings: GenerationSettings;
  /** The first token of an encoder–decoder's decoder: decoder_start_token_id, else bos_token_id. */
  readonly decoderStartId: number | undefined;
  /** The token before a decoder's text, if the tokenizer adds none. */
  readonly startId: number | undefined;
  /** A sentence for each key that is not honoured, and for settings that cannot be combined. */
  readonly notes: readonly string[];
}

const REMEDY = "use the file that belongs to this model";
const MOST_BEAMS = 256;
const MOST_STOPS = 100;
const MOST_ENDS = 100;
/** The largest number of tokens that a file may name. */
const MOST_TOKENS = 1_000_000_000;

const CONFIG = onDemand(() => {
  const id = integer(0, MOST_TOKENS);
  const ids = worded(z.union([id, list(id, MOST_ENDS)]), `a token ID or a list of at most ${MOST_ENDS}`);
  const length = integer(0, MOST_TOKENS);
  const keys = {
    bos_token_id: id,
    eos_token_id: ids,
    decoder_start_token_id: id,
    forced_bos_token_id: id,
    forced_eos_token_id: ids,
    max_length: length,
    max_new_tokens: length,
    min_length: length,
    min_new_tokens: length,
    num_beams: integer(1, MOST_BEAMS),
    length_penalty: worded(z.number().check(z.minimum(-100), z.maximum(100)), "a number from -100 to 100"),
    early_stopping: worded(z.union([z.boolean(), z.literal("never")]), 'true, false or "never"'),
    do_sample: flag,
    temperature: worded(z.number().check(z.minimum(0), z.maximum(1000)), "a number from 0 to 1000"),
    top_k: count,
    top_p: share,
    min_p: share,
    repetition_penalty: positive(1000),
    no_repeat_ngram_size: count,
    stop_strings: worded(z.union([text, list(text, MOST_STOPS)]), `a string or a list of at most ${MOST_STOPS}`),
  };
  return z.object(
    Object.fromEntries(Object.entries(keys).map(([key, schema]) => [key, z.nullish(schema)])) as {
      [K in keyof typeof keys]: z.ZodMiniOptional<z.ZodMiniNullable<(typeof keys)[K]>>;
    },
  );
});

type Config = Read<typeof CONFIG>;

/** Keys of transformers that change what is generated and are not honoured, with the value that changes nothing. */
const IGNORED: Readonly<Record<string, unknown>> = {
  bad_words_ids: null,
  begin_suppress_tokens: null,
  constraints: null,
  diversity_penalty: 0,
  dola_layers: null,
  encoder_no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  exponential_decay_length_penalty: null,
  force_words_ids: null,
  guidance_scale: 1,
  max_time: null,
  num_beam_groups: 1,
  num_return_sequences: 1,
  penalty_alpha: 0,
  remove_invalid_values: false,
  renormalize_logits: false,
  sequence_bias: null,
  suppress_tokens: null,
  token_healing: false,
  top_h: null,
  typical_p: 1,
  watermarking_config: null,
};

/**
 * Reads how the model in this folder generates, with transformers' defaults for what its files leave open. Throws an
 * InputError that names the key if a value is invalid, or if a token's ID is not below `vocabSize`.
 */
export async function readGenerationConfig(given: string, vocabSize: number): Promise<GenerationConfig> {
  const folder = await modelFolder(given);
  const own = await pathInside(folder, "generation_config.json", REMEDY);
  const file = (await exists(own)) ? own : await pathInside(folder, "config.json", REMEDY);
  const json = await readJsonObject(file, REMEDY);
  const config = checked(CONFIG(), json, { file, remedy: REMEDY });
  const name = path.basename(file);
  const notes = Object.entries(IGNORED)
    .filter(([key, neutral]) => (json[key] ?? neutral) !== neutral)
    .map(([key]) => `${name}: ${key} is ignored; MaskLens generates without it.`);
  if (config.do_sample && (config.num_beams ?? 1) > 1)
    notes.push(`${name}: num_beams is used without do_sample, because MaskLens does not sample in a beam search.`);
  refuseBeyond(config, vocabSize, file);
  return {
    settings: settingsOf(config, file),
    decoderStartId: config.decoder_start_token_id ?? config.bos_token_id ?? undefined,
    startId: config.bos_token_id ?? undefined,
    notes,
  };
}

function settingsOf(config: Config, file: string): GenerationSettings {
  const beams = config.num_beams ?? 1;
  const samples = config.do_sample && beams === 1;
  if (samples && config.temperature === 0)
    throw new InputError(
      "a temperature of 0 cannot be sampled with",
      { file, at: "temperature" },
      "set do_sample to false for the most likely tokens",
    );
  const all = DEFAULT_SETTINGS;
  const { max_new_tokens: newTokens, max_length: allTokens } = config;
  return {
    longest: newTokens ? { newTokens } : allTokens ? { allTokens } : all.longest,
    minNewTokens: config.min_new_tokens ?? all.minNewTokens,
    minLength: config.min_length ?? all.minLength,
    beams,
    lengthPenalty: config.length_penalty ?? all.lengthPenalty,
    earlyStopping: config.early_stopping ?? all.earlyStopping,
    sampling: samples
      ? {
          temperature: config.temperature ?? DEFAULT_SAMPLING.temperature,
          topK: config.top_k ?? DEFAULT_SAMPLING.topK,
          topP: config.top_p ?? DEFAULT_SAMPLING.topP,
          minP: config.min_p ?? DEFAULT_SAMPLING.minP,
          seed: DEFAULT_SAMPLING.seed,
        }
      : undefined,
    repetitionPenalty: config.repetition_penalty ?? all.repetitionPenalty,
    noRepeatNgram: config.no_repeat_ngram_size ?? all.noRepeatNgram,
    endIds: listOf(config.eos_token_id),
    forcedStartId: config.forced_bos_token_id ?? undefined,
    forcedEndIds: listOf(config.forced_eos_token_id),
    stops: listOf(config.stop_strings).filter(Boolean),
  };
}

function listOf<T extends number | string>(value: T | readonly T[] | null | undefined): readonly T[] {
  if (value === null || value === undefined) return [];
  return typeof value === "object" ? value : [value];
}

const ID_KEYS = [
  "bos_token_id",
  "eos_token_id",
  "decoder_start_token_id",
  "forced_bos_token_id",
  "forced_eos_token_id",
] as const;

function refuseBeyond(config: Config, vocabSize: number, file: string): void {
  for (const key of ID_KEYS) {
    const beyond = listOf<number>(config[key]).find((id) => id >= vocabSize);
    if (beyond === undefined) continue;
    throw new InputError(`${beyond} is beyond the vocabulary of ${vocabSize} tokens`, { file, at: key }, REMEDY);
  }
}

// Searches over a model whose logits are a formula, against transformers' generate (test/fixtures/generation/make.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Generated, generate } from "../../../src/adaptation/generation/generate.ts";
import { softmax, warp } from "../../../src/adaptation/generation/processors.ts";
import {
  DEFAULT_SAMPLING,
  DEFAULT_SETTINGS,
  type GenerationSettings,
  type Sampling,
} from "../../../src/adaptation/generation/settings.ts";
import { letters, logit, Table } from "./table.ts";

interface Case {
  vocabulary: number;
  seed: number;
  prompt: number[];
  options: {
    num_beams: number;
    max_new_tokens: number;
    eos_token_id: number[];
    length_penalty?: number;
    early_stopping?: boolean | "never";
    repetition_penalty?: number;
    no_repeat_ngram_size?: number;
    min_new_tokens?: number;
    min_length?: number;
    forced_bos_token_id?: number;
    forced_eos_token_id?: number;
  };
  ids: number[][];
  logProbability: number[];
  scores?: number[];
}

const { searches, sampling } = JSON.parse(readFileSync("test/fixtures/generation/expected.json", "utf8")) as {
  searches: Case[];
  sampling: { vocabulary: number; seed: number; options: Omit<Sampling, "seed">; kept: [number, number][] }[];
};

function settingsOf({ options }: Case): GenerationSettings {
  return {
    ...DEFAULT_SETTINGS,
    longest: { newTokens: options.max_new_tokens },
    beams: options.num_beams,
    endIds: options.eos_token_id,
    lengthPenalty: options.length_penalty ?? 1,
    earlyStopping: options.early_stopping ?? false,
    repetitionPenalty: options.repetition_penalty ?? 1,
    noRepeatNgram: options.no_repeat_ngram_size ?? 0,
    minNewTokens: options.min_new_tokens ?? 0,
    minLength: options.min_length ?? 0,
    forcedStartId: options.forced_bos_token_id,
    forcedEndIds: options.forced_eos_token_id === undefined ? [] : [options.forced_eos_token_id],
  };
}

const close = (found: readonly number[], wanted: readonly number[], message: string) => {
  assert.equal(found.length, wanted.length, message);
  for (const [i, value] of found.entries())
    assert.ok(
      Math.abs(value - wanted[i]!) <= 1e-5 * Math.max(1, Math.abs(wanted[i]!)),
      `${value} ${wanted[i]} ${message}`,
    );
};

const hypothesesOf = (generated: Generated) => [generated, ...generated.others];

for (const [name, those] of [
  ["greedy search gives", searches.filter(({ options }) => options.num_beams === 1)],
  ["beam search gives, hypothesis by hypothesis,", searches.filter(({ options }) => options.num_beams > 1)],
] as const)
  test(`${name} transformers' tokens and scores`, async () => {
    for (const one of those) {
      const message = JSON.stringify(one);
      const model = new Table(one.vocabulary, one.seed);
      const [found] = await generate(model, letters, [{ ids: one.prompt }], settingsOf(one));
      const hypotheses = hypothesesOf(found!);
      assert.deepEqual(
        hypotheses.map(({ ids }) => ids),
        one.ids,
        message,
      );
      close(
        hypotheses.map(({ logProbability }) => logProbability),
        one.logProbability,
        message,
      );
      if (one.scores)
        close(
          hypotheses.map(({ score }) => score!),
          one.scores,
          message,
        );
      assert.equal(model.released, 1);
    }
  });

test("prompts that are generated together get what each gets alone", async () => {
  for (const beams of [1, 3]) {
    const settings: GenerationSettings = { ...DEFAULT_SETTINGS, longest: { newTokens: 12 }, beams, endIds: [11, 10] };
    const prompts = Array.from({ length: 9 }, (_, i) => ({ ids: [i, (3 * i) % 10, i + 1].slice(0, 1 + (i % 3)) }));
    const together = await generate(new Table(12, 7), letters, prompts, settings);
    const alone: Generated[] = [];
    for (const prompt of prompts) alone.push(...(await generate(new Table(12, 7), letters, [prompt], settings)));
    assert.deepEqual(together, alone);
    assert.ok(new Set(together.map(({ ids }) => ids.length)).size > 2);
  }
});

test("temperature, top-k, top-p and min-p keep the tokens that transformers keeps, with their probabilities", () => {
  for (const { vocabulary, seed, options, kept } of sampling) {
    const scores = Float32Array.from({ length: vocabulary }, (_, token) => logit(seed, 0xffff, 0, token));
    warp(scores, { ...options, seed: 1 });
    const found = [...softmax(scores).entries()].filter(([, probability]) => probability > 0);
    const message = JSON.stringify(options);
    assert.deepEqual(
      found.map(([token]) => token),
      kept.map(([token]) => token),
      message,
    );
    close(
      found.map(([, probability]) => probability),
      kept.map(([, probability]) => probability),
      message,
    );
  }
});

test("samples follow the probabilities, from the seed and the prompt's number alone", async () => {
  const drawn = (seed: number, before = 0, count = 4000) => {
    const settings: GenerationSettings = {
      ...DEFAULT_SETTINGS,
      longest: { newTokens: 1 },
      sampling: { ...DEFAULT_SAMPLING, temperature: 0.8, topK: 6, seed },
    };
    const prompts = Array.from({ length: count }, () => ({ ids: [1, 2] }));
    return generate(new Table(10, 5), letters, prompts, settings, { before });
  };
  const first = (await drawn(3)).map(({ ids }) => ids[0]!);
  const scores = Float32Array.from({ length: 10 }, (_, token) => logit(5, 1, 2, token));
  warp(scores, { ...DEFAULT_SAMPLING, temperature: 0.8, topK: 6 });
  let chiSquare = 0;
  for (const [token, probability] of softmax(scores).entries()) {
    const wanted = probability * first.length;
    const count = first.filter((id) => id === token).length;
    if (wanted === 0) assert.equal(count, 0);
    else chiSquare += (count - wanted) ** 2 / wanted;
  }
  assert.ok(chiSquare < 20.5, `χ² = ${chiSquare} with 5 degrees of freedom: p < 0.001`);
  const some = (await drawn(3, 100, 50)).map(({ ids }) => ids[0]!);
  assert.deepEqual(some, first.slice(100, 150));
  assert.notDeepEqual(
    (await drawn(4, 0, 50)).map(({ ids }) => ids[0]!),
    first.slice(0, 50),
  );
});

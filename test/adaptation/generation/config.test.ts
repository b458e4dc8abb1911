// How a model's files say that it generates.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { readGenerationConfig } from "../../../src/adaptation/generation/config.ts";
import { DEFAULT_SETTINGS } from "../../../src/adaptation/generation/settings.ts";

const root = mkdtempSync(path.join(tmpdir(), "masklens-generation-"));
after(() => rmSync(root, { recursive: true }));

function read(config: object, generation?: object | string) {
  const folder = mkdtempSync(path.join(root, "model-"));
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  if (generation) {
    const text = typeof generation === "string" ? generation : JSON.stringify(generation);
    writeFileSync(path.join(folder, "generation_config.json"), text);
  }
  return readGenerationConfig(folder, 50_000);
}

test("without any key, texts are generated greedily", async () => {
  const { settings, notes, decoderStartId } = await read({ model_type: "gpt2" });
  assert.deepEqual(
    { ...settings, sampling: undefined },
    { ...DEFAULT_SETTINGS, sampling: undefined, forcedStartId: undefined },
  );
  assert.deepEqual([settings.sampling, notes, decoderStartId], [undefined, [], undefined]);
});

test("generation_config.json is read alone, and config.json where it is missing", async () => {
  const bart = {
    num_beams: 4,
    no_repeat_ngram_size: 3,
    early_stopping: true,
    length_penalty: 2,
    forced_bos_token_id: 0,
    forced_eos_token_id: 2,
    decoder_start_token_id: 2,
    bos_token_id: 0,
    eos_token_id: 2,
    max_length: 142,
    min_length: 56,
    pad_token_id: -1,
  };
  const { settings, decoderStartId, startId } = await read(bart);
  assert.deepEqual(settings, {
    longest: { allTokens: 142 },
    minNewTokens: 0,
    minLength: 56,
    beams: 4,
    lengthPenalty: 2,
    earlyStopping: true,
    sampling: undefined,
    repetitionPenalty: 1,
    noRepeatNgram: 3,
    endIds: [2],
    forcedStartId: 0,
    forcedEndIds: [2],
    stops: [],
  });
  assert.deepEqual([decoderStartId, startId], [2, 0]);

  const llama = {
    bos_token_id: 128,
    do_sample: true,
    eos_token_id: [128, 129],
    temperature: 0.6,
    top_p: 0.9,
    max_new_tokens: 50,
    max_length: 4096,
    stop_strings: "###",
  };
  const other = await read({ ...bart, eos_token_id: 7 }, llama);
  assert.deepEqual(other.settings.sampling, { temperature: 0.6, topK: 50, topP: 0.9, minP: 0, seed: 1 });
  assert.deepEqual(other.settings.endIds, [128, 129]);
  assert.deepEqual(other.settings.longest, { newTokens: 50 });
  assert.deepEqual(other.settings.stops, ["###"]);
  assert.equal(other.settings.beams, 1);
  assert.equal(other.decoderStartId, 128);
});

test("keys that would change the text and are not honoured are noted", async () => {
  const { notes, settings } = await read(
    {},
    {
      typical_p: 0.9,
      suppress_tokens: [1],
      guidance_scale: null,
      num_beam_groups: 1,
      do_sample: true,
      num_beams: 2,
      transformers_version: "5.18.0",
    },
  );
  assert.deepEqual(notes, [
    "generation_config.json: suppress_tokens is ignored; MaskLens generates without it.",
    "generation_config.json: typical_p is ignored; MaskLens generates without it.",
    "generation_config.json: num_beams is used without do_sample, because MaskLens does not sample in a beam search.",
  ]);
  assert.deepEqual([settings.beams, settings.sampling], [2, undefined]);
});

test("values that cannot be meant are refused with file and key", async () => {
  for (const [generation, message] of [
    [
      { num_beams: 0 },
      /generation_config\.json, num_beams: it must be a whole number from 1 to 256, but is 0; use the file/,
    ],
    [{ eos_token_id: ["</s>"] }, /eos_token_id: it must be a token ID or a list of at most 100, but is \["<\/s>"\]/],
    [{ eos_token_id: [1, -2] }, /eos_token_id: it must be a token ID or a list of at most 100, but is \[1,-2\]/],
    [{ eos_token_id: [3, 50_000] }, /eos_token_id: 50000 is beyond the vocabulary of 50000 tokens/],
    [{ early_stopping: "always" }, /early_stopping: it must be true, false or "never", but is "always"/],
    [
      { do_sample: true, temperature: 0 },
      /temperature: a temperature of 0 cannot be sampled with; set do_sample to false/,
    ],
    [{ temperature: "hot" }, /temperature: it must be a number from 0 to 1000, but is "hot"/],
    ["[", /generation_config\.json: the file is not JSON/],
  ] as const)
    await assert.rejects(read({}, generation), { name: "InputError", message });
});

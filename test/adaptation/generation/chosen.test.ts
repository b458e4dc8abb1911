// What users choose of a model's settings, and what a model reads of a text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBase } from "../../../src/adaptation/base.ts";
import { settingsFor } from "../../../src/adaptation/generation/chosen.ts";
import { promptFor } from "../../../src/adaptation/generation/prompt.ts";
import { DEFAULT_SAMPLING, DEFAULT_SETTINGS } from "../../../src/adaptation/generation/settings.ts";
import { generatorOf, ownGeneration } from "../../../src/adaptation/generation/text-scoring.ts";
import { encodeGeneration } from "../../../src/data/generative.ts";

const SAMPLES = { ...DEFAULT_SETTINGS, sampling: { ...DEFAULT_SAMPLING, temperature: 0.6, topK: 20 } };
const BEAMS = { ...DEFAULT_SETTINGS, beams: 4 };

test("what is not chosen stays as the model's authors set it", () => {
  for (const own of [DEFAULT_SETTINGS, SAMPLES, BEAMS])
    assert.deepEqual(settingsFor(own, {}), { sampling: undefined, ...own });
  const nothing = { newTokens: null, beams: null, temperature: null, topK: null, topP: null, seed: null, stops: null };
  assert.deepEqual(settingsFor(SAMPLES, nothing), SAMPLES);
  const { longest, stops } = settingsFor(BEAMS, { newTokens: 7, stops: ["."] });
  assert.deepEqual([longest, stops], [{ newTokens: 7 }, ["."]]);
});

test("tokens are drawn at random if that is chosen, and not by beams or at a temperature of 0", () => {
  assert.deepEqual(settingsFor(SAMPLES, { topP: 0.5, seed: 3 }).sampling, { ...SAMPLES.sampling, topP: 0.5, seed: 3 });
  assert.deepEqual(settingsFor(DEFAULT_SETTINGS, { temperature: 2 }).sampling, { ...DEFAULT_SAMPLING, temperature: 2 });
  assert.equal(settingsFor(DEFAULT_SETTINGS, { seed: 3 }).sampling, undefined);
  assert.equal(settingsFor(BEAMS, { topK: 5 }).beams, 1);
  assert.equal(settingsFor(SAMPLES, { temperature: 0, topK: 5 }).sampling, undefined);
  const beams = settingsFor(SAMPLES, { beams: 3 });
  assert.deepEqual([beams.beams, beams.sampling], [3, undefined]);
});

for (const name of ["tiny-llama", "tiny-gpt2", "tiny-t5", "tiny-bart"])
  test(`${name} reads a source as in training`, async () => {
    const base = await openBase(`test/fixtures/families/${name}`);
    await base.pretrained.close();
    const own = await ownGeneration(base);
    const { stacks: architecture, positions } = base.config;
    for (const prompt of [null, "Say {source}: "]) {
      const model = { architecture, maxLength: positions, decoderStartId: own.decoderStartId, prompt };
      const { sequences, target, decoder } = encodeGeneration(
        { source: "nine one", target: "91" },
        base.tokenizer,
        model,
      );
      const { ids } = sequences[0]!;
      const first = (target as readonly number[]).findIndex((id) => id >= 0);
      const wanted = decoder ? { ids: decoder.slice(0, 1), source: ids } : { ids: ids.slice(0, first + 1) };
      const task = { kind: "generation", prompt };
      const read = promptFor("nine one", task, base, own, DEFAULT_SETTINGS);
      assert.deepEqual(read, { prompt: wanted, cut: false });
    }
  });

test("a text that is too long is cut at its beginning, so that half of the positions remain at most for new tokens", async () => {
  const base = await openBase("test/fixtures/families/tiny-llama");
  await base.pretrained.close();
  const own = await ownGeneration(base);
  const { positions } = base.config;
  const long = "a b ".repeat(positions);
  for (const kind of ["generation", "language"])
    for (const newTokens of [3, 10 * positions]) {
      const { prompt, cut } = promptFor(long, { kind }, base, own, { ...DEFAULT_SETTINGS, longest: { newTokens } });
      assert.equal(cut, true);
      assert.equal(prompt.ids.length, positions - Math.min(newTokens, positions / 2), `${kind} ${newTokens}`);
    }
  assert.deepEqual(promptFor("", { kind: "language" }, base, own, DEFAULT_SETTINGS).prompt.ids.length, 1);
});

test("what a decoder reads to be evaluated depends on its source and the training targets, never on its own target", async () => {
  const base = await openBase("test/fixtures/families/tiny-llama");
  await base.pretrained.close();
  const { length } = base.tokenizer.piecesOf("a b c");
  const source = "a b ".repeat(40);
  const readFor = async (maxLength: number, trained: string, target: string) => {
    const train = [{ source, target: trained }];
    const task = { kind: "generation" as const, prompt: null, splits: { train, validation: [], test: [] } };
    return (await generatorOf({ maxLength, batchSize: 1 }, base, task))!.read({ source, target });
  };
  const read = await readFor(40, "a b c", "c");
  assert.deepEqual([read.ids.length, read.cut], [40 - (length + 1), true]);
  assert.deepEqual(await readFor(40, "a b c", source), read);
  assert.equal((await readFor(40, source, "c")).ids.length, 20);
});

// Texts that real models continue with cached keys, against transformers' generate (test/fixtures/families).

import assert from "node:assert/strict";
import test from "node:test";
import { readGenerationConfig } from "../../../src/adaptation/generation/config.ts";
import { generate } from "../../../src/adaptation/generation/generate.ts";
import { DEFAULT_SETTINGS, type GenerationSettings } from "../../../src/adaptation/generation/settings.ts";
import { fullBits } from "../../../src/mask/bits.ts";
import { readConfig } from "../../../src/model/config.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { decoderLayers, keyNames } from "../../../src/program/generation/cache.ts";
import { KeyCache } from "../../../src/program/generation/key-cache.ts";
import type { Prompt } from "../../../src/program/generation/next-token.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import { float32 } from "../../../src/tensor.ts";
import { familyReference, folderOf } from "../../model/family-reference.ts";
import { close } from "../close.ts";

const DECODERS = ["gpt2", "llama", "llama3", "qwen2", "qwen3", "smollm", "mistral", "t5", "flan-t5", "bart", "mbart"];

/** IDs are compared; their texts are tested with the tokenizers. */
const WITHOUT_TEXT = { decode: () => "" };

for (const name of DECODERS)
  test(`${name}: greedy texts and beams are those of transformers, all prompts at once`, async () => {
    const { config, tensors } = await familyReference(name);
    const { settings, decoderStartId } = await readGenerationConfig(folderOf(name), config.vocabSize);
    const pretrained = await openPretrained(folderOf(name));
    const model = new ScoringModel(config, pretrained, "cpu");
    const loaded = await model.under({ classifier: "language", labels: 0 }, { matrices: [], tensors: [] }, "none");
    const rows = (key: string): number[][] => {
      const { shape, data } = tensors.get(key)!;
      const length = shape.at(-1)!;
      const all = Array.from(data as BigInt64Array, Number);
      return Array.from({ length: all.length / length }, (_, i) => all.slice(i * length, (i + 1) * length));
    };
    const count = [...tensors.keys()].filter((key) => /^generate\.\d+\.prompt$/.test(key)).length;
    assert.ok(count > 2);
    const prompts = Array.from({ length: count }, (_, i): Prompt => {
      const ids = rows(`generate.${i}.prompt`)[0]!;
      return config.stacks === "encoder-decoder" ? { ids: [decoderStartId!], source: ids } : { ids };
    });
    /** What follows a prompt, up to and with the end token. */
    const added = (row: readonly number[], prompt: Prompt) => {
      const ids = row.slice(prompt.ids.length);
      const end = ids.findIndex((id) => settings.endIds.includes(id));
      return end < 0 ? ids : ids.slice(0, end + 1);
    };
    const beam = { longest: { newTokens: 12 }, beams: 4 };
    const ways: [string, Partial<GenerationSettings>][] = [
      ["greedy", { longest: { newTokens: 12 } }],
      ["beam", { ...beam, lengthPenalty: 1, earlyStopping: false }],
      ["early", { ...beam, lengthPenalty: 2, earlyStopping: true }],
    ];
    for (const [way, own] of ways) {
      const decoding = await loaded.decoding();
      const texts = await generate(decoding, WITHOUT_TEXT, prompts, { ...settings, ...own });
      for (const [i, prompt] of prompts.entries()) {
        const want = rows(`generate.${i}.${way}`).map((row) => added(row, prompt));
        const { others, ...best } = texts[i]!;
        const have = way === "greedy" ? [best] : [best, ...others];
        assert.deepEqual(
          have.map(({ ids }) => ids),
          want,
          `${way} ${i}`,
        );
        if (way === "greedy") continue;
        const scores = have.map(({ score }) => score!);
        close(scores, tensors.get(`generate.${i}.${way}.scores`)!.data as Float32Array, 1e-5, "scores");
      }
    }
    await model.release();
    await pretrained.close();
  });

test("rows grow to the model's last position, also after the longest of them has ended", async () => {
  const config = await readConfig("test/fixtures/families/tiny-llama");
  const [rows, width] = [4, config.keyHeads * config.headSize];
  const keysAndValues = (prefix: string, tokens: number) =>
    Object.fromEntries(
      Array.from({ length: decoderLayers(config) }, (_, layer) => keyNames(layer))
        .flat()
        .map((name) => [`${prefix}${name}`, float32([tokens, rows, width], new Float32Array(tokens * rows * width))]),
    );
  let cache = KeyCache.of(config, [1, 2, 3, 32], keysAndValues("", 32));
  for (let token = 0; token < 61; token++) {
    const parents = token < 32 ? [0, 1, 2, 3] : [0, 1, 2];
    cache = cache.continued(parents);
    cache.add(keysAndValues("new.", 1));
    assert.ok(Math.max(...cache.positions) <= config.positions);
  }
  assert.deepEqual(cache.positions.slice(0, 3), [62, 63, 64]);
});

test("a text whose long prompt ends first does not disturb the others", async () => {
  const { config } = await familyReference("llama");
  const pretrained = await openPretrained(folderOf("llama"));
  const model = new ScoringModel(config, pretrained, "cpu");
  const loaded = await model.under({ classifier: "language", labels: 0 }, { matrices: [], tensors: [] }, "none");
  const prompts = [3, 4, 5, 30].map((length): Prompt => ({ ids: Array.from({ length }, (_, i) => 5 + i) }));
  const settings: GenerationSettings = { ...DEFAULT_SETTINGS, longest: { allTokens: 32 } };
  const decoding = await loaded.decoding();
  const together = await generate(decoding, WITHOUT_TEXT, prompts, settings);
  for (const [i, prompt] of prompts.entries()) {
    const [alone] = await generate(decoding, WITHOUT_TEXT, [prompt], settings);
    assert.equal(alone!.ids.length, 32 - prompt.ids.length);
    assert.deepEqual(together[i]!.ids, alone!.ids, `prompt ${i}`);
  }
  await model.release();
  await pretrained.close();
});

test("texts with more tokens than the model has positions are refused", async (t) => {
  for (const name of ["gpt2", "bart"]) {
    const { config } = await familyReference(name);
    const pretrained = await openPretrained(folderOf(name));
    const model = new ScoringModel(config, pretrained, "cpu");
    t.after(() => model.release());
    const loaded = await model.under({ classifier: "language", labels: 0 }, { matrices: [], tensors: [] }, "none");
    const decoding = await loaded.decoding();
    const long = new Array<number>(config.positions + 1).fill(3);
    const prompt = name === "bart" ? { ids: [2], source: long } : { ids: long };
    await assert.rejects(
      decoding.start([prompt]),
      new RegExp(`has ${long.length} tokens, but the model has only ${config.positions} p`),
    );
    await pretrained.close();
  }
});

test("an adaptation's own weight is masked and read, wherever tensors are", async () => {
  const { config } = await familyReference("gpt2");
  const pretrained = await openPretrained(folderOf("gpt2"));
  const name = "h.1.mlp.c_fc";
  const { rows, columns } = allMatrices(config, { language: true, labels: 0 }).find((matrix) => matrix.name === name)!;
  const own = { name: `${name}.weight`, shape: [rows, columns], data: new Float32Array(rows * columns).fill(0.1) };
  const logitsOf = async (residence: "process" | "device", tensors: (typeof own)[]) => {
    const model = new ScoringModel(config, pretrained, "cpu", residence);
    const adapted = { matrices: [{ name, bits: fullBits(rows, columns) }], tensors };
    const loaded = await model.under({ classifier: "language", labels: 0 }, adapted, "none");
    const logits = await (await loaded.decoding()).start([{ ids: [3, 4, 5] }]);
    await model.release();
    return logits;
  };
  const here = await logitsOf("process", [own]);
  assert.deepEqual(await logitsOf("device", [own]), here);
  assert.notDeepEqual(await logitsOf("device", []), here);
  await pretrained.close();
});

// Generation by linear attention as a recurrence, against the same model that reads the whole text for each token.

import assert from "node:assert/strict";
import test from "node:test";
import { generate } from "../../../src/adaptation/generation/generate.ts";
import { DEFAULT_SETTINGS, type GenerationSettings } from "../../../src/adaptation/generation/settings.ts";
import type { LinearAttention } from "../../../src/anatomy/additions.ts";
import { Random } from "../../../src/data/random.ts";
import { addedTensors } from "../../../src/model/additions/additions.ts";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import type { NextToken, Prompt } from "../../../src/program/generation/next-token.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import { sizeOf } from "../../../src/tensor.ts";
import { familyReference, folderOf } from "../../model/family-reference.ts";
import { close } from "../close.ts";

const WITHOUT_TEXT = { decode: () => "" };
const PROMPTS = [3, 9, 5].map((length, i) => Array.from({ length }, (_, j) => 5 + ((7 * i + 3 * j) % 23)));

/** Reads all tokens of each row again for each new one. */
class Whole implements NextToken {
  readonly vocabulary: number;
  readonly positions: number;
  readonly #model: NextToken;
  #rows: readonly Prompt[] = [];

  constructor(model: NextToken) {
    this.#model = model;
    this.vocabulary = model.vocabulary;
    this.positions = model.positions;
  }

  start(prompts: readonly Prompt[]): Promise<Float32Array> {
    this.#rows = prompts;
    return this.#model.start(prompts);
  }

  advance(tokens: readonly number[], parents: readonly number[]): Promise<Float32Array> {
    return this.start(
      parents.map((parent, i) => ({ ...this.#rows[parent]!, ids: [...this.#rows[parent]!.ids, tokens[i]!] })),
    );
  }

  release(): void {
    this.#model.release();
  }
}

async function linear(name: string, linearAttention: LinearAttention) {
  const { config } = await familyReference(name);
  const pretrained = await openPretrained(folderOf(name));
  const model = new ScoringModel(config, pretrained, "cpu");
  const additions = { linearAttention };
  const tensors = addedTensors(config, additions).map(({ name, shape }) => {
    const random = new Random(3, name);
    return { name, shape, data: new Float32Array(sizeOf(shape)).map(() => random.normal()) };
  });
  const loaded = await model.under({ classifier: "language", labels: 0, additions }, { matrices: [], tensors }, "none");
  const prompts = PROMPTS.map(
    (ids): Prompt => (config.stacks === "encoder-decoder" ? { ids: [2], source: ids } : { ids }),
  );
  return {
    ...{ config, loaded, prompts },
    async release() {
      await model.release();
      await pretrained.close();
    },
  };
}

const TRANSFER = { transferSteps: 0, transferLearningRate: 0.01 };

for (const name of ["gpt2", "llama", "qwen3", "smollm", "bart"])
  for (const map of ["softmax", "relu"] as const)
    test(`${name}, map ${map}: greedy texts and beams are those of reading the whole text each time`, async () => {
      const { loaded, prompts, release } = await linear(name, { map, size: 6, ...TRANSFER });
      const newTokens = { longest: { newTokens: 14 } };
      const ways: GenerationSettings[] = [
        { ...DEFAULT_SETTINGS, ...newTokens },
        { ...DEFAULT_SETTINGS, ...newTokens, beams: 3 },
      ];
      for (const settings of ways) {
        const have = await generate(await loaded.decoding(), WITHOUT_TEXT, prompts, settings);
        const want = await generate(new Whole(await loaded.decoding()), WITHOUT_TEXT, prompts, settings);
        assert.deepEqual(
          have.map(({ ids, others }) => [ids, ...(others ?? []).map(({ ids }) => ids)]),
          want.map(({ ids, others }) => [ids, ...(others ?? []).map(({ ids }) => ids)]),
        );
      }
      const [own, whole] = [await loaded.decoding(), new Whole(await loaded.decoding())];
      for (const decoding of [own, whole]) await decoding.start(prompts);
      const [tokens, parents] = [
        [7, 8, 9, 10],
        [2, 0, 0, 1],
      ];
      for (let i = 0; i < 3; i++) {
        const [have, want] = [await own.advance(tokens, parents), await whole.advance(tokens, parents)];
        close(have, want, 2e-5, `logits after ${i + 1}`);
      }
      await release();
    });

test("what is remembered takes the same memory after one token and after sixty", async () => {
  const { loaded, release, config } = await linear("llama", { map: "softmax", ...TRANSFER });
  const decoding = await loaded.decoding();
  await decoding.start([{ ids: [3] }]);
  const features = 2 * config.headSize;
  assert.equal(decoding.bytes, 4 * config.layers * config.heads * features * (1 + config.headSize));
  const before = decoding.bytes;
  for (let token = 0; token < 60; token++) await decoding.advance([4], [0]);
  assert.equal(decoding.bytes, before);
  await release();
});

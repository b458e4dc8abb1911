// Scoring under adaptations over weights that are held once, against the program that training scores with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Batch } from "../../../src/data/batches.ts";
import { InputError } from "../../../src/errors.ts";
import { packBits } from "../../../src/mask/bits.ts";
import { type ModelConfig, parseConfig, readConfig } from "../../../src/model/config.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { openPretrained, PretrainedWeights } from "../../../src/model/weights/pretrained.ts";
import { fillWords, streamOf, uniform } from "../../../src/philox.ts";
import { layout } from "../../../src/program/layout.ts";
import { Program } from "../../../src/program/program.ts";
import { ScoringModel } from "../../../src/program/scoring-model.ts";
import type { Adapted } from "../../../src/program/trainable.ts";
import type { ClassifierShape } from "../../../src/recipe/recipe.ts";
import { decodeSafetensors } from "../../../src/safetensors.ts";
import { sizeOf } from "../../../src/tensor.ts";

const [SIZE, LENGTH] = [4, 8];

function drawn(name: string, count: number): Float32Array {
  const words = new Uint32Array(count);
  fillWords(words, 7, streamOf(name));
  return Float32Array.from(words, (word) => uniform(word) - 0.5);
}

const batch: Batch = {
  ...{ size: SIZE, rows: SIZE, choices: 1, length: LENGTH, index: [0, 1, 2, 3] },
  ids: BigInt64Array.from({ length: SIZE * LENGTH }, (_, i) => BigInt(5 + ((i * 37) % 50))),
  typeIds: new BigInt64Array(SIZE * LENGTH),
  attention: Float32Array.from({ length: SIZE * LENGTH }, (_, i) => Number(i % LENGTH < 6)),
  targets: new BigInt64Array(SIZE),
};

/** A mask over every matrix, with the tensors that the pretrained weights do not hold in the classifier's shapes. */
function maskOf(config: ModelConfig, pretrained: PretrainedWeights, shape: ClassifierShape, seed: string): Adapted {
  const matrices = allMatrices(config, { tagging: shape.classifier === "token", labels: shape.labels });
  return {
    matrices: matrices.map(({ name, rows, columns }) => ({
      name,
      bits: packBits(drawn(seed + name, rows * columns), rows, columns, -0.3),
    })),
    tensors: layout(config, shape)
      .filter(({ name, shape }) => pretrained.tensors.get(name)?.shape.join() !== shape.join())
      .map(({ name, shape }) => ({ name, shape, data: drawn(name, sizeOf(shape)) })),
  };
}

/** The same adaptation's logits as training computes them. */
async function expected(config: ModelConfig, pretrained: PretrainedWeights, shape: ClassifierShape, adapted: Adapted) {
  const program = await Program.create(config, pretrained, {
    ...{ ...shape, binarizer: "threshold", threshold: 0, trained: [], dropout: 0, dropoutSeed: 0, steered: false },
    matrices: allMatrices(config, { tagging: shape.classifier === "token", labels: shape.labels }),
    initialScores: (_, weights) => new Float32Array(weights.length),
    own: (name, shape) =>
      pretrained.tensors.get(name)?.shape.join() === shape.join() ? undefined : new Float32Array(sizeOf(shape)),
    device: "cpu",
  });
  program.adapt(adapted);
  const logits = await program.logits(batch);
  await program.release();
  return logits;
}

function near(have: Float32Array, want: Float32Array): void {
  assert.equal(have.length, want.length);
  assert.ok(want.some((x) => Math.abs(x) > 1e-3));
  want.forEach((x, i) => {
    assert.ok(Math.abs(have[i]! - x) <= 1e-5 * Math.max(1, Math.abs(x)), `${have[i]} for ${x}`);
  });
}

for (const family of ["bert", "roberta", "distilbert"])
  test(`${family}: masks of two tasks over one model score in turn as each does by itself`, async () => {
    const folder = `test/fixtures/models/tiny-${family}`;
    const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
    const model = new ScoringModel(config, pretrained, "cpu");
    const there = new ScoringModel(config, pretrained, "cpu", "device");
    const shapes: ClassifierShape[] = [
      { classifier: "sequence", labels: 2 },
      { classifier: "token", labels: 5 },
    ];
    const tasks = await Promise.all(
      shapes.map(async (shape) => {
        const adapted = maskOf(config, pretrained, shape, shape.classifier);
        const want = await expected(config, pretrained, shape, adapted);
        const [scorer, onDevice] = [
          await model.under(shape, adapted, "a.mask.safetensors"),
          await there.under(shape, adapted, "a.mask.safetensors"),
        ];
        return { want, scorer, onDevice };
      }),
    );
    for (const { scorer, onDevice, want } of [...tasks, ...tasks]) {
      const logits = await scorer.logits(batch);
      near(logits, want);
      assert.deepEqual(await onDevice.logits(batch), logits, "in a device's memory, the same bits");
    }
    for (const { onDevice } of tasks) onDevice.release();
    await Promise.all([model.release(), there.release()]);
    await pretrained.close();
  });

test("rows that end within a byte are masked to their last weight", async () => {
  const config = parseConfig(
    {
      ...{ model_type: "bert", vocab_size: 60, hidden_size: 12, num_hidden_layers: 2, type_vocab_size: 2 },
      ...{ num_attention_heads: 2, intermediate_size: 20, max_position_embeddings: 16 },
    },
    "test",
  );
  const pretrained = new PretrainedWeights("test", new Map(), new Map());
  const shape: ClassifierShape = { classifier: "sequence", labels: 3 };
  const adapted = maskOf(config, pretrained, shape, "odd");
  const model = new ScoringModel(config, pretrained, "cpu");
  const scorer = await model.under(shape, adapted, "a.mask.safetensors");
  near(await scorer.logits(batch), await expected(config, pretrained, shape, adapted));
  await model.release();
});

test("a tensor that neither the file nor the model holds is named", async () => {
  const folder = "test/fixtures/models/tiny-bert";
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const model = new ScoringModel(config, pretrained, "cpu");
  await assert.rejects(
    model.under({ classifier: "sequence", labels: 9 }, { matrices: [], tensors: [] }, "a.mask.safetensors"),
    (error) => error instanceof InputError && /classifier\.weight of shape 9 × /.test(error.message),
  );
  await pretrained.close();
});

test("RoBERTa leaves a padding token that stands in a text out of its positions, as transformers does", async () => {
  const folder = "test/fixtures/models/tiny-roberta";
  const bytes = new Uint8Array(readFileSync(`${folder}/padding.safetensors`));
  const { header, bytesOf } = decodeSafetensors(bytes, "padding.safetensors");
  const [size, length] = header.entries.get("input_ids")!.shape as [number, number];
  const numbers = (name: string) => new BigInt64Array(bytesOf(name).slice().buffer);
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const model = new ScoringModel(config, pretrained, "cpu");
  const scorer = await model.under({ classifier: "sequence", labels: 3 }, { matrices: [], tensors: [] }, folder);
  const logits = await scorer.logits({
    ...{ size, rows: size, choices: 1, length, index: [0, 1, 2, 3] },
    ids: numbers("input_ids"),
    typeIds: new BigInt64Array(size * length),
    attention: Float32Array.from(numbers("attention_mask"), Number),
    targets: new BigInt64Array(size),
  });
  near(logits, new Float32Array(bytesOf("logits").slice().buffer));
  await model.release();
  await pretrained.close();
});

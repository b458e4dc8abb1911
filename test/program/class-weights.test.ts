// Class weights in the loss against scikit-learn's and PyTorch's (test/fixtures/train/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Batch } from "../../src/data/batches.ts";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { balancedWeights, weightOf } from "../../src/program/feeds.ts";
import { Program } from "../../src/program/program.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";

const FOLDER = "test/fixtures/models/tiny-bert";
const { classWeights } = JSON.parse(readFileSync("test/fixtures/train/expected.json", "utf8")) as {
  classWeights: { counts: number[]; balanced: number[]; loss: number };
};

/** The reference's ten rows as one batch, or as two of five. */
function batches(parts: number): Batch[] {
  const { header, bytesOf } = decodeSafetensors(
    new Uint8Array(readFileSync(`${FOLDER}/forward.safetensors`)),
    "forward",
  );
  const [rows, length] = header.entries.get("input_ids")!.shape as [number, number];
  const numbers = (name: string) => new BigInt64Array(bytesOf(name).slice().buffer);
  const size = rows / parts;
  return Array.from({ length: parts }, (_, part): Batch => {
    const some = (all: BigInt64Array, width: number) => all.slice(part * size * width, (part + 1) * size * width);
    return {
      ...{ size, rows: size, choices: 1, length, index: [...Array(size).keys()] },
      ids: some(numbers("input_ids"), length),
      typeIds: some(numbers("token_type_ids"), length),
      attention: Float32Array.from(some(numbers("attention_mask"), length), Number),
      targets: some(numbers("labels"), 1),
    };
  });
}

test("balanced weights are scikit-learn's", () => {
  balancedWeights(classWeights.counts).forEach((weight, label) => {
    assert.ok(Math.abs(weight - classWeights.balanced[label]!) < 1e-12);
  });
  assert.deepEqual(balancedWeights([4, 0]), [0.5, 1]);
});

test("the weights of a step's labels add up to 1, places without a label left out", () => {
  const weight = weightOf([{ targets: BigInt64Array.of(0n, 1n, -1n) }, { targets: BigInt64Array.of(1n) }], [1, 3]);
  assert.deepEqual([weight(0), weight(1)], [1 / 7, 3 / 7]);
  assert.equal(weightOf([{ targets: BigInt64Array.of(0n, 1n) }])(1), 0.5);
});

test("the weighted loss of a step is PyTorch's, in one batch and accumulated over two", async () => {
  const config = await readConfig(FOLDER);
  const pretrained = await openPretrained(FOLDER);
  for (const parts of [1, 2]) {
    const program = await Program.create(config, pretrained, {
      ...{ classifier: "sequence", labels: 3, matrices: [], trained: ["classifier.weight"] },
      ...{ binarizer: "threshold", threshold: 0.01, dropout: 0, dropoutSeed: 1, steered: false },
      ...{ device: "cpu", classWeights: classWeights.balanced },
      own: () => undefined,
      initialScores: () => new Float32Array(),
    });
    const { loss } = program.vectors
      ? await vectorStep(program, batches(parts))
      : await program.step(batches(parts), { step: 1, learningRate: 1e-3 });
    assert.ok(Math.abs(loss - classWeights.loss) < 1e-5 * classWeights.loss, `${loss} for ${classWeights.loss}`);
    await program.release();
  }
  await pretrained.close();
});

/** The same step over vectors that are encoded once. */
async function vectorStep(program: Program, rows: Batch[]) {
  const width = 32;
  const encoded = [];
  for (const batch of rows) {
    const vectors = (await program.vectors!.encode(batch)).slice(0, batch.size * width);
    encoded.push({ size: batch.size, rows: batch.rows, vectors, targets: batch.targets, index: batch.index });
  }
  return program.vectors!.step(encoded, { step: 1, learningRate: 1e-3 });
}

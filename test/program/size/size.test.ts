// The memory of training, counted from headers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addedTensors } from "../../../src/model/additions/additions.ts";
import { parseConfig, readConfig } from "../../../src/model/config.ts";
import { allMatrices } from "../../../src/model/names.ts";
import { openPretrained, PretrainedWeights } from "../../../src/model/weights/pretrained.ts";
import { layout } from "../../../src/program/layout.ts";
import type { ProgramOptions } from "../../../src/program/planned.ts";
import { trainingSize } from "../../../src/program/size.ts";
import { sizeOf } from "../../../src/tensor.ts";

const FOLDER = "test/fixtures/models/tiny-bert";

test("training takes weights, scores and moments by their number, and activations by the size of the batch", async () => {
  const [config, pretrained] = [await readConfig(FOLDER), await openPretrained(FOLDER)];
  const matrices = allMatrices(config, { labels: 2 });
  const options: ProgramOptions = {
    ...{ classifier: "sequence", labels: 2, matrices, trained: [], binarizer: "threshold", threshold: 0.01 },
    initialScores: () => assert.fail("no scores are drawn"),
    own: () => undefined,
    ...{ dropout: 0, dropoutSeed: 3, steered: false, device: "cpu" },
  };
  const all = layout(config, { classifier: "sequence", labels: 2 });
  const weights = 4 * all.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const scores = 4 * matrices.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const of = (given: Partial<ProgramOptions>, size: number, accumulate = 1) =>
    trainingSize(config, pretrained, { ...options, ...given }, { largest: { size, length: 8 }, accumulate });
  const small = of({}, 4);
  const { activations, ...parts } = small;
  assert.deepEqual(parts, { weights, scores, moments: 2 * scores, gradients: 0, kept: 0, random: 0 });
  const larger = of({}, 64).activations;
  assert.ok(larger > 2 * activations && larger < 16 * activations, `${activations}, ${larger}`);

  assert.equal(of({}, 4, 2).gradients, scores, "one gradient for each score");
  assert.equal(of({ scoreAverage: 0.99 }, 4).scores, 2 * scores);
  assert.equal(of({ dropout: 0.1 }, 4).random, 2 ** 26, "a table");
  const { heads } = config;
  const [fits, exceeds] = [2 ** 23 / (heads * 8 * 8), 2 ** 23 / (heads * 8 * 8) + 1];
  assert.equal(of({ dropout: 0.1 }, fits).random, 2 ** 26, "half of it for attention");
  assert.equal(of({ dropout: 0.1 }, exceeds).random, 2 ** 27, "twice as long");

  const tuned = of({ matrices: [], trained: matrices.map(({ name }) => `${name}.weight`) }, 4);
  assert.deepEqual([tuned.scores, tuned.moments, tuned.kept], [0, 2 * scores, scores]);
  assert.ok(tuned.gradients > 0 && tuned.gradients <= scores, "a second copy of what is read until the end");

  const linear = (transferSteps: number) => {
    const linearAttention = { map: "softmax", transferSteps, transferLearningRate: 0.01 } as const;
    const trained = addedTensors(config, { linearAttention }).map(({ name }) => name);
    return of({ additions: { linearAttention }, matrices: [], trained }, 64).activations;
  };
  assert.ok(linear(1) > linear(0), `the stage before the run: ${linear(1)}, ${linear(0)}`);

  const { activations: none, ...rest } = trainingSize(config, pretrained, options, { accumulate: 1 });
  assert.deepEqual([none, rest], [0, parts]);
  await pretrained.close();
});

test("a step over a large vocabulary holds two arrays of the size of its logits", () => {
  const vocabulary = 50_000;
  const config = parseConfig(
    {
      ...{ model_type: "llama", vocab_size: vocabulary, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 },
      ...{ intermediate_size: 32, max_position_embeddings: 64, tie_word_embeddings: true },
    },
    "m/config.json",
  );
  const options: ProgramOptions = {
    ...{ classifier: "language", labels: 0, matrices: allMatrices(config, { language: true, labels: 0 }), trained: [] },
    ...{ binarizer: "threshold", threshold: 0.01, initialScores: () => assert.fail("no scores are drawn") },
    ...{ own: () => undefined, dropout: 0, dropoutSeed: 3, steered: false, device: "cpu" },
  };
  const none = new PretrainedWeights("none", new Map(), new Map());
  const largest = { size: 4, length: 32 };
  const logits = 4 * vocabulary * largest.size * largest.length;
  const { activations } = trainingSize(config, none, options, { largest, accumulate: 1 });
  assert.ok(activations > 2 * logits && activations < 2.1 * logits, `${activations / logits}`);
});

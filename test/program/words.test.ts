// A classifier of label words, against PyTorch's ten steps (test/fixtures/models/words.py).

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { Program } from "../../src/program/program.ts";
import { startOfClassifier } from "../../src/program/stored-classifier.ts";
import { close } from "./close.ts";
import { maskedMatrices, referenceBatch } from "./reference-program.ts";
import { FAMILIES, maskedReference, tensors } from "./ten-steps.ts";
import { wordsModel } from "./words-model.ts";

for (const family of FAMILIES)
  test(`${family}: ten masked steps under the head of the masked language model give PyTorch's losses and logits`, async () => {
    const folder = wordsModel(family);
    const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
    const [{ start }, want] = [await maskedReference(family), await tensors(family, "words")];
    const shape = { classifier: "sequence", labels: 3, words: true } as const;
    const head = await startOfClassifier(pretrained, config, {
      ...{ ...shape, rowNames: ["a", "b", "c"], stored: "by-name", seed: 1, wordIds: [10, 20, 30] },
    });
    const program = await Program.create(config, pretrained, {
      ...{ ...shape, trained: [], binarizer: "threshold", threshold: 0.01 },
      matrices: (await maskedMatrices(family)).filter(({ layer }) => layer !== null),
      initialScores: ({ name }) => start.get(name)!.data as Float32Array,
      own: (name) => head.tensors.get(name),
      ...{ dropout: 0, dropoutSeed: 1, steered: false, device: "cpu" },
    });
    await pretrained.close();
    rmSync(folder, { recursive: true });
    const batch = await referenceBatch(family);
    const losses: number[] = [];
    for (let step = 1; step <= 10; step++)
      losses.push((await program.step([batch], { step, learningRate: 1e-2 })).loss);
    close(losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
    close(await program.logits(batch), want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
    assert.deepEqual(want.left, []);
    await program.release();
  });

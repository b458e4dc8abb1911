// A classifier of label words, against PyTorch's ten steps (test/fixtures/models/words.py).

import { rmSync } from "node:fs";
import { test } from "node:test";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { startOfClassifier } from "../../src/program/stored-classifier.ts";
import { assertTenSteps, maskedMatrices, referenceProgram } from "./reference-program.ts";
import { FAMILIES, maskedReference } from "./ten-steps.ts";
import { wordsModel } from "./words-model.ts";

for (const family of FAMILIES)
  test(`${family}: ten masked steps under the head of the masked language model give PyTorch's losses and logits`, async () => {
    const folder = wordsModel(family);
    const pretrained = await openPretrained(folder);
    const shape = { classifier: "sequence", labels: 3, words: true } as const;
    const head = await startOfClassifier(pretrained, await readConfig(folder), {
      ...{ ...shape, rowNames: ["a", "b", "c"], stored: "by-name", seed: 1, wordIds: [10, 20, 30] },
    });
    await pretrained.close();
    const { start } = await maskedReference(family);
    const options = {
      ...{ ...shape, trained: [] },
      matrices: (await maskedMatrices(family)).filter(({ layer }) => layer !== null),
      initialScores: ({ name }: { readonly name: string }) => start.get(name)!.data as Float32Array,
      own: (name: string) => head.tensors.get(name),
    };
    const program = await referenceProgram(family, options, folder);
    rmSync(folder, { recursive: true });
    await assertTenSteps(program, family, "words");
    await program.release();
  });

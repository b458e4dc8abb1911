// A classifier of the mean of all tokens, against PyTorch's ten steps (test/fixtures/models/pooling.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluationBatches } from "../../src/data/batches.ts";
import { readConfig } from "../../src/model/config.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { layout } from "../../src/program/layout.ts";
import { ScoringModel } from "../../src/program/scoring-model.ts";
import { type ClassifierShape, classifierOf, readOf } from "../../src/recipe/recipe.ts";
import { sizeOf } from "../../src/tensor.ts";
import { folderOf } from "../model/family-reference.ts";
import { close } from "./close.ts";
import { assertTenSteps, maskedMatrices, referenceProgram } from "./reference-program.ts";
import { FAMILIES, maskedReference } from "./ten-steps.ts";

for (const family of FAMILIES)
  test(`${family}: ten masked steps under the mean of all tokens give PyTorch's losses and logits`, async () => {
    const { start } = await maskedReference(family);
    const program = await referenceProgram(family, {
      ...{ matrices: await maskedMatrices(family), trained: [], pooling: "mean" },
      initialScores: ({ name }) => start.get(name)!.data as Float32Array,
    });
    await assertTenSteps(program, family, "pooling");
    await program.release();
  });

test("a decoder's classifier reads the last token unless another pooling is chosen", async () => {
  const [folder, width] = [folderOf("llama"), 4];
  const config = await readConfig(folder);
  const pretrained = await openPretrained(folder);
  const model = new ScoringModel(config, pretrained, "cpu");
  const lengths = [4, 3];
  const encoded = lengths.map((length, example) => {
    const ids = Array.from({ length }, (_, i) => 5 + i + example);
    return { sequences: [{ ids, typeIds: ids.map(() => 0) }], target: 0, cut: false, unscored: [], example };
  });
  const [batch] = evaluationBatches(encoded, { size: 2, buckets: [width], padId: config.padId, segments: 0 });
  const places = batch!.index;
  const vectors = async (shape: ClassifierShape) => {
    const tensors = layout(config, shape)
      .filter(({ name }) => !pretrained.tensors.has(name))
      .map(({ name, shape }) => ({ name, shape: [...shape], data: new Float32Array(sizeOf(shape)) }));
    return (await model.under(shape, { matrices: [], tensors }, "none")).vectors(batch!);
  };
  const all = await vectors({ classifier: "token", labels: 2 });
  const at = (row: number, token: number) =>
    all.subarray((row * width + token) * config.hiddenSize, (row * width + token + 1) * config.hiddenSize);
  const wanted = {
    first: (row: number) => at(row, 0),
    last: (row: number) => at(row, lengths[places[row]!]! - 1),
    mean: (row: number) =>
      at(row, 0).map((_, i) => {
        const own = Array.from({ length: lengths[places[row]!]! }, (_, token) => at(row, token)[i]!);
        return own.reduce((sum, x) => sum + x, 0) / own.length;
      }),
  };
  for (const pooling of ["first", "last", "mean", "own"] as const) {
    const found = await vectors(classifierOf("sentence", 2, { pooling }));
    const rows = [0, 1].map(wanted[pooling === "own" ? "last" : pooling]);
    close(found, Float32Array.from(rows.flatMap((row) => [...row])), 1e-5, pooling);
  }
  await model.release();
  await pretrained.close();
});

test("a pooling that is chosen replaces the one in the model's config", () => {
  const modernbert = { stacks: "encoder", pools: "mean" } as const;
  const reads = (pooling: "own" | "first" | "last" | "mean") =>
    readOf(classifierOf("sentence", 2, { pooling }), modernbert);
  assert.deepEqual((["own", "first", "last", "mean"] as const).map(reads), ["mean", "first", "last", "mean"]);
});

// One score for each attention head and each neuron, against PyTorch's gates on outputs of heads and on activations of neurons
// (test/fixtures/models/units.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { keptShare, scopeOf, type TopK } from "../../src/recipe/top-k.ts";
import { close } from "./close.ts";
import { maskedMatrices, referenceBatch, referenceProgram } from "./reference-program.ts";
import { FAMILIES, tensors } from "./ten-steps.ts";

/** As in units.py. */
const TOP_K: TopK = { share: 0.4, scope: "kind", schedule: "cubic", hold: 0.3 };
const [HEADS, STEPS] = [4, 10];

for (const family of FAMILIES)
  for (const [residence, parts] of [
    ["process", 1],
    ["process", 2],
    ["device", 1],
    ["device", 2],
  ] as const)
    test(`${family}: ten steps with the highest gates of heads and neurons give PyTorch's losses, scores and logits (${residence}, batches a step: ${parts})`, async () => {
      const want = await tensors(family, "units");
      const values = (name: string) => want.get(name)!.data as Float32Array;
      const matrices = (await maskedMatrices(family)).filter(({ layer }) => layer !== null);
      const create = () =>
        referenceProgram(family, {
          ...{ matrices, heads: HEADS, trained: [], residence, scorePenalty: 20 },
          initialScores: ({ name }) => values(`scores.0.${name}`),
          scopeOf: (matrix) => scopeOf(TOP_K, matrix),
        });
      let program = await create();
      const batch = await referenceBatch(family);
      const batches = Array<typeof batch>(parts).fill(batch); // the same rows twice have the same mean
      const losses: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        await program.prune(keptShare(TOP_K, { step, steps: STEPS }));
        losses.push((await program.step(batches, { step: step + 1, learningRate: 1e-2 })).loss);
        if (step !== 5) continue;
        const resumed = await create();
        resumed.restore(await program.state());
        await program.release();
        program = resumed;
      }
      await program.prune(keptShare(TOP_K, { step: STEPS, steps: STEPS }));
      close(losses, values("losses"), 1e-5, "loss");
      close(await program.logits(batch), values("logits.10"), 1e-5, "logits");

      const state = await program.state();
      const { matrices: trained } = await program.adaptation();
      assert.deepEqual(
        trained.map(({ name }) => name),
        matrices.map(({ name }) => name),
      );
      let [kept, all] = [0, 0];
      for (const { name, kind, rows, columns, scores, threshold } of trained) {
        const isByColumn = kind === "AO" || kind === "O";
        const units = kind === "I" || kind === "O" ? (isByColumn ? columns : rows) : HEADS;
        const width = (isByColumn ? columns : rows) / units;
        const unit = (i: number) => Math.floor((isByColumn ? i % columns : Math.floor(i / columns)) / width);
        const output = trained.find(
          (one) =>
            one.layer === trained.find((of) => of.name === name)!.layer && one.kind === (units === HEADS ? "AO" : "O"),
        )!;
        const reference = values(`scores.10.${output.name}`);
        assert.equal(state.has(`scores.${name}.weight`), isByColumn, "one array of scores for all matrices of a unit");
        if (isByColumn) close(state.get(`scores.${name}.weight`)!, reference, 1e-3, name);
        close([threshold], values(`least.${output.name}`), 1e-4, `threshold of ${name}`);
        close(
          scores,
          Float32Array.from(scores, (_, i) => reference[unit(i)]!),
          1e-3,
          name,
        );
        kept += scores.filter((score) => score > threshold).length;
        all += scores.length;
      }
      assert.equal(program.sparsity(), 1 - kept / all);
      await program.release();
    });

// Masks that keep a share of the highest scores, of weights and of whole heads and neurons, against PyTorch's ten steps
// (test/fixtures/models/top_k.py and units.py) and a sort.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../../src/model/names.ts";
import { highest, ThresholdSearch } from "../../src/program/top-k.ts";
import { keptShare, scopeOf, type TopK } from "../../src/recipe/top-k.ts";
import { close } from "./close.ts";
import { maskedMatrices, referenceBatch, referenceProgram } from "./reference-program.ts";
import { FAMILIES, maskedReference, tensors } from "./ten-steps.ts";
import { drawn } from "./tiny.ts";

/** As in top_k.py and units.py. */
const TOP_K: TopK = { share: 0.4, scope: "kind", schedule: "cubic", hold: 0.3 };
const STEPS = 10;
const PENALTY = 20;
/** Of the tiny models. */
const HEADS = 4;

for (const family of FAMILIES)
  for (const residence of ["process", "device"] as const)
    test(`${family}: ten steps with the highest scores of each kind give PyTorch's losses, scores and logits (${residence})`, async () => {
      const [{ start, masked }, want] = [await maskedReference(family), await tensors(family, "top-k")];
      const program = await referenceProgram(family, {
        ...{ matrices: await maskedMatrices(family), trained: [], residence },
        initialScores: ({ name }) => start.get(name)!.data as Float32Array,
        scopeOf: (matrix) => scopeOf(TOP_K, matrix),
        scorePenalty: PENALTY,
      });
      const batch = await referenceBatch(family);
      const losses: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        await program.prune(keptShare(TOP_K, { step, steps: STEPS }));
        losses.push((await program.step([batch], { step: step + 1, learningRate: 1e-2 })).loss);
      }
      await program.prune(keptShare(TOP_K, { step: STEPS, steps: STEPS }));
      close(losses, want.get("losses")!.data as Float32Array, 1e-5, "loss");
      close(await program.logits(batch), want.get("logits.10")!.data as Float32Array, 1e-5, "logits");
      const { matrices: trained } = await program.adaptation();
      assert.equal(trained.length, masked.size);
      let kept = 0;
      for (const { name, scores, threshold } of trained) {
        close(scores, want.get(`scores.10.${name}`)!.data as Float32Array, 1e-3, name);
        close([threshold], want.get(`least.${name}`)!.data as Float32Array, 1e-4, `threshold of ${name}`);
        kept += scores.filter((score) => score > threshold).length;
      }
      const all = trained.reduce((sum, { scores }) => sum + scores.length, 0);
      assert.equal(program.sparsity(), 1 - kept / all);
      assert.ok(Math.abs(kept / all - 0.4) < 0.001, `${kept} of ${all}`);
      assert.deepEqual(want.left, []);
      await program.release();
    });

for (const family of FAMILIES)
  for (const [residence, parts] of [
    ["process", 1],
    ["device", 2],
  ] as const)
    test(`${family}: ten steps with the highest gates of heads and neurons give PyTorch's losses, scores and logits (${residence}, batches a step: ${parts})`, async () => {
      const want = await tensors(family, "units");
      const values = (name: string) => want.get(name)!.data as Float32Array;
      const matrices = (await maskedMatrices(family)).filter(({ layer }) => layer !== null);
      const create = () =>
        referenceProgram(family, {
          ...{ matrices, heads: HEADS, trained: [], residence, scorePenalty: PENALTY },
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
        if (step === 0) assertGradients(await program.state(), values, matrices);
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
      for (const { name, layer, kind, rows, columns, scores, threshold } of trained) {
        const isByColumn = kind === "AO" || kind === "O";
        const units = kind === "I" || kind === "O" ? (isByColumn ? columns : rows) : HEADS;
        const width = (isByColumn ? columns : rows) / units;
        const unit = (i: number) => Math.floor((isByColumn ? i % columns : Math.floor(i / columns)) / width);
        const output = trained.find((one) => one.layer === layer && one.kind === (units === HEADS ? "AO" : "O"))!;
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

/** After the first step, Adam's first moment is the gradient: that of the cross entropy and that of the penalty. */
function assertGradients(
  state: ReadonlyMap<string, Float32Array>,
  values: (name: string) => Float32Array,
  matrices: readonly Matrix[],
) {
  const outputs = matrices.filter(({ kind }) => kind === "AO" || kind === "O").map(({ name }) => name);
  const all = outputs.reduce((sum, name) => sum + values(`scores.0.${name}`).length, 0);
  for (const name of outputs) {
    const [scores, gradient] = [values(`scores.0.${name}`), values(`grad.0.${name}`)];
    const p = scores.map((score) => 1 / (1 + Math.exp(-score)));
    const wanted = gradient.map((slope, i) => slope + (PENALTY * p[i]! * (1 - p[i]!)) / all);
    close(state.get(`first.${name}.weight`)!, wanted, 1e-4, `gradient of ${name}`);
  }
}

test("the highest values are those that sorting gives, whatever their signs, and values equal to the lowest of them count too", () => {
  const drawnValues = drawn("values", 5000).map((u, i) => (u - 0.5) * 10 ** ((i % 9) - 6));
  const values = [drawnValues.subarray(0, 1000), drawnValues.subarray(1000)];
  const sorted = drawnValues.toSorted((a, b) => b - a);
  for (const wanted of [1, 2, 17, 2500, 2501, 4999, 5000]) {
    const { threshold, kept } = highest(values, wanted);
    assert.equal(kept, wanted);
    assert.ok(threshold < sorted[wanted - 1]!);
    if (wanted < 5000) assert.ok(threshold >= sorted[wanted]!);
  }
  const ties = Float32Array.of(1, -2, 3, 1, 1, -0, 0, 3);
  assert.deepEqual(highest([ties], 2), { threshold: below(3), kept: 2 });
  assert.deepEqual(highest([ties], 3), { threshold: below(1), kept: 5 });
  assert.equal(highest([ties], 8).threshold < -2, true);
  const { threshold, kept } = highest([ties], 6);
  assert.equal(kept, 7); // 0 and −0
  assert.ok(threshold < 0 && threshold > -1e-37, `${threshold}`);
});

test("a search that goes on from the last threshold finds what a search everywhere finds", () => {
  const search = new ThresholdSearch();
  const values = drawn("scores", 20_000).map((u) => 0.6 * u - 0.02);
  const arrays = [values.subarray(0, 7000), values.subarray(7000)];
  for (let step = 0; step < 40; step++) {
    const moves = drawn(`step ${step}`, values.length);
    for (let i = 0; i < values.length; i++) values[i]! += (step === 20 ? 1 : 0.004) * (moves[i]! - 0.4);
    if (step % 5 === 0) values.fill(values[1]!, 0, 500); // ties
    const wanted = Math.round(values.length * (1 - step / 50));
    assert.deepEqual(search.find(arrays, wanted), highest(arrays, wanted), `step ${step}`);
  }
});

function below(value: number): number {
  const cell = Float32Array.of(value);
  new Uint32Array(cell.buffer)[0]! -= 1;
  return cell[0]!;
}

// The state in a device's memory, which on the CPU is ours: the same bits as in the process's own arrays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packBits } from "../../src/mask/bits.ts";
import type { Program } from "../../src/program/program.ts";
import { batchOf, tinyProgram } from "./tiny.ts";

const at = (step: number) => ({ step, learningRate: 0.01 });

async function assertAlike(have: Program, want: Program): Promise<void> {
  const [state, wanted] = [await have.state(), await want.state()];
  assert.ok(wanted.size > 20);
  assert.deepEqual([...state.keys()], [...wanted.keys()]);
  for (const [name, array] of wanted) assert.deepEqual(state.get(name), array, name);
}

for (const method of ["mask", "finetune"] as const)
  test(`${method}: steps, sums of gradients, evaluations and a resumed run on a device give the bits that they give here`, async () => {
    const [here, there] = [await tinyProgram(method), await tinyProgram(method, { residence: "device" })];
    const both = [here, there];
    // 1. Steps of two shapes; after 64 the random numbers are drawn anew.
    for (let step = 1; step <= 66; step++) {
      const batch = batchOf(step, { size: 4, length: step % 2 ? 8 : 6 });
      const [want, have] = [await here.step([batch], at(step)), await there.step([batch], at(step))];
      assert.deepEqual(have, want, `step ${step}`);
      assert.equal(there.sparsity(), here.sparsity());
    }
    await assertAlike(there, here);
    // 2. A step over several batches, twice: the sums begin at zero each time.
    for (const step of [67, 68]) {
      const batches = [batchOf(step), batchOf(step + 100), batchOf(step + 200)];
      const [want, have] = [await here.step(batches, at(step)), await there.step(batches, at(step))];
      assert.deepEqual(have, want, `step ${step}`);
    }
    // 3. Evaluation of the state as it is there.
    const [want, have] = [await here.logits(batchOf(1)), await there.logits(batchOf(1))];
    assert.deepEqual(have, want);
    await assertAlike(there, here);
    // 4. A run that resumes from this state in a new process.
    const resumed = await tinyProgram(method, { residence: "device" });
    resumed.restore(await there.state());
    for (const program of [here, resumed]) await program.step([batchOf(69)], at(69));
    await assertAlike(resumed, here);
    // 5. An adaptation in the place of what was trained.
    const { matrices, tensors } = await here.adaptation();
    const masks = matrices.map(({ name, rows, columns, scores }) => ({
      ...{ name, bits: packBits(scores, rows, columns, 0.3) },
    }));
    for (const program of both) program.adapt({ matrices: masks, tensors });
    assert.deepEqual(await there.logits(batchOf(2)), await here.logits(batchOf(2)));
    for (const program of [...both, resumed]) await program.release();
  });

test("on a device the values are copied once, and come back only when they are asked for", async () => {
  const program = await tinyProgram("mask", { dropout: 0, residence: "device" });
  const [, before] = [...(await program.state())].find(([name]) => name.startsWith("scores."))!;
  const copy = before.slice();
  for (let step = 1; step <= 3; step++) await program.step([batchOf(step)], at(step));
  assert.deepEqual(before, copy, "a step writes nothing here");
  await program.state();
  assert.notDeepEqual(before, copy);
  await program.release();
});

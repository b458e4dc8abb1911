// Steps that are interrupted at random moments: the state is that of a whole step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/data/random.ts";
import { Interrupted } from "../../src/runtime/interruption.ts";
import { batchOf, tinyProgram } from "./tiny.ts";

const STEPS = 6;
const MOMENTS = 30;

for (const method of ["mask", "finetune"] as const)
  test(`${method}: ${MOMENTS} steps that are interrupted at random moments leave the state of a whole step`, async (t) => {
    const batches = Array.from({ length: STEPS }, (_, i) => batchOf(i + 1, { size: 32, length: 32 }));
    const at = (i: number) => ({ step: i + 1, learningRate: 0.01 });
    const copy = (state: Map<string, Float32Array>) =>
      new Map([...state].map(([name, array]) => [name, array.slice()]));

    // 1. The states after each step, and how long the steps take.
    const whole = await tinyProgram(method, { dropout: 0 });
    const states = [copy(await whole.state())];
    let start = performance.now();
    for (const [i, batch] of batches.entries()) {
      await whole.step([batch], at(i));
      if (i === 0) start = performance.now(); // the first step compiles
      states.push(copy(await whole.state()));
    }
    const took = performance.now() - start;
    await whole.release();

    // 2. Interruptions; the signal ends a program for good, so each needs another one.
    const random = new Random(1, "moments");
    let [interrupted, torn, range] = [0, 0, took];
    for (let i = 0; i < MOMENTS; i++) {
      const controller = new AbortController();
      const program = await tinyProgram(method, { dropout: 0, signal: controller.signal });
      let done = 0;
      await program.step([batches[0]!], at(0));
      const timer = setTimeout(() => controller.abort(), random.uniform() * range);
      try {
        for (done = 1; done < STEPS; done++) await program.step([batches[done]!], at(done));
        range *= 0.8; // the steps are faster now than when they were measured
      } catch (error) {
        assert.ok(error instanceof Interrupted, String(error));
        interrupted++;
        if (error.isTorn) {
          torn++; // said, so the state is not used
          await program.release();
          continue;
        }
      } finally {
        clearTimeout(timer);
      }
      const state = await program.state();
      for (const [name, array] of states[done]!)
        assert.deepEqual(state.get(name), array, `${name} after ${done} steps`);
      await program.release();
    }
    t.diagnostic(`${interrupted} of ${MOMENTS} were interrupted, ${torn} while they began to write`);
    assert.ok(interrupted > MOMENTS / 4, `only ${interrupted} of ${MOMENTS} were interrupted`);
  });

test("a step over several batches is interrupted while it sums gradients, and its state is that before it", async () => {
  const batches = Array.from({ length: 8 }, (_, i) => batchOf(i, { size: 16, length: 32 }));
  const controller = new AbortController();
  const program = await tinyProgram("mask", { dropout: 0, signal: controller.signal });
  await program.step(batches.slice(0, 2), { step: 1, learningRate: 0.01 }); // compiles
  const before = new Map([...(await program.state())].map(([name, array]) => [name, array.slice()]));
  const step = program.step(batches, { step: 2, learningRate: 0.01 });
  setTimeout(() => controller.abort(), 2);
  await assert.rejects(step, Interrupted);
  for (const [name, array] of await program.state()) assert.deepEqual(array, before.get(name), name);
  await program.release();
});

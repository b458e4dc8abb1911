// Steps over several batches, whose gradients are summed.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../src/data/batches.ts";
import { batchOf, tinyProgram } from "./tiny.ts";

const [SIZE, LENGTH] = [4, 8];

test("a step over two batches is a step over the rows of both", async () => {
  const [accumulated, whole] = [await tinyProgram("mask", { dropout: 0 }), await tinyProgram("mask", { dropout: 0 })];
  const [a, b] = [batchOf(1), batchOf(2)];
  const join = <A extends BigInt64Array | Float32Array>(x: A, y: A, to: A): A => {
    to.set(x as never);
    to.set(y as never, x.length);
    return to;
  };
  const both: Batch = {
    ...{ size: 2 * SIZE, rows: 2 * SIZE, choices: 1, length: LENGTH, index: [...a.index, ...b.index] },
    ids: join(a.ids, b.ids, new BigInt64Array(2 * SIZE * LENGTH)),
    typeIds: new BigInt64Array(2 * SIZE * LENGTH),
    attention: new Float32Array(2 * SIZE * LENGTH).fill(1),
    targets: join(a.targets, b.targets, new BigInt64Array(2 * SIZE)),
  };
  const at = { step: 1, learningRate: 0.01 };
  const losses = [await accumulated.step([a, b], at), await whole.step([both], at)].map(({ loss }) => loss);
  assert.ok(Math.abs(losses[0]! - losses[1]!) < 1e-6 * losses[1]!, `${losses}`);
  const state = await whole.state();
  for (const [name, array] of await accumulated.state()) {
    if (!name.startsWith("first.")) continue; // Adam's first step is a sign: where the gradient is rounding, it may differ
    const size = Math.max(...state.get(name)!.map(Math.abs));
    array.forEach((x, i) => {
      assert.ok(Math.abs(x - state.get(name)![i]!) <= 1e-4 * size, `${name}[${i}]`);
    });
  }
  await Promise.all([accumulated.release(), whole.release()]);
});

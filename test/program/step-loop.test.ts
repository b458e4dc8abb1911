// Several steps in one run of the runtime against the same steps one by one: the same bits, dropout on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../src/data/batches.ts";
import { readConfig } from "../../src/model/config.ts";
import { allMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/pretrained.ts";
import { fillWords, streamOf, uniform } from "../../src/philox.ts";
import { Program } from "../../src/program/program.ts";

const FOLDER = "test/fixtures/models/tiny-bert";
const STEPS = 3;
const [SIZE, LENGTH] = [4, 8];

function drawn(name: string, count: number): Float32Array {
  const words = new Uint32Array(count);
  fillWords(words, 7, streamOf(name));
  return Float32Array.from(words, uniform);
}

function batch(step: number): Batch {
  const draws = drawn(`batch ${step}`, SIZE * LENGTH);
  return {
    ...{ size: SIZE, rows: SIZE, choices: 1, length: LENGTH, index: [0, 1, 2, 3] },
    ids: BigInt64Array.from(draws, (u) => BigInt(Math.floor(5 + u * 170))),
    typeIds: new BigInt64Array(SIZE * LENGTH),
    attention: new Float32Array(SIZE * LENGTH).fill(1),
    targets: BigInt64Array.from([0n, 1n, 1n, 0n]),
  };
}

async function program(
  stepsPerRun: number,
  method: "mask" | "finetune",
  dropout: "config" | number = "config",
): Promise<Program> {
  const config = await readConfig(FOLDER);
  const pretrained = await openPretrained(FOLDER);
  const matrices = allMatrices(config, { labels: 2 });
  const masked = method === "mask" ? matrices : [];
  const program = await Program.create(config, pretrained, {
    ...{ classifier: "sequence", labels: 2, matrices: masked, binarizer: "threshold", threshold: 0.01 },
    initialScores: ({ name, rows, columns }) => drawn(name, rows * columns).map((u) => 0.6 * u - 0.02),
    trained: method === "mask" ? [] : matrices.map(({ name }) => `${name}.weight`),
    own: (name, shape) =>
      name.startsWith("classifier.")
        ? drawn(
            name,
            shape.reduce((a, b) => a * b, 1),
          ).map((u) => u - 0.5)
        : undefined,
    ...{ dropout, dropoutSeed: 3, steered: false, device: "cpu", stepsPerRun },
  });
  await pretrained.close();
  return program;
}

for (const method of ["mask", "finetune"] as const)
  test(`${method}: steps in a loop in the graph leave the bits that single steps leave`, async () => {
    const [single, looped] = [await program(1, method), await program(STEPS, method)];
    const points = Array.from({ length: STEPS }, (_, i) => ({ step: i + 1, learningRate: 0.01 / (i + 1) }));
    const batches = points.map(({ step }) => batch(step));
    const losses: number[] = [];
    for (const [i, at] of points.entries()) losses.push((await single.step([batches[i]!], at)).loss);
    const results = await looped.loop!.steps(batches, points);
    assert.equal(single.loop, undefined);
    assert.deepEqual(
      results.map(({ loss }) => loss),
      losses,
    );
    const [want, have] = [single.state(), looped.state()];
    assert.ok(want.size > 20);
    for (const [name, array] of want) assert.deepEqual(have.get(name), array, name);
    await Promise.all([single.release(), looped.release()]);
  });

test("a step over two batches is a step over the rows of both", async () => {
  const [accumulated, whole] = [await program(1, "mask", 0), await program(1, "mask", 0)];
  const [a, b] = [batch(1), batch(2)];
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
  const state = whole.state();
  for (const [name, array] of accumulated.state()) {
    if (!name.startsWith("first.")) continue; // Adam's first step is a sign: where the gradient is rounding, it may differ
    const size = Math.max(...state.get(name)!.map(Math.abs));
    array.forEach((x, i) => {
      assert.ok(Math.abs(x - state.get(name)![i]!) <= 1e-4 * size, `${name}[${i}]`);
    });
  }
  await Promise.all([accumulated.release(), whole.release()]);
});

// How scores become a mask and which gradient they get, against PyTorch (test/fixtures/train/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { cast } from "../../src/graph/functions.ts";
import { CACHED, Graph, type Value } from "../../src/graph/graph.ts";
import { adamFactors, blockShape } from "../../src/program/graphs/adam.ts";
import type { Plan } from "../../src/program/graphs/plan.ts";
import { updateGraph, updateName } from "../../src/program/graphs/step.ts";
import { type BinarizerName, binarizers } from "../../src/recipe/binarizers.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32 } from "../../src/tensor.ts";

const expected = JSON.parse(readFileSync("test/fixtures/train/expected.json", "utf8")) as {
  scores: number[];
  grad: number[];
  uniform: number[];
  binarizers: { name: BinarizerName; kept: number[]; slope: number[]; evaluated: number[] }[];
};
const { scores, grad, uniform } = expected;

/** The values that `build` makes of scores, gradient and uniform numbers. */
async function valuesOf(build: (scores: Value, grad: Value, uniform: Value) => Value): Promise<number[]> {
  const graph = new Graph("binarizer");
  const type = { dtype: "float32", shape: [scores.length] } as const;
  const [s, g, u] = ["scores", "grad", "uniform"].map((name) => graph.input(name, type));
  graph.output("y", build(s!, g!, u!));
  const session = await Session.create(graph);
  const feed = (data: number[]) => float32([data.length], Float32Array.from(data));
  const known = new Set(graph.inputs.map(({ name }) => name));
  const feeds = Object.entries({ scores: feed(scores), grad: feed(grad), uniform: feed(uniform) });
  const { y } = await session.run(Object.fromEntries(feeds.filter(([name]) => known.has(name))));
  await session.release();
  return Array.from(y!.data, Number);
}

test("a step moves Bernoulli's logits 250 times the learning rate, the other scores by the learning rate", async () => {
  const [rows, columns] = [2, 3];
  for (const [name, factor] of [
    ["threshold", 1],
    ["hard-tanh-sign", 1],
    ["bernoulli", 250],
  ] as const) {
    const plan = { binarizer: name, threshold: 0, steered: false } as Plan;
    const graph = new Graph("type");
    const input = graph.input("x", { dtype: "float32", shape: [rows, columns] });
    const session = await Session.create(
      updateGraph(plan, { names: ["x"], treatment: "masked", input, scores: input, effective: input }),
    );
    const { rate, epsilon } = adamFactors(1, 0.001);
    const full = (value: number, shape: number[]) =>
      float32(shape, new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(value));
    const own = updateName("masked");
    const moments = blockShape([rows, columns], CACHED) as number[];
    const results = await session.run({
      x: full(1, [rows, columns]),
      [own]: full(0.5, [rows, columns]),
      [`first.${own}`]: full(0, moments),
      [`second.${own}`]: full(0, moments),
      [`grad.${own}`]: full(1, [rows, columns]),
      rate: full(rate, []),
      epsilon: full(epsilon, []),
    });
    await session.release();
    // Adam's first step is as long as the learning rate, whatever the gradient.
    for (const score of results[`next.${own}`]!.data)
      assert.ok(Math.abs(0.5 - Number(score) - 0.001 * factor) < 1e-4 * factor * 0.01, `${name}: ${score}`);
  }
});

for (const { name, kept, slope, evaluated } of expected.binarizers) {
  const binarizer = binarizers[name];
  const threshold = name === "threshold" ? 0.01 : 0;

  test(`${name} keeps what it should while training, and scores over the threshold in evaluation`, async () => {
    const training = await valuesOf((s, _, u) =>
      cast(binarizer.keeps(s, threshold, binarizer.random ? u : undefined), "float32"),
    );
    assert.deepEqual(training, kept);
    assert.deepEqual(await valuesOf((s) => cast(binarizer.keeps(s, threshold), "float32")), evaluated);
  });

  test(`${name}'s scores get PyTorch's gradient`, async () => {
    for (const [i, x] of (await valuesOf((s, g) => binarizer.slope(s, g))).entries())
      assert.ok(
        Math.abs(x - slope[i]!) <= 1e-6 * Math.max(1, Math.abs(slope[i]!)),
        `${x} for ${slope[i]} at ${scores[i]}`,
      );
  });
}

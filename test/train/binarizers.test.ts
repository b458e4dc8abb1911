// How scores become a mask and which gradient they get, against PyTorch (test/fixtures/train/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { cast } from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { Session } from "../../src/graph/session.ts";
import { float32 } from "../../src/tensor.ts";
import { type BinarizerName, binarizers } from "../../src/train/binarizers.ts";

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

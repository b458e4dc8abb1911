// What the runtime's objects hold and free: nothing leaks, and nothing is collected while the runtime uses it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { add, mul, reduceSum } from "../../src/graph/functions.ts";
import { Graph } from "../../src/graph/graph.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32 } from "../../src/tensor.ts";
import { batchOf, tinyProgram } from "../program/tiny.ts";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;
const MB = 2 ** 20;
const resident = () => {
  collect();
  return process.memoryUsage().rss / MB;
};

/** y = Σ (a ⊙ b + i) over N numbers. */
const N = 4096;
function sumGraph(i = 0): Graph {
  const graph = new Graph(`sum ${i}`);
  const [a, b] = ["a", "b"].map((name) => graph.input(name, { dtype: "float32", shape: [N] }));
  graph.output("y", reduceSum(add(mul(a!, b!), i), [0]));
  return graph;
}
const filled = (x: number) => float32([N], new Float32Array(N).fill(x));

test("100 sessions that are made and released leave at most 1 MB each after the tenth", async (t) => {
  let before = 0;
  for (let i = 0; i < 100; i++) {
    const session = await Session.create(sumGraph(i));
    const { y } = await session.run({ a: filled(1), b: filled(2) });
    assert.equal(y!.data[0], N * (2 + i));
    await session.release();
    if (i === 9) before = resident();
  }
  const each = (resident() - before) / 90;
  t.diagnostic(`${each.toFixed(3)} MB each`);
  assert.ok(each < 1, `${each} MB each`);
});

test("thousands of steps leave at most 1 MB per 1,000", async (t) => {
  const [warm, steps] = [2000, 10_000]; // by then the JavaScript heap has grown to its size
  const program = await tinyProgram("mask", { dropout: 0 });
  const batch = batchOf(1, { size: 2, length: 4 });
  let before = 0;
  for (let step = 1; step <= steps; step++) {
    await program.step([batch], { step, learningRate: 1e-3 });
    if (step === warm) before = resident();
  }
  const per = (resident() - before) / ((steps - warm) / 1000);
  t.diagnostic(`${per.toFixed(2)} MB per 1,000 steps`);
  assert.ok(per < 1, `${per} MB per 1,000 steps`);
  await program.release();
});

test("what is bound is not collected while sessions live, whenever the collector runs", async () => {
  const always = setInterval(collect, 0);
  try {
    for (let round = 0; round < 20; round++) {
      const sessions = await Promise.all([1, 2, 3].map((i) => Session.create(sumGraph(i))));
      collect();
      for (let run = 0; run < 3; run++)
        for (const [i, session] of sessions.entries()) {
          const running = session.run({ a: filled(run), b: filled(2) }); // held by the session alone
          collect();
          const { y } = await running;
          assert.equal(y!.data[0], N * (2 * run + i + 1));
        }
      await Promise.all(sessions.map((session) => session.release()));
    }
  } finally {
    clearInterval(always);
  }
});

test("what was released cannot be used", async () => {
  const session = await Session.create(sumGraph());
  await session.release();
  await session.release();
  await assert.rejects(session.run({ a: filled(1), b: filled(1) }), /used after its release/);
});

test("two results are not written to the same memory", async () => {
  const graph = new Graph("twice");
  const x = graph.input("x", { dtype: "float32", shape: [N] });
  graph.output("double", mul(x, 2));
  graph.output("triple", mul(x, 3));
  const session = await Session.create(graph);
  const to = filled(0);
  await assert.rejects(session.run({ x: filled(1) }, { double: to, triple: to }), /to the same memory/);
  await session.release();
});

test("a result is not written over an input that the graph still reads", async () => {
  const graph = new Graph("early");
  const x = graph.input("x", { dtype: "float32", shape: [N] });
  graph.output("double", mul(x, 2));
  graph.output("sum", reduceSum(x, [0]));
  const session = await Session.create(graph);
  const data = filled(1);
  await assert.rejects(session.run({ x: data }, { double: data }), /would write double over x before it has read it/);
  const part = float32([N], new Float32Array(data.data.buffer, 0, N));
  await assert.rejects(session.run({ x: data }, { double: part }), /before it has read it/);
  assert.equal(data.data[0], 1);
  await session.release();
});

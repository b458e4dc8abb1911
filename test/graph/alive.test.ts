// What a graph has in memory at its peak.
import assert from "node:assert/strict";
import test from "node:test";
import { aliveAtPeak, bytesIn } from "../../src/graph/alive.ts";
import { add, cast, concat, gather, mul, reduceSum, reshape, slice } from "../../src/graph/functions.ts";
import { Graph } from "../../src/graph/graph.ts";
import { textOf } from "../../src/graph/text.ts";

test("at the peak of a graph are the values that were made and are still to be read, without inputs, outputs and views", () => {
  const graph = new Graph("chain");
  const x = graph.input("x", { dtype: "float32", shape: [100] });
  const a = mul(x, 2);
  const b = mul(reshape(a, [10, 10]), 3);
  mul(x, 4); // nobody reads it, so it is not computed
  const c = add(b, 1);
  graph.output("y", add(reduceSum(c, [0, 1]), reduceSum(a, [0])));
  // a, b and c; a is read at the end, b by c.
  assert.deepEqual(aliveAtPeak(graph), [a, b, c]);
  assert.equal(bytesIn(aliveAtPeak(graph)), 3 * 400);
});

test("of an input that is cast, what is selected is cast, and nothing else", () => {
  const graph = new Graph("rows");
  const table = graph.input("table", { dtype: "bfloat16", shape: [1000, 4] });
  const ids = graph.input("ids", { dtype: "int64", shape: [3] });
  const wide = cast(table, "float32");
  const rows = concat([gather(wide, ids), slice(wide, 0, 0, 2)], 0);
  graph.output("rows", rows);
  assert.match(textOf(graph), /= Gather\(table, ids, axis=0\)/);
  assert.match(textOf(graph), /= Slice\(table, /);
  // The rows and what was sliced, both widened, and the latter as it was.
  assert.equal(bytesIn(aliveAtPeak(graph)), 3 * 4 * 4 + 2 * 4 * 4 + 2 * 4 * 2);
});

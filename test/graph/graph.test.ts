// How graphs are written, checked, printed and walked backward; each as the text that people read.
import assert from "node:assert/strict";
import test from "node:test";
import { backward } from "../../src/graph/backward.ts";
import {
  add,
  concat,
  gather,
  gemm,
  matmul,
  mul,
  reduceSum,
  relu,
  reshape,
  scan,
  slice,
  sub,
} from "../../src/graph/functions.ts";
import { Graph } from "../../src/graph/graph.ts";
import { broadcast } from "../../src/graph/operators.ts";
import { textOf } from "../../src/graph/text.ts";
import type { DType } from "../../src/tensor.ts";

const input = (graph: Graph, name: string, shape: number[], dtype: DType = "float32") =>
  graph.input(name, { dtype, shape });

test("a graph prints as text, one line a node, bodies indented below theirs", () => {
  const graph = new Graph("small");
  const [x, w] = [input(graph, "x", [4, 3]), input(graph, "w", [2, 3])];
  const y = gemm(x, w, undefined, { transB: true });
  const [z] = scan([y], ([row]) => [mul(row!, 2)]);
  graph.output("z", z!);
  assert.equal(
    textOf(graph),
    `small(x: float32[4, 3], w: float32[2, 3])
  Gemm.0: float32[4, 2] = Gemm(x, w, transB=true)
  Scan.6: float32[4, 2] = Scan(Gemm.0)
    scan.1(slice.2: float32[2])
      Mul.4: float32[2] = Mul(slice.2, scalar 2.3)
      → row.5 = Mul.4
  → z = Scan.6`,
  );
});

test("shapes follow from the inputs' shapes", () => {
  const graph = new Graph("shapes");
  const x = input(graph, "x", [2, 3, 4]);
  const shapeOf = (op: Parameters<Graph["apply"]>[0], attributes: object, inputs = [x]) =>
    graph.apply(op, inputs, attributes as never).map(({ type }) => type.shape);
  assert.deepEqual(shapeOf("ReduceSum", { axes: [-1], keepdims: true }), [[2, 3, 1]]);
  assert.deepEqual(shapeOf("ReduceSum", { axes: [0, 2], keepdims: false }), [[3]]);
  assert.deepEqual(shapeOf("Transpose", { perm: [2, 0, 1] }), [[4, 2, 3]]);
  assert.deepEqual(shapeOf("Split", { axis: 2, parts: 2 }), [
    [2, 3, 2],
    [2, 3, 2],
  ]);
  assert.deepEqual(
    shapeOf("FusedMatMul", { transBatchA: true, transB: true }, [
      input(graph, "a", [5, 2, 3, 4]),
      input(graph, "b", [2, 3, 6, 4]),
    ]),
    [[2, 3, 5, 6]],
  );
  assert.deepEqual(
    shapeOf("LayerNormalization", { axis: -1, epsilon: 1e-5 }, [x, input(graph, "s", [4]), input(graph, "c", [4])]),
    [
      [2, 3, 4],
      [2, 3, 1],
      [2, 3, 1],
    ],
  );
  assert.deepEqual(gather(input(graph, "table", [9, 5]), input(graph, "ids", [2, 7], "int64")).type, {
    dtype: "float32",
    shape: [2, 7, 5],
  });
  assert.deepEqual(concat([x, input(graph, "y", [2, 1, 4])], 1).type.shape, [2, 4, 4]);
  assert.deepEqual(graph.apply("Greater", [x, graph.scalar(0)], {})[0]!.type, { dtype: "bool", shape: [2, 3, 4] });
});

test("shapes broadcast by numpy's rules", () => {
  assert.deepEqual(broadcast([2, 1, 4], [3, 1]), [2, 3, 4]);
  assert.deepEqual(broadcast([], [5]), [5]);
  assert.throws(() => broadcast([2, 3], [2]), /cannot be broadcast/);
});

test("operands that do not fit are refused at once, naming operator, shapes and graph", () => {
  const graph = new Graph("wrong");
  const [x, y, ids] = [input(graph, "x", [2, 3]), input(graph, "y", [2, 4]), input(graph, "ids", [2, 3], "int64")];
  for (const [build, sentence] of [
    [() => add(x, y), "Add(x: float32[2, 3], y: float32[2, 4]) in wrong: the shapes cannot be broadcast"],
    [() => add(x, ids), "Add(x: float32[2, 3], ids: int64[2, 3]) in wrong: the element types differ"],
    [() => gemm(x, y), "Gemm(x: float32[2, 3], y: float32[2, 4]) in wrong: the inner dimensions differ"],
    [() => matmul(x, y), "FusedMatMul(x: float32[2, 3], y: float32[2, 4]) in wrong: the inner dimensions differ"],
    [() => reshape(x, [4, 2]), "Reshape(x: float32[2, 3]) in wrong: the numbers of elements differ"],
    [() => slice(x, 1, 2, 4), "Slice(x: float32[2, 3]) in wrong: the range is empty or out of bounds"],
    [
      () => graph.apply("Split", [x], { axis: 1, parts: 2 }),
      "Split(x: float32[2, 3]) in wrong: the axis cannot be split into equal parts",
    ],
  ] as const)
    assert.throws(build, { name: "RangeError", message: sentence });
});

test("a body sees its parent's values, and no graph sees a stranger's", () => {
  const [one, other] = [new Graph("one"), new Graph("other")];
  const body = new Graph("body", one);
  const [x, y] = [input(one, "x", [2]), input(other, "y", [2])];
  assert.equal(body.apply("Neg", [x], {})[0]!.graph, body);
  assert.throws(() => one.apply("Add", [x, y], {}), /Add in one uses y, which belongs to other/);
});

test("the walk visits only nodes that lead from a target to the loss", () => {
  const graph = new Graph("walk");
  const [x, w, frozen] = [input(graph, "x", [2]), input(graph, "w", [2]), input(graph, "frozen", [2])];
  const aside = relu(mul(frozen, x));
  const loss = reduceSum(mul(add(aside, mul(w, x)), frozen), [0]);
  const before = graph.nodes.length;
  backward(graph, loss, [w]);
  const made = graph.nodes.slice(before).map(({ op }) => op);
  // The sum's gradient, times frozen, times x: nothing of relu, nothing of the first product.
  assert.deepEqual(made, ["Reshape", "Expand", "Mul", "Mul"]);
});

test("what was broadcast is summed back once, to the target's own shape", () => {
  const graph = new Graph("broadcast");
  const [bias, column, x] = [input(graph, "bias", [4]), input(graph, "column", [3, 1]), input(graph, "x", [2, 3, 4])];
  const loss = reduceSum(mul(add(x, bias), column), [0, 1, 2]);
  const grads = backward(graph, loss, [bias, column]);
  assert.deepEqual(
    grads.map(({ type }) => type.shape),
    [[4], [3, 1]],
  );
});

test("a target that the loss does not depend on is named", () => {
  const graph = new Graph("apart");
  const [x, y] = [input(graph, "x", [2]), input(graph, "y", [2])];
  assert.throws(() => backward(graph, reduceSum(sub(x, 1), [0]), [x, y]), /the loss does not depend on y/);
});

// Which results may be written over which inputs, by the order that the graph forces.
import assert from "node:assert/strict";
import test from "node:test";
import {
  add,
  concat,
  gelu,
  matmul,
  mul,
  reduceSum,
  reshape,
  scan,
  sigmoid,
  sub,
  transpose,
} from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { comesBefore, mayOverwrite } from "../../src/graph/order.ts";
import { readConfig } from "../../src/model/config.ts";
import type { Plan, Treatment } from "../../src/program/graphs/plan.ts";
import { stepGraph, WITNESS } from "../../src/program/graphs/step.ts";

/** Whether "y" may be written over "x" in a graph of these inputs [4, 4]; `build` makes y, and other outputs. */
function may(build: (graph: Graph, x: Value, w: Value) => Value): boolean {
  const graph = new Graph("one");
  const [x, w] = ["x", "w"].map((name) => graph.input(name, { dtype: "float32", shape: [4, 4] }));
  graph.output("y", build(graph, x!, w!));
  return mayOverwrite(graph, "y", "x");
}

test("an elementwise result may replace its operand once all others have read it", () => {
  assert.equal(
    may((_, x, w) => add(x, w)),
    true,
  );
  assert.equal(
    may((_, x, w) => add(mul(x, w), mul(x, x))),
    true,
    "both products come before the sum",
  );
  assert.equal(
    may((_, x, w) => sub(x, reshape(reduceSum(matmul(w, w), [1]), [4, 1]))),
    true,
  );
});

test("what the runtime may fuse into one kernel is not taken for nodes that run one after another", () => {
  for (const build of [
    (x: Value, w: Value) => add(x, matmul(x, w)),
    (x: Value) => mul(x, sigmoid(mul(x, 1.702))),
    (x: Value, w: Value) => matmul(transpose(x, [1, 0]), w),
    (x: Value, w: Value) => matmul(mul(x, 2), w),
    (x: Value) => gelu(x),
  ])
    assert.equal(
      may((_, x, w) => build(x, w)),
      false,
    );
});

test("a result may not replace what another node may still read", () => {
  const later = (read: (x: Value) => Value) =>
    may((graph, x, w) => {
      graph.output("z", read(x));
      return add(x, w);
    });
  assert.equal(
    later((x) => mul(x, 2)),
    false,
  );
  assert.equal(
    later((x) => reduceSum(reshape(x, [16]), [0])),
    false,
    "through a view",
  );
  assert.equal(
    later((x) => x),
    false,
    "the input itself is a result",
  );
});

test("a product, a transposition or a broadcast reads elements after it has written others", () => {
  assert.equal(
    may((_, x, w) => matmul(x, w)),
    false,
  );
  assert.equal(
    may((_, x) => transpose(x, [1, 0])),
    false,
  );
  assert.equal(
    may((_, x, w) => add(w, reshape(reduceSum(x, [1]), [4, 1]))),
    true,
    "the sum has read it",
  );
});

test("a Scan may replace the slices that it reads, but not a tensor that each iteration reads as a whole", () => {
  assert.equal(
    may((_, x, w) => scan([x, w], ([a, b]) => [add(mul(a!, 0.9), b!)])[0]!),
    true,
  );
  assert.equal(
    may((_, x, w) => scan([w], ([b]) => [add(b!, reduceSum(mul(x, b!), [0]))])[0]!),
    false,
  );
  assert.equal(
    may((graph, x, w) => {
      const [y, z] = scan([x, w], ([a, b]) => [add(a!, b!), concat([a!, b!], 0)]);
      graph.output("z", z!);
      return y!;
    }),
    false,
    "within an iteration, the second result may read the slice after the first has replaced it",
  );
});

test("a value that two outputs share, or that is a view of the input, replaces nothing", () => {
  assert.equal(
    may((_, x) => reshape(x, [4, 4])),
    false,
  );
  assert.equal(
    may((graph, x, w) => {
      const y = add(x, w);
      graph.output("again", y);
      return y;
    }),
    false,
  );
});

test("a step may replace scores, biases and all moments, but not the weights that finetuning still multiplies with", async () => {
  const config = await readConfig("test/fixtures/models/tiny-bert");
  for (const binarizer of ["threshold", "hard-tanh-sign", "bernoulli"] as const)
    for (const treated of ["masked", "trained"] as const) {
      const isMatrix = (name: string) => /(query|key|value|dense|classifier)\.weight$/.test(name);
      const plan: Plan = {
        ...{ config, classifier: "sequence", labels: 3, binarizer, threshold: 0.01, steered: true },
        treatment: (name): Treatment => (isMatrix(name) || treated === "trained" ? treated : "frozen"),
        shape: (name) => shapeOf(name, config),
        adjoin: () => true,
        rate: () => 0.1,
      };
      const { graph } = stepGraph(plan, { size: 2, length: 4 }, 4096);
      const written = graph.outputs.map(({ name }) => name).filter((name) => name.startsWith("next."));
      assert.ok(written.every((name) => comesBefore(graph, WITNESS, name)));
      const refused = written.filter((name) => !mayOverwrite(graph, name, name.slice("next.".length)));
      const isKept = (name: string) => treated === "trained" && (isMatrix(name) || /LayerNorm\.weight$/.test(name));
      const weights = written.filter((name) => isKept(name.replace(/^next\./, "")));
      assert.deepEqual(
        refused.filter((name) => !/^next\.(first|second)\./.test(name)),
        refused,
        "all moments may be replaced",
      );
      if (treated === "masked") assert.deepEqual(refused, [], binarizer);
      else
        assert.deepEqual(
          refused,
          weights.filter((name) => !/^next\.(first|second)\./.test(name)),
        );
    }
});

function shapeOf(
  name: string,
  { hiddenSize, feedForward, vocabSize, positions }: Awaited<ReturnType<typeof readConfig>>,
) {
  if (/word_embeddings/.test(name)) return [vocabSize, hiddenSize];
  if (/position_embeddings/.test(name)) return [positions, hiddenSize];
  if (/token_type_embeddings/.test(name)) return [2, hiddenSize];
  const wide = /intermediate/.test(name) ? feedForward : /^classifier/.test(name) ? 3 : hiddenSize;
  if (name.endsWith("bias") || name.includes("LayerNorm")) return [wide];
  return [wide, /\.\d+\.output\.dense/.test(name) ? feedForward : hiddenSize];
}

// Each operator's values and gradients, through the runtime, against PyTorch's (test/fixtures/graph/make.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { backward } from "../../src/graph/backward.ts";
import { add, cast, greater, mul, reduceSum, window } from "../../src/graph/functions.ts";
import { blocksOf, gradients } from "../../src/graph/gradients.ts";
import { Graph } from "../../src/graph/graph.ts";
import { type Attributes, type Op, operators } from "../../src/graph/operators.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32, type Tensor } from "../../src/tensor.ts";

interface Numbers {
  dtype: "float32" | "int64" | "bool";
  shape: number[];
  data: number[];
}
interface Case {
  name: string;
  op: Op;
  attributes: Attributes[Op];
  inputs: Numbers[];
  outputs: Numbers[];
  weights: Numbers[];
  gradients: (Numbers | null)[];
}
const cases: Case[] = JSON.parse(readFileSync("test/fixtures/graph/expected.json", "utf8"));

function tensorOf({ dtype, shape, data }: Numbers): Tensor {
  if (dtype === "int64") return { dtype, shape, data: BigInt64Array.from(data, BigInt) };
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return float32(shape, Float32Array.from(data));
}

function close(have: Tensor, want: Numbers, what: string): void {
  assert.deepEqual(have.shape, want.shape, what);
  const size = Math.max(1, ...want.data.map(Math.abs));
  for (const [i, x] of want.data.entries())
    assert.ok(Math.abs(Number(have.data[i]) - x) <= 4e-6 * size, `${what}[${i}]: ${have.data[i]} for ${x}`);
}

describe("values and gradients are PyTorch's", () => {
  for (const wanted of cases)
    test(wanted.name, async () => {
      const graph = new Graph("case");
      const inputs = wanted.inputs.map(({ dtype, shape }, i) => graph.input(`input.${i}`, { dtype, shape }));
      const outputs = graph.apply(wanted.op, inputs, wanted.attributes).slice(0, wanted.outputs.length);
      const loss = outputs
        .map((output, i) => {
          const weighted = mul(output, graph.constant(tensorOf(wanted.weights[i]!)));
          return reduceSum(
            weighted,
            output.type.shape.map((_, axis) => axis),
          );
        })
        .reduce(add);
      const targets = inputs.filter((_, i) => wanted.gradients[i] !== null);
      for (const [i, output] of outputs.entries()) graph.output(`output.${i}`, output);
      for (const [i, grad] of backward(graph, loss, targets).entries()) graph.output(`grad.${targets[i]!.name}`, grad);
      const session = await Session.create(graph);
      const results = await session.run(
        Object.fromEntries(wanted.inputs.map((numbers, i) => [`input.${i}`, tensorOf(numbers)])),
      );
      await session.release();
      for (const [i, output] of wanted.outputs.entries()) close(results[`output.${i}`]!, output, `output ${i}`);
      for (const [i, gradient] of wanted.gradients.entries())
        if (gradient) close(results[`grad.input.${i}`]!, gradient, `gradient of input ${i}`);
    });

  test("no operator's rule is left out", () => {
    const withRule = (Object.keys(operators) as Op[]).filter((op) => typeof gradients[op] === "function");
    assert.deepEqual([...new Set(cases.map(({ op }) => op))].sort(), withRule.sort());
  });
});

test("an operator that passes no gradient says why when a target lies behind it", () => {
  const graph = new Graph("barrier");
  const x = graph.input("x", { dtype: "float32", shape: [3] });
  const kept = cast(greater(x, 0), "float32");
  assert.throws(() => backward(graph, reduceSum(kept, [0]), [x]), /Cast has no gradient: a cast changes the element/);
  const windowed = window(x, graph.constant({ dtype: "int64", shape: [1], data: BigInt64Array.of(1n) }), 2);
  assert.throws(
    () => backward(graph, reduceSum(windowed, [0]), [x]),
    /Window has no gradient: it reads tables of random numbers/,
  );
});

test("blocks cut rows evenly and hold at most a megabyte, however the rows divide", () => {
  for (const [rows, width, runs] of [
    [10, 8, 1],
    [2048, 1024, 8],
    [2049, 384, 683], // 3 · 683: over 262,144 values at 3 runs, so the next divisor
    [7, 262_144, 7],
    [5, 1_000_000, 5],
  ] as const)
    assert.equal(blocksOf(rows, width), runs, `${rows} × ${width}`);
});

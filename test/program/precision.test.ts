// Products in bfloat16, which the CPU computes by rounding: what changes, and what does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gemm, matmul } from "../../src/graph/functions.ts";
import { Graph } from "../../src/graph/graph.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32 } from "../../src/tensor.ts";
import { FAMILIES, maskedReference, tenSteps } from "./ten-steps.ts";

/** A number rounded to bfloat16: the upper half of its bits, ties to even. */
function short(x: number): number {
  const bits = new Uint32Array(new Float32Array([x]).buffer);
  const lower = bits[0]! & 0xffff;
  const up = lower > 0x8000 || (lower === 0x8000 && bits[0]! & 0x10000) ? 1 : 0;
  bits[0] = ((bits[0]! >>> 16) + up) << 16;
  return new Float32Array(bits.buffer)[0]!;
}

const drawn = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 12.9898 * i) * 3);

test("factors and products are rounded to bfloat16, what is added to a product is not", async () => {
  const [M, K, N] = [3, 5, 4];
  const [a, b, c] = [drawn(M * K, 1), drawn(K * N, 2), drawn(N, 3)];
  const graph = new Graph("products");
  const x = graph.input("a", { dtype: "float32", shape: [M, K] });
  const w = graph.input("b", { dtype: "float32", shape: [K, N] });
  const added = graph.input("c", { dtype: "float32", shape: [N] });
  graph.output("gemm", gemm(x, w, added));
  graph.output("matmul", matmul(x, w, { alpha: 0.5 }));
  const session = await Session.create(graph, "cpu", { precision: "bfloat16" });
  const results = await session.run({ a: float32([M, K], a), b: float32([K, N], b), c: float32([N], c) });
  await session.release();
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += short(a[m * K + k]!) * short(b[k * N + n]!);
      const [added, halved] = [Math.fround(short(sum) + c[n]!), short(sum / 2)];
      const ulp = 2 ** -7 * Math.abs(sum); // sums of float32 may round to the neighbour
      assert.ok(Math.abs((results.gemm!.data[m * N + n] as number) - added) <= ulp);
      assert.ok(Math.abs((results.matmul!.data[m * N + n] as number) - halved) <= ulp);
    }
  assert.ok((results.matmul!.data as Float32Array).every((x) => short(x) === x));
});

test("a loss in bfloat16 is that in float32 to 1 %, and ten steps learn", async (t) => {
  for (const family of FAMILIES) {
    const { treatment, start, learningRate } = await maskedReference(family);
    const [want, have] = [
      (await tenSteps(family, treatment, start, learningRate)).losses,
      (await tenSteps(family, treatment, start, learningRate, { precision: "bfloat16" })).losses,
    ];
    const apart = have.map((x, i) => Math.abs(x - want[i]!) / want[i]!);
    t.diagnostic(
      `${family}: the first by ${apart[0]!.toExponential(1)}, all by at most ${Math.max(...apart).toFixed(2)}`,
    );
    assert.ok(apart[0]! > 1e-6, "it is another precision");
    assert.ok(apart[0]! < 1e-2, `${have}, in float32 ${want}`);
    // Later ones drift apart, because a score that falls on the other side of the threshold changes a weight.
    assert.ok(have.at(-1)! < 0.5 * have[0]!, `${have}`);
  }
});

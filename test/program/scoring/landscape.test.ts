// Curves between two models: their coefficients, their ends bit by bit, and bends trained as PyTorch trains them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { trainedBend } from "../../../src/adaptation/landscape/bend.ts";
import { CURVES, coefficientsOf, combined, type Point } from "../../../src/adaptation/landscape/curve.ts";
import { barrierOf, type Place } from "../../../src/adaptation/landscape/landscape.ts";
import type { Batch } from "../../../src/data/batches.ts";
import type { EncodedPart } from "../../../src/data/encode.ts";
import { unpackBits } from "../../../src/mask/bits.ts";
import { layout } from "../../../src/program/layout.ts";
import { FAMILIES, maskedFixture } from "../masked-fixture.ts";

test("coefficients sum to 1, are those of the ends at 0 and 1, and of the bend alone in the middle of a chain", () => {
  for (const curve of CURVES) {
    for (let i = 0; i <= 100; i++) {
      const sum = coefficientsOf(curve, i / 100).reduce((total, one) => total + one, 0);
      assert.ok(Math.abs(sum - 1) < 1e-15, `${curve} at ${i}`);
    }
    assert.deepEqual(coefficientsOf(curve, 0), [1, 0, 0]);
    assert.deepEqual(coefficientsOf(curve, 1), [0, 0, 1]);
  }
  assert.deepEqual(coefficientsOf("bezier", 0.5), [0.25, 0.5, 0.25]);
  assert.deepEqual(coefficientsOf("polygonal", 0.5), [0, 1, 0]);
  assert.deepEqual(coefficientsOf("line", 0.25), [0.75, 0, 0.25]);
});

test("the ends of every curve are the ends, bit by bit, and sums are rounded once", () => {
  const [first, second, bend] = [1, 2, 3].map(
    (by): Point => new Map([["w", Float32Array.of(by * 0.1, -0, 1e-40, 3e38)]]),
  );
  const bits = (point: Point) => [...new Uint32Array(point.get("w")!.slice().buffer)];
  for (const curve of CURVES) {
    const at = (t: number) => bits(combined([first!, bend!, second!], coefficientsOf(curve, t)));
    assert.deepEqual(at(0), bits(first!));
    assert.deepEqual(at(1), bits(second!));
  }
  const [a, b] = [Math.fround(0.1), Math.fround(0.2)];
  assert.equal(combined([first!, second!], [0.3, 0.7]).get("w")![0], Math.fround(0.3 * a + 0.7 * b));
  assert.throws(() => combined([first!, new Map()], [0.5, 0.5]), RangeError);
});

test("a barrier is measured from the straight line between the ends' scores, and is 0 where there is none", () => {
  const places = [0.9, 0.5, 0.8].map(
    (metric, i): Place => ({
      t: i / 2,
      train: { loss: metric, metric },
      test: { loss: 1 - metric, metric: 0.8 + i / 10 },
    }),
  );
  assert.ok(Math.abs(barrierOf(places, "train").metric - 0.35) < 1e-12);
  assert.equal(barrierOf(places, "train").loss, 0);
  assert.deepEqual([barrierOf(places, "test").metric < 1e-12, barrierOf(places, "test").loss > 0.34], [true, true]);
});

for (const family of FAMILIES)
  test(`${family}: bends are trained as in PyTorch, step by step`, async () => {
    const {
      batch,
      scorer: _,
      config,
      matrices,
      expected,
      under,
      weightsOf,
      release,
    } = await maskedFixture(family, "landscape");
    const shape = { classifier: "sequence", labels: 3 } as const;
    const first = new Map<string, Float32Array>();
    const second = new Map<string, Float32Array>();
    for (const { name } of layout(config, shape)) {
      const values = await weightsOf(name);
      const mask = matrices.find((matrix) => `${matrix.name}.weight` === name);
      const kept = mask && unpackBits(mask.bits, new Float32Array(values.length));
      first.set(name, kept ? values.map((value, i) => value * kept[i]!) : values);
      second.set(
        name,
        values.map((value) => 1.1 * value),
      );
    }
    const lossAt = async (point: Point, at: Batch) => {
      const there = await under([...point].map(([name, data]) => ({ name, shape: [data.length], data })));
      return there.gradients(at);
    };
    for (const curve of ["bezier", "polygonal"] as const) {
      const losses: number[] = [];
      const bend = await trainedBend({
        ...{ curve, ends: [first, second], encoded: encodedOf(batch), steps: 6, learningRate: 1e-3, seed: 1 },
        batches: { size: batch.size, buckets: [batch.length], padId: config.padId, segments: config.typeVocabSize },
        gradientsAt: lossAt,
        told: (_, loss) => losses.push(loss),
      });
      const along: number[] = [];
      for (let i = 0; i <= 4; i++)
        along.push((await lossAt(combined([first, bend, second], coefficientsOf(curve, i / 4)), batch)).loss);
      for (const [name, found] of Object.entries({ losses, along })) {
        const wanted = new Float64Array(expected.bytesOf(`${curve}.${name}`).slice().buffer);
        assert.equal(found.length, wanted.length);
        for (const [i, value] of wanted.entries())
          assert.ok(Math.abs(found[i]! - value) < 2e-5, `${curve} ${name} ${i}: ${found[i]} for ${value}`);
      }
    }
    await release();
  });

/** The examples of a batch, as they are before they are put together. */
function encodedOf({ size, length, ids, typeIds, attention, targets }: Batch): EncodedPart[] {
  return Array.from({ length: size }, (_, row) => {
    const from = row * length;
    const tokens = attention.subarray(from, from + length).reduce((sum, one) => sum + one, 0);
    const own = (values: BigInt64Array) => Array.from(values.subarray(from, from + tokens), Number);
    const sequence = { ids: own(ids), typeIds: own(typeIds) };
    return { sequences: [sequence], target: Number(targets[row]), cut: false, unscored: [], example: row };
  });
}

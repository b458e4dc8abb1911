// Probes, silhouettes and principal components, against scikit-learn's (test/fixtures/metrics/representation.py), and UMAP.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Labelled } from "../../../src/adaptation/representation/labelled.ts";
import { principal } from "../../../src/adaptation/representation/principal.ts";
import { probed } from "../../../src/adaptation/representation/probe.ts";
import { silhouette } from "../../../src/adaptation/representation/silhouette.ts";
import { neighbourhoods } from "../../../src/adaptation/representation/umap.ts";
import { Random } from "../../../src/data/random.ts";
import { close } from "../../program/close.ts";

interface Given {
  readonly vectors: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

interface Case {
  readonly training: Given;
  readonly evaluated: Given;
  readonly predictions: readonly number[];
  readonly accuracy: number;
  readonly majority: number;
  readonly silhouette: number;
  readonly coordinates: readonly (readonly [number, number])[];
  readonly explained: readonly number[];
}

const { cases } = JSON.parse(readFileSync("test/fixtures/metrics/representation.json", "utf8")) as { cases: Case[] };

const labelled = ({ vectors, labels }: Given): Labelled => ({
  vectors: vectors.map((vector) => Float32Array.from(vector)),
  labels,
});

for (const [i, one] of cases.entries()) {
  const [training, evaluated] = [labelled(one.training), labelled(one.evaluated)];
  const { vectors } = evaluated;

  test(`case ${i}: a linear probe predicts as scikit-learn's RidgeClassifier, and its baseline as DummyClassifier`, () => {
    const { predictions, accuracy, majority } = probed(training, evaluated);
    assert.deepEqual(predictions, one.predictions);
    assert.deepEqual([accuracy, majority], [one.accuracy, one.majority]);
  });

  test(`case ${i}: the silhouette is scikit-learn's`, () => {
    assert.ok(Math.abs(silhouette(evaluated)! - one.silhouette) < 1e-6);
  });

  test(`case ${i}: principal components are scikit-learn's, signs included`, () => {
    const { coordinates, explained } = principal(vectors);
    close(coordinates.flat(), one.coordinates.flat(), 1e-6, "coordinates");
    close(explained!, one.explained, 1e-9, "explained");
  });
}

test("a silhouette needs two labels, fewer than vectors; equal vectors separate nothing", () => {
  const vectors = [1, 2, 3].map((x) => Float32Array.of(x, 0));
  assert.equal(silhouette({ vectors, labels: [0, 0, 0] }), null);
  assert.equal(silhouette({ vectors, labels: [0, 1, 2] }), null);
  const same = [1, 1, 1].map((x) => Float32Array.of(x, 0));
  assert.equal(silhouette({ vectors: same, labels: [0, 0, 1] }), 0);
  const { coordinates, explained } = principal(same);
  assert.deepEqual(
    coordinates,
    [0, 1, 2].map(() => [0, 0]),
  );
  assert.deepEqual(explained, [0, 0]);
});

test("a probe without variance or with one label predicts the most frequent label", () => {
  const same = (labels: readonly number[]) => ({ vectors: labels.map(() => Float32Array.of(2, 2)), labels });
  assert.deepEqual(probed(same([1, 0, 1]), same([0, 1])), { predictions: [1, 1], accuracy: 0.5, majority: 0.5 });
  assert.deepEqual(probed(same([2]), same([2, 0])), { predictions: [2, 2], accuracy: 0.5, majority: 0.5 });
});

test("UMAP gives the same map for the same seed, another for another seed, and stops when it is told", async () => {
  const [{ evaluated }] = cases as [Case];
  const { vectors } = labelled(evaluated);
  const mapped = (seed: number, some = vectors, signal?: AbortSignal) =>
    neighbourhoods(some, new Random(seed, "umap"), signal);
  const first = await mapped(1);
  assert.equal(first.coordinates.length, vectors.length);
  assert.ok(first.coordinates.flat().every(Number.isFinite));
  assert.deepEqual(await mapped(1), first);
  assert.notDeepEqual(await mapped(2), first);
  assert.equal((await mapped(1, vectors.slice(0, 4))).coordinates.length, 4, "fewer vectors than neighbours");
  await assert.rejects(mapped(1, vectors, AbortSignal.abort(new Error("stopped"))), /stopped/);
});

// masklens landscape: its ends are the adaptations as they are evaluated, and what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { masklens, task, training } from "../run.ts";
import { besideTuned, json, maskOf, out } from "../trained.ts";

const file = task();
const TUNED = besideTuned(file);

interface Scores {
  readonly loss: number;
  readonly metric: number;
}

for (const curve of ["line", "bezier", "polygonal"])
  test(`the ends of a ${curve} have exactly the metrics that the adaptations have`, async () => {
    const bend = curve === "line" ? [] : ["--steps", "3"];
    const found = await json("landscape", maskOf("one"), TUNED, "--curve", curve, "--points", "5", ...bend);
    const { adaptations } = await json("evaluate", maskOf("one"), TUNED);
    const places = found.places as { t: number; train: Scores; test: Scores }[];
    assert.deepEqual(
      places.map(({ t }) => t),
      [0, 0.25, 0.5, 0.75, 1],
    );
    for (const [i, place] of [places[0]!, places.at(-1)!].entries()) {
      const { metrics, details } = adaptations[i];
      assert.equal(place.test.metric, metrics.accuracy.value);
      assert.ok(Math.abs(place.test.loss - details.calibration.negativeLogLikelihood.value) < 1e-6);
    }
    assert.equal(found.training.length, curve === "line" ? 0 : 3);
    const { examples, cut, unscored } = adaptations[0].metrics;
    assert.deepEqual(found.counts, { train: { examples: 32, cut: 0, unscored: 0 }, test: { examples, cut, unscored } });
  });

test("the corners of a plane have exactly the metrics that the adaptations have", async () => {
  await json(...training(out("third"), { file }, "--layers", "all", "--mask-seed", "2"));
  const corners = [TUNED, maskOf("one"), maskOf("third")];
  const { places } = await json("landscape", ...corners, "--points", "3");
  const { adaptations } = await json("evaluate", ...corners);
  const at = (u: number, v: number) =>
    (places as { u: number; v: number; test: Scores }[]).find((place) => place.u === u && place.v === v)!;
  assert.equal(places.length, 9);
  for (const [i, place] of [at(0, 0), at(1, 0), at(0, 1)].entries()) {
    const { metrics, details } = adaptations[i];
    assert.equal(place.test.metric, metrics.accuracy.value);
    assert.ok(Math.abs(place.test.loss - details.calibration.negativeLogLikelihood.value) < 1e-6);
  }
  const { out: printed } = await masklens(["landscape", ...corners, "--points", "2"]);
  assert.match(printed, /^tiny: plane through .*tuned.* \(u = 0, v = 0\), .*one.* \(u = 1, v = 0\) and .*third/);
  // Along a side of the plane lies the line between two of its corners.
  const line = await json("landscape", TUNED, maskOf("one"), "--points", "3");
  assert.deepEqual(
    line.places.map(({ test }: { test: Scores }) => test),
    [0, 0.5, 1].map((u) => at(u, 0).test),
  );
  const { code, err } = await masklens(["landscape", ...corners, "--curve", "line"]);
  assert.equal(code, 2);
  assert.match(err, /--curve: it applies to a path between two adaptations; omit it/);
});

test("landscape tells its curve, its scores and its barrier in words", async () => {
  const { out: printed, err } = await masklens([
    ...["landscape", maskOf("one"), TUNED, "--curve", "bezier", "--points", "3", "--steps", "10"],
  ]);
  assert.match(err, /bend: step 10\/10 {2}loss \d\.\d{3}\nevaluated t = 0\.00\n/);
  assert.match(
    printed,
    /^tiny: Bézier curve from .*one.* \(t = 0\) to .*tuned.* \(t = 1\), its bend trained for 10 steps\n/,
  );
  assert.match(printed, /\nt +training loss +training accuracy +test loss +test accuracy\n/);
  assert.match(printed, /\n0\.50 +\d\.\d{4} +\d+\.\d +\d\.\d{4} +\d+\.\d\n/);
  assert.match(
    printed,
    /\nBarrier, the most below the straight line between the ends: \d+\.\d points of test accuracy/,
  );
});

test("landscape refuses ends that no curve connects, and numbers out of range, in one sentence", async () => {
  await json(...training(out("other"), { file }, "--seed", "2"));
  const labels = task({ labels: ["yes", "no"] });
  await json(...training(out("turned"), { file: labels }));
  await json(...training(out("short"), { file }, "--max-length", "16"));
  const cases: [string[], RegExp][] = [
    [
      ["landscape", maskOf("one"), maskOf("short")],
      /trained on other tokens than .*one.*: the maximum lengths are 128 and 16/,
    ],
    [["landscape", maskOf("one")], /landscape takes two or three adaptations/],
    [
      ["landscape", maskOf("one"), maskOf("other")],
      /its classifier started from other values .* seeds are 1 and 2; choose/,
    ],
    [["landscape", maskOf("one"), maskOf("turned")], /it classifies differently from .*: other labels/],
    [["landscape", maskOf("one"), TUNED, "--curve", "arc"], /--curve: unknown curve "arc"; choose line, bezier/],
    [
      ["landscape", maskOf("one"), TUNED, "--steps", "9"],
      /--steps: it applies only to curves with a bend; add --curve/,
    ],
    [["landscape", maskOf("one"), TUNED, "--points", "1"], /--points: "1" is not an integer from 2 to 1001/],
    [["landscape", maskOf("one"), TUNED, "--rows", "many"], /--rows: "many" is not an integer/],
  ];
  for (const [words, what] of cases) {
    const { code, err } = await masklens(words);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, what);
    assert.equal(err.trim().split("\n").length, 1, err);
  }
});

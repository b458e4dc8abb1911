// Numbers per label, calibration and Holm's correction, against scikit-learn, SciPy and numpy (test/fixtures/metrics/details.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { calibrationOf } from "../../src/adaptation/calibration.ts";
import { metricsOf } from "../../src/adaptation/metrics.ts";
import { evenSplit, holm } from "../../src/adaptation/paired.ts";
import { perLabel } from "../../src/adaptation/per-label.ts";
import { scoredUnits, type Units } from "../../src/adaptation/units.ts";
import type { Interval } from "../../src/mask/metadata.ts";

type Bounds = [number, number] | null;
interface Valued {
  readonly value: number;
  readonly interval: Bounds;
}
const NAMES = ["precision", "recall", "f1"] as const;
type Named<T> = Record<(typeof NAMES)[number], T>;

interface Case {
  readonly name: string;
  readonly labels: number;
  readonly choice: boolean;
  readonly starts: number[];
  readonly targets: number[];
  readonly predictions: number[];
  readonly probabilities: number[][];
  readonly confusion: number[][];
  readonly unpredicted: number[];
  readonly support: number[];
  readonly predicted: number[];
  readonly values: Named<number[]>;
  readonly intervals: Named<(Bounds | "undefined")[]>;
  readonly macro: Named<Valued>;
  readonly logLoss: Valued & { constant: number };
  readonly brier: Valued & { constant: number };
  readonly bins: { count: number; confidence: number; accuracy: number; interval: Bounds }[];
  readonly error: Valued;
  readonly calibrated: { value: number; deviation: number; low: number; high: number };
}

const { cases, mcnemar } = JSON.parse(readFileSync("test/fixtures/metrics/details.json", "utf8")) as {
  cases: Case[];
  mcnemar: { onlyA: number; onlyB: number; p: number; holm: number }[];
};

const unitsIn = ({ labels, starts, targets, predictions, probabilities }: Case): Units => ({
  classes: labels,
  starts: Uint32Array.from(starts),
  targets: Int32Array.from(targets),
  predictions: Int32Array.from(predictions),
  logProbabilities: Float32Array.from(
    probabilities.flatMap((row, unit) => row.map((p) => (predictions[unit] === -1 ? Number.NaN : Math.log(p)))),
  ),
});
const namesOf = ({ labels }: Case) => Array.from({ length: labels }, (_, k) => `label ${k}`);

/** Probabilities are float32, and scikit-learn normalizes them once more. */
const near = (a: number | null, b: number | null, what: string, most = 1e-6) =>
  assert.ok(a === b || (a !== null && b !== null && Math.abs(a - b) < most), `${what}: ${a} instead of ${b}`);

function same({ value, low, high, reason }: Interval, expected: Valued, what: string): void {
  near(value, expected.value, what);
  near(low, expected.interval?.[0] ?? null, `${what}, low`);
  near(high, expected.interval?.[1] ?? null, `${what}, high`);
  assert.equal(reason !== undefined, expected.interval === null, `${what}: ${reason}`);
}

for (const one of cases) {
  test(`precision, recall and F1 of each label, and what is confused: ${one.name}`, () => {
    const { labels, macro, confusion } = perLabel(unitsIn(one), namesOf(one));
    assert.deepEqual(confusion, { counts: one.confusion, unpredicted: one.unpredicted });
    assert.deepEqual(
      labels.map(({ support, predicted }) => [support, predicted]),
      one.support.map((support, k) => [support, one.predicted[k]]),
    );
    for (const name of NAMES) {
      same(macro[name], one.macro[name], `macro ${name}`);
      for (const [k, label] of labels.entries()) {
        const interval = one.intervals[name][k]!;
        const value = one.values[name][k]!;
        if (interval === "undefined") assert.match(label[name].reason!, /^undefined, reported as 0: .*"label \d"/);
        same(label[name], { value, interval: interval === "undefined" ? null : interval }, `${name} of ${k}`);
      }
    }
  });

  test(`calibration, log loss and Brier score: ${one.name}`, () => {
    const found = calibrationOf(unitsIn(one), one.choice)!;
    same(found.negativeLogLikelihood, one.logLoss, "log loss");
    near(found.negativeLogLikelihood.constant, one.logLoss.constant, "constant log loss");
    same(found.brier, one.brier, "Brier score");
    near(found.brier.constant, one.brier.constant, "constant Brier score");
    assert.equal(found.bins.length, one.bins.length);
    for (const [b, { count, confidence, accuracy }] of found.bins.entries()) {
      const expected = one.bins[b]!;
      assert.equal(count, expected.count);
      near(confidence, expected.confidence, `confidence of bin ${b}`);
      same(accuracy, { value: expected.accuracy, interval: expected.interval }, `accuracy of bin ${b}`);
    }
    same(found.expectedCalibrationError, one.error, "expected calibration error");
    // Other random numbers there: means of 1,000 and of 4,000 samples differ by less than five standard errors.
    const { calibrated } = found.expectedCalibrationError;
    near(
      calibrated.value,
      one.calibrated.value,
      "calibrated",
      5 * one.calibrated.deviation * Math.sqrt(1 / 1000 + 1 / 4000),
    );
    assert.equal(calibrated.samples, 1000);
    for (const end of ["low", "high"] as const)
      near(calibrated[end], one.calibrated[end], `calibrated, ${end}`, one.calibrated.deviation / 2);
  });
}

test("an overconfident model's error is beyond that of a calibrated one, a calibrated model's is not", () => {
  const [calibrated, overconfident] = cases.map((one) => calibrationOf(unitsIn(one), false)!.expectedCalibrationError);
  assert.ok(calibrated!.value < calibrated!.calibrated.high);
  assert.ok(overconfident!.value > overconfident!.calibrated.high);
});

test("the F1 of the second label is the metric f1 with the same interval, and the macro F1 is macroF1", () => {
  const units = unitsIn(cases[0]!);
  const { labels, macro } = perLabel(units, ["no", "yes"]);
  const list = (values: Int32Array) => Array.from(values, (value) => [value]);
  const metrics = metricsOf({
    ...{ kind: "sentence", metric: "f1", labels: ["no", "yes"] },
    ...{ targets: list(units.targets), predictions: list(units.predictions) },
  });
  assert.deepEqual(labels[1]!.f1, metrics.f1);
  assert.deepEqual(macro.f1, metrics.macroF1);
});

test("words without a prediction count as wrong, or are left out if the task says so", () => {
  const units = unitsIn(cases.at(-1)!);
  const missing = units.predictions.filter((prediction) => prediction === -1).length;
  assert.equal(scoredUnits(units, "wrong"), units);
  const left = scoredUnits(units, "leave-out");
  assert.equal(left.targets.length, units.targets.length - missing);
  assert.equal(left.starts.length, units.starts.length);
  const { confusion } = perLabel(left, namesOf(cases.at(-1)!));
  assert.deepEqual(confusion!.counts, cases.at(-1)!.confusion);
  assert.deepEqual(confusion!.unpredicted, [0, 0, 0, 0, 0]);
  assert.deepEqual(calibrationOf(left, false)!.brier.value, calibrationOf(units, false)!.brier.value);
});

test("without predictions there is no calibration", () => {
  const empty = { classes: 2, starts: Uint32Array.of(0, 1), targets: Int32Array.of(0), predictions: Int32Array.of(-1) };
  assert.equal(calibrationOf({ ...empty, logProbabilities: Float32Array.of(Number.NaN, Number.NaN) }, false), null);
});

test("McNemar's test is exact for small counts, and is corrected for the number of pairs", () => {
  const ps = mcnemar.map(({ onlyA, onlyB }) => evenSplit(onlyA, onlyB));
  for (const [i, p] of ps.entries()) near(p, mcnemar[i]!.p, "p", 1e-12);
  for (const [i, p] of holm(ps).entries()) near(p, mcnemar[i]!.holm, "Holm", 1e-12);
  assert.deepEqual(holm([0.04]), [0.04]);
  assert.deepEqual(holm([]), []);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { spreadOf } from "../../../src/spread.ts";
import { extentOf, lowerBound, pathOf } from "../../../webview/runs/curves/decimate.ts";
import { bandOf, nearestIndex, smoothed } from "../../../webview/runs/curves/numbers.ts";
import { panned, within, zoomed } from "../../../webview/runs/curves/range.ts";
import { paintSpans } from "../../../webview/runs/curves/spans.ts";
import { compared, matches, termsOf, toggled, type Value } from "../../../webview/runs/filter.ts";
import { BY_SEEDS, groupsOf, spreadsOf } from "../../../webview/runs/groups.ts";
import { axisOf, isWithin } from "../../../webview/runs/parallel/axes.ts";
import { noise, runRow, sweep } from "./fixture.ts";

/** Computed by make.py with numpy. */
interface Expected {
  readonly losses: number[];
  readonly smoothed: Record<string, number[]>;
  readonly values: number[];
  readonly spread: { n: number; mean: number; deviation: number };
  readonly curves: { x: number[]; y: number[] }[];
  readonly band: Record<"x" | "mean" | "low" | "high" | "n", number[]>;
}
const expected = JSON.parse(readFileSync("test/fixtures/curves/expected.json", "utf8")) as Expected;

const close = (found: ArrayLike<number>, wanted: readonly number[], tolerance = 1e-12) => {
  assert.equal(found.length, wanted.length);
  for (const [i, value] of wanted.entries())
    assert.ok(Math.abs(found[i]! - value) <= tolerance, `${i}: ${found[i]} ${value}`);
};

test("a smoothed curve is the weighted mean of all values so far, as numpy computes it", () => {
  for (const [weight, values] of Object.entries(expected.smoothed))
    close(smoothed(expected.losses, Number(weight)), values);
  assert.deepEqual([...smoothed([3, Number.NaN, 5], 0)], [3, Number.NaN, 5]);
  assert.deepEqual(
    [...smoothed([2, Number.NaN, 2], 0.9)].map((value) => value.toFixed(12)),
    ["2.000000000000", "NaN", "2.000000000000"],
  );
});

test("the mean of runs and its sample standard deviation are those of numpy; one run has no deviation", () => {
  const { n, mean, deviation } = spreadOf(expected.values)!;
  assert.equal(n, expected.spread.n);
  close([mean, deviation!], [expected.spread.mean, expected.spread.deviation]);
  assert.deepEqual(spreadOf([5]), { n: 1, mean: 5, deviation: null });
  assert.equal(spreadOf([]), null);
});

test("a band has the mean and deviation that numpy finds at every step of any curve, and ends where each curve ends", () => {
  const band = bandOf(expected.curves);
  for (const key of ["x", "mean", "low", "high", "n"] as const) close(band[key], expected.band[key]);
});

test("a band of long curves has at most 2,000 points and keeps both ends", () => {
  const x = Array.from({ length: 5000 }, (_, i) => i + 1);
  const band = bandOf([{ x, y: x }]);
  assert.equal(band.x.length, 2000);
  assert.deepEqual([band.x[0], band.x.at(-1), band.mean.at(-1)], [1, 5000, 5000]);
});

test("a drawn curve touches the first, least, greatest and last point of each column of pixels, in order", () => {
  const count = 10_000;
  const xs = Float64Array.from({ length: count }, (_, i) => i);
  const ys = Float64Array.from({ length: count }, (_, i) => noise(1, i));
  const [left, right] = [50, 250];
  const path = pathOf(xs, ys, { offset: left, scale: (right - left) / (count - 1) }, (y) => y, left, right);
  assert.ok(path.length / 2 <= 4 * (right - left + 3), `${path.length / 2} points`);
  const columns = new Map<number, number[]>();
  for (let i = 0; i < path.length; i += 2) {
    assert.ok(i === 0 || path[i]! >= path[i - 2]!, "x goes back");
    const column = Math.floor(path[i]!);
    columns.set(column, [...(columns.get(column) ?? []), path[i + 1]!]);
  }
  for (let column = 60; column < 240; column += 20) {
    const inside = [...ys].filter((_, i) => Math.floor(left + (i * (right - left)) / (count - 1)) === column);
    const drawn = columns.get(column)!;
    close([Math.min(...drawn), Math.max(...drawn)], [Math.min(...inside), Math.max(...inside)], 1e-6);
    close([drawn[0]!, drawn.at(-1)!], [inside[0]!, inside.at(-1)!], 1e-6);
  }
});

test("a curve with few points is drawn as it is, with one point beyond each edge", () => {
  const path = pathOf([0, 1, 2, 3, 4], [5, 6, Number.NaN, 8, 9], { offset: 0, scale: 100 }, (y) => y, 150, 250);
  assert.deepEqual([...path], [100, 6, 300, 8]);
  assert.deepEqual(extentOf([0, 1, 2, 3, 4], [5, 6, 7, 8, 9], 1.5, 2.5), [6, 8]);
  assert.equal(extentOf([], [], 0, 1), undefined);
  assert.deepEqual([lowerBound([1, 3], 0), lowerBound([1, 3], 3), lowerBound([1, 3], 4)], [0, 1, 2]);
});

test("the nearest point is found in curves of any length", () => {
  assert.deepEqual(
    [-5, 1, 4, 5.6, 99].map((x) => nearestIndex([1, 3, 6], x)),
    [0, 0, 1, 2, 2],
  );
  assert.equal(nearestIndex([], 3), -1);
  assert.equal(nearestIndex([7], 3), 0);
});

test("zooming keeps the point under the pointer, and neither zooming nor panning leaves the data", () => {
  const whole = { from: 0, to: 1000 };
  assert.deepEqual(zoomed(whole, 0.5, 200, whole), { from: 100, to: 600 });
  assert.deepEqual(zoomed({ from: 100, to: 600 }, 10, 200, whole), whole);
  assert.deepEqual(panned({ from: 100, to: 600 }, 700, whole), { from: 500, to: 1000 });
  assert.deepEqual(within({ from: 2000, to: 3000 }, whole), whole);
  assert.deepEqual(within(null, whole), whole);
  const { from, to } = zoomed(whole, 1e-9, 500, whole);
  assert.ok(to - from >= 0.499);
});

const ROW: Readonly<Record<string, Value>> = { method: "mask", task: "SST 2", epochs: 3, test: 0.91, pattern: null };
const hits = (filter: string) =>
  matches(
    termsOf(filter, Object.keys(ROW)),
    (column) => ROW[column]!,
    () => "first run\nmask\nsst 2",
  );

test("a filter finds words and conditions on columns; values of one column are alternatives, columns are not", () => {
  for (const filter of [
    ...["", "first", "FIRST run", "method:mask", 'task:"sst 2"', "epochs:3", "epochs>=3", "test>0.9 test<0.92"],
    ...["method:finetune method:mask", "-method:finetune", "-second", "pattern:–", "Epochs<=3"],
  ])
    assert.ok(hits(filter), filter);
  for (const filter of [
    "second",
    "method:finetune",
    "epochs>3",
    "-first",
    "pattern>0",
    "method:mask epochs:4",
    "unknown:3",
  ])
    assert.ok(!hits(filter), filter);
});

test("a value is added to the filter and removed again", () => {
  assert.equal(toggled("first", "task", "sst 2"), 'first task:"sst 2"');
  assert.equal(toggled('first task:"sst 2"', "task", "sst 2"), "first");
  assert.equal(toggled("", "pattern", null), "pattern:–");
});

test("numbers sort by value, names in natural order, and unknown values come last in both directions", () => {
  const sort = (values: readonly Value[], up: boolean) => values.toSorted((a, b) => compared(a, b, up));
  assert.deepEqual(sort([10, null, 9], true), [9, 10, null]);
  assert.deepEqual(sort([10, null, 9], false), [10, 9, null]);
  assert.deepEqual(sort(["run-10", "run-9"], true), ["run-9", "run-10"]);
});

test("runs that differ only in their seeds are one group; means of different metrics are not taken", () => {
  const rows = sweep(4);
  const groups = groupsOf(rows, BY_SEEDS);
  assert.deepEqual(
    groups.map(({ rows }) => rows.length),
    [4, 4, 4, 4, 4, 4],
  );
  assert.deepEqual(groups[0]!.options, [
    ["task", "sentiment"],
    ["learningRate", 0.0003],
  ]);
  // A run.json that cannot be read makes no other option differ.
  const damaged = { ...rows[0]!, run: "/damaged", options: {} };
  assert.deepEqual(groupsOf([...rows, damaged], BY_SEEDS)[0]!.options, groups[0]!.options);
  const { validation } = spreadsOf(groups[0]!);
  const values = rows.slice(0, 4).map((row) => row.validation!.value);
  const mean = values.reduce((sum, value) => sum + value, 0) / 4;
  close([validation!.mean, validation!.n], [mean, 4]);
  const byTask = groupsOf(rows, "task");
  assert.deepEqual(
    byTask.map(({ options }) => options),
    [[["task", "sentiment"]], [["task", "topic"]]],
  );
  const mixed = [rows[0]!, runRow({ task: "topic", learningRate: 0.001, seed: 1 }, { metric: "f1" })];
  assert.equal(spreadsOf({ key: "", options: [], rows: mixed }).test, null);
});

test("an axis places numbers by value, wide ranges on a log scale, and everything else in order", () => {
  assert.deepEqual([axisOf([1, 3]).kind, axisOf([1, 3]).placeOf(2)], ["number", 0.5]);
  const rates = axisOf([1e-5, 1e-3, 1e-4]);
  assert.equal(rates.kind, "log");
  close([rates.placeOf(1e-4)!], [0.5]);
  const names = axisOf(["b", "a", null, "c"]);
  assert.deepEqual(["a", "b", "c", null].map(names.placeOf), [0, 0.5, 1, undefined]);
  assert.ok(
    isWithin(0.5, { low: 0.5, high: 0.6 }) &&
      !isWithin(undefined, { low: 0, high: 1 }) &&
      isWithin(undefined, undefined),
  );
});

test("many curves are drawn as spans of columns: full inside, mixed at the ends, with gaps between dashes", () => {
  const pixels = { words: new Uint32Array(8 * 6), width: 8, height: 6 };
  const pen = { rgb: [255, 0, 0] as const, thickness: 1, dash: [] };
  paintSpans(pixels, Float32Array.of(0.5, 2.5, 4.5, 2.5, 4.6, 4.5), pen, 0, 8);
  const at = (x: number, y: number) => pixels.words[8 * y + x]! >>> 0;
  assert.deepEqual([at(2, 1), at(2, 2), at(2, 3)], [0, 0xff0000ff, 0]);
  assert.deepEqual([at(4, 2), at(4, 3), at(4, 4), at(4, 5)], [0xff0000ff, 0xff0000ff, 0xff0000ff, 0]);
  paintSpans(pixels, Float32Array.of(0, 0.5, 8, 0.5), { ...pen, rgb: [0, 0, 255], dash: [2, 2] }, 1, 6);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((x) => at(x, 0) !== 0),
    [false, true, false, false, true, true],
  );
  const half = { words: new Uint32Array(1), width: 1, height: 1 };
  paintSpans(half, Float32Array.of(0, 0.25, 0.5, 0.25), { ...pen, thickness: 0.5 }, 0, 1);
  assert.equal(half.words[0]! >>> 24, 128);
});

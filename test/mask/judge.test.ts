import assert from "node:assert/strict";
import test from "node:test";
import { comparePairs, type PairComparison } from "../../src/mask/compare.ts";
import type { Mask } from "../../src/mask/file.ts";
import { initialMask } from "../../src/mask/initial.ts";
import { judgePairs } from "../../src/mask/judge.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import { areUnrelated, placeAmong, reachOf } from "../../src/mask/reference.ts";
import { verdictOf } from "../../src/mask/verdict.ts";
import { expected, facts, flipped, near, noise, recipe, writtenAndRead } from "./fixture.ts";

const NAME = "encoder.layer.0.intermediate.dense.weight";

/** A mask of a task, whose drops share as much with those of other tasks as `common` says. */
async function maskOf(
  task: string,
  seed: number,
  change: Partial<MaskMetadata> = {},
  { name = NAME, common = 0.2 } = {},
): Promise<Mask> {
  const initial = recipe(seed);
  const [own, shared, luck] = [noise(96 * 96, task.length, 7), noise(96 * 96, 1, 8), noise(96 * 96, seed, 9)];
  const bits = flipped(initialMask(initial, name, 96, 96)!, (i, kept) => {
    const cause = 0.7 * Number(own[i]! < 0.3) + common * Number(shared[i]! < 0.3);
    return kept && luck[i]! < 0.05 + 0.2 * cause;
  });
  const about = facts(initial);
  const metadata = {
    ...about,
    task: { ...about.task, name: task, dataSha256: { train: task } },
    seeds: { run: seed, mask: seed },
    ...change,
  };
  const digest = (name: string) => Buffer.from(name).toString("hex").padStart(64, "0").slice(-64);
  const dataSha256 = Object.fromEntries(Object.entries(metadata.task.dataSha256).map(([k, v]) => [k, digest(v)]));
  return writtenAndRead(
    { ...metadata, task: { ...metadata.task, dataSha256 } },
    [{ name, layer: 0, kind: "I", bits }],
    `${task}-${seed}`,
  );
}

const judge = (masks: readonly Mask[], against: readonly Mask[], related: readonly string[][] = []): PairComparison =>
  judgePairs(comparePairs(masks).pairs, masks, { against, related })[0]!;

const TASKS = ["a", "bb", "ccc", "dddd"];

test("a pair of one task lies over the pairs of unrelated masks, one of two tasks among them", async () => {
  const others = await Promise.all(TASKS.map((task, i) => maskOf(task, 20 + i)));
  const same = judge([await maskOf("eeeee", 1), await maskOf("eeeee", 2)], others);
  // 6 pairs among the others, and each of the two with each of them.
  assert.deepEqual([same.null, same.place!.pairs], ["unrelated masks", 6 + 8]);
  assert.ok(same.lift!.value > same.place!.high && same.place!.deviations! > 4, JSON.stringify(same.place));
  assert.ok(same.place!.median > 1.002);
  const unlike = judge([await maskOf("eeeee", 1), await maskOf("ffffff", 2)], others);
  assert.equal(unlike.place!.pairs, 6 + 8);
  assert.ok(unlike.lift!.value < unlike.place!.high && unlike.lift!.value > unlike.place!.low);
});

test("median, deviation and distance of a place are scipy's", () => {
  const { lift, references, ...wanted } = expected.place;
  const place = placeAmong(lift, references)!;
  for (const key of ["median", "mad", "deviations"] as const) assert.ok(near(place[key], wanted[key]), key);
  assert.equal(place.pairs, references.length);
  assert.equal(placeAmong(1.1, [1, 1, 1, 1]), null);
  assert.equal(placeAmong(1.1, [1, 1, 1, 1, 1])!.deviations, null);
});

test("the range of a place holds 95 % of further values, however few the references are", () => {
  for (const { values, reach } of expected.reach) {
    const ratio = reachOf(values) / reach;
    assert.ok(Math.abs(ratio - 1) < 0.02, `${values}: ${ratio}`);
  }
});

test("related tasks, the same data and masks without a digest are no references, and with fewer than five pairs the null is independence", async () => {
  const masks = [await maskOf("a", 1), await maskOf("bb", 2)];
  const against = [await maskOf("a", 3), await maskOf("ccc", 4), await maskOf("dddd", 5)];
  const all = judge(masks, against);
  assert.equal(all.place!.pairs, 8); // of ten pairs the one in question, and the two masks of task a
  assert.equal(judge(masks, against, [["a", "ccc"]]).place!.pairs, 6);
  const few = judge(masks, against.slice(1, 2));
  assert.deepEqual([few.null, few.place], ["independence", null]);
  assert.match(
    few.notes.join(),
    /judged against independence because at least 5 reference pairs of unrelated masks are required \(found 2\)/,
  );
  const { task } = masks[0]!.metadata;
  const unknown = { task: { ...task, name: "x", dataSha256: {} }, run: {} };
  assert.equal(areUnrelated(unknown, masks[0]!.metadata, []), false);
  assert.equal(areUnrelated({ ...unknown, task: { ...task, name: "x" } }, masks[0]!.metadata, []), false);
});

test("masks trained on permuted labels are references for any task, and are named as controls", async () => {
  const masks = [await maskOf("a", 1), await maskOf("a", 2)];
  const control = (seed: number) =>
    maskOf("a", seed, { run: { permuteLabels: seed } }, { common: 0.1 }).then((mask) => mask);
  const against = [await control(11), await control(12)];
  const judged = judge(masks, against);
  assert.deepEqual([judged.null, judged.place!.pairs], ["permuted labels", 5]);
  assert.equal(
    judged.notes.filter((note) => /is a control trained on labels permuted with seed 1[12]/.test(note)).length,
    2,
  );
  const mixed = judge(masks, [...against, await maskOf("bb", 4)]);
  assert.equal(mixed.null, "unrelated masks");
  const alike = [{ permuteLabels: 3 }, { permuteLabels: 3 }].map((run) => ({ task: masks[0]!.metadata.task, run }));
  assert.equal(areUnrelated(alike[0]!, alike[1]!, []), false, "one seed permutes alike");
});

test("lifts that are known are not counted again, and new ones are kept", async () => {
  const masks = [await maskOf("a", 1), await maskOf("bb", 2)];
  const against = [await maskOf("ccc", 4), await maskOf("dddd", 5)];
  const known = new Map<string, number>();
  const { pairs } = comparePairs(masks);
  const first = judgePairs(pairs, masks, { against, known })[0]!;
  assert.equal(known.size, 5);
  for (const key of known.keys()) known.set(key, 1.5);
  assert.equal(judgePairs(pairs, masks, { against, known })[0]!.place!.median, 1.5);
  assert.notEqual(first.place!.median, 1.5);
});

test("masks of other matrices are no references, which is said, and neither is a mask twice", async () => {
  const masks = [await maskOf("a", 1), await maskOf("bb", 2)];
  const elsewhere = await maskOf("eeeee", 6, {}, { name: "encoder.layer.0.output.dense.weight" });
  const others = await Promise.all([maskOf("ccc", 4), maskOf("dddd", 5)]);
  const judged = judge(masks, [...others, others[0]!, masks[0]!, elsewhere]);
  assert.equal(judged.place!.pairs, 5);
  assert.match(judged.notes.join(), /masks not used as references, .*: 1$/);
});

test("one run seed, very different steps and shared seeds of references are said", async () => {
  const training = (steps: number, bestStep?: number) => ({ training: { steps, ...(bestStep && { bestStep }) } });
  const seeds = { seeds: { run: 7 } };
  const [a, b] = [
    await maskOf("a", 1, { ...seeds, ...training(300, 40) }),
    await maskOf("bb", 2, { ...seeds, ...training(100) }),
  ];
  const { notes } = comparePairs([a, b]).pairs[0]!;
  assert.match(notes.join(), /both runs used the same seed for dropout and for the frozen classifier;.*every layer/);
  const { labels: _, ...task } = a.metadata.task;
  const texts = await maskOf("ccc", 3, { ...seeds, task: { ...task, labels: [] } });
  for (const other of [a, texts])
    assert.match(comparePairs([texts, { ...other, file: "d" }]).pairs[0]!.notes.join(), /same seed for dropout; this/);
  assert.match(notes.join(), /the masks are from steps 40 and 100/);
  const plain = [await maskOf("a", 1), await maskOf("bb", 2)];
  const against = await Promise.all([maskOf("ccc", 4, seeds), maskOf("dddd", 5, seeds)]);
  assert.match(
    judge(plain, against).notes.join(),
    /reference pairs whose masks share a seed, which inflates their lifts: 1 of 5/,
  );
  assert.doesNotMatch(comparePairs(plain).pairs[0]!.notes.join(), /steps|seed/);
});

test("a verdict follows the range of reference pairs where it is known, else z", () => {
  const lift = { value: 1.1, low: 1.05, high: 1.15 };
  const place = { median: 1.04, mad: 0.01, pairs: 6, deviations: 4, low: 1, high: 1.08 };
  assert.equal(verdictOf({ lift, z: 9, place }), "more");
  assert.equal(verdictOf({ lift, z: 9, place: { ...place, high: 1.2 } }), "neither");
  assert.equal(verdictOf({ lift, z: 9, place: { ...place, low: 1.11, high: 1.2 } }), "less");
  assert.deepEqual(
    [9, 2.9, -2.9, -9].map((z) => verdictOf({ lift, z, place: null })),
    ["more", "neither", "neither", "less"],
  );
  assert.equal(verdictOf({ lift: null, z: null, place: null }), null);
});

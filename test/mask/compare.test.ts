import assert from "node:assert/strict";
import test from "node:test";
import { compareMasks } from "../../src/mask/compare.ts";
import { describeMask } from "../../src/mask/describe.ts";
import type { Mask } from "../../src/mask/file.ts";
import {
  expected,
  facts,
  near,
  nearInterval,
  noise,
  pythonMask,
  randomBits,
  trainedMask,
  writtenAndRead,
} from "./fixture.ts";

const NUMBERS = ["z", "observed", "expected", "d", "chance"] as const;

for (const wanted of expected.pairs)
  test(`lift, z, d and chance of ${wanted.a} and ${wanted.b} are numpy's, in the headline, apart, by layer, kind, matrix and head`, async () => {
    const pair = compareMasks(await pythonMask(wanted.a), await pythonMask(wanted.b)).pairs[0]!;
    for (const key of NUMBERS) assert.ok(near(pair[key], wanted[key]), `${key}: ${pair[key]} and ${wanted[key]}`);
    assert.ok(nearInterval(pair.lift, wanted.lift), JSON.stringify([pair.lift, wanted.lift]));
    assert.equal(pair.over, wanted.over);
    for (const group of ["apart", "matrices", "layers", "kinds"] as const) {
      assert.equal(pair[group].length, wanted[group].length);
      for (const [i, part] of wanted[group].entries()) {
        const found = pair[group][i]!;
        for (const key of NUMBERS) assert.ok(near(found[key], part[key]), `${group} ${i} ${key}`);
        assert.ok(nearInterval(found.lift, part.lift), `${group} ${i} lift`);
        if ("marked" in part) assert.equal("marked" in found && found.marked, part.marked);
      }
    }
    assert.equal(pair.heads.length, wanted.heads.length);
    for (const [i, head] of wanted.heads.entries())
      for (const key of ["layer", "head", "z", "zA", "zB"] as const)
        assert.ok(near(pair.heads[i]![key], head[key]), `head ${i} ${key}: ${pair.heads[i]![key]} and ${head[key]}`);
    for (const [i, head] of wanted.heads.entries()) {
      assert.ok(nearInterval(pair.heads[i]!.lift, head.lift), `head ${i}`);
      assert.equal(pair.heads[i]!.marked, head.marked);
    }
    assert.ok(nearInterval(pair.headCorrelation, wanted.headCorrelation));
    assert.deepEqual(pair.shared, wanted.shared);
    assert.deepEqual(JSON.parse(JSON.stringify(pair)), pair);
  });

test("masks with different matrices are compared on what they share, and that is said", async () => {
  const pair = compareMasks(await pythonMask("sentiment"), await pythonMask("other")).pairs[0]!;
  assert.equal(pair.shared.length, 7);
  assert.equal(pair.onlyA.length, 7); // layer 0, and the classifier of another number of labels
  assert.deepEqual(pair.onlyB, ["classifier.weight"]);
  assert.deepEqual(
    pair.layers.map(({ layer }) => layer),
    [1],
  );
  assert.equal(pair.sameMaskSeed, true);
  assert.match(pair.notes[0]!, /both masks were trained with the same mask seed/);
});

test("masks of whole heads and neurons that share a drawn mask seed are said to, too", async () => {
  const mask = await pythonMask("sentiment");
  const withSeed = (seed: number, initialMask: string) => ({
    ...mask,
    metadata: {
      ...mask.metadata,
      ...{ initial: null, seeds: { mask: seed }, run: { units: "heads-and-neurons", initialMask } },
    },
  });
  const pairOf = (seed: number, initialMask: string) =>
    compareMasks(withSeed(1, initialMask), withSeed(seed, initialMask)).pairs[0]!;
  const isSame = (seed: number, initialMask: string) => pairOf(seed, initialMask).sameMaskSeed;
  assert.deepEqual([isSame(1, "uniform"), isSame(2, "uniform"), isSame(1, "constant")], [true, false, false]);
  assert.deepEqual([isSame(1, "magnitude"), isSame(1, "magnitude-order")], [true, false]);
  const follows = (initialMask: string) => pairOf(2, initialMask).notes.filter((note) => /magnitudes/.test(note));
  assert.deepEqual(follows("uniform"), []);
  for (const kind of ["magnitude", "magnitude-order", "magnitude-and-uniform"])
    assert.deepEqual(follows(kind), [
      "the initial scores of both masks follow the magnitudes of the same weights; this alone lowers d",
    ]);
});

test("the heads in one kind of matrix are those of masks that cover no other", async () => {
  const masks = await Promise.all(["sentiment", "topic"].map(pythonMask));
  const [pair] = compareMasks(...masks).pairs;
  assert.deepEqual(
    pair!.headKinds.map(({ kind }) => kind),
    ["Q", "K", "V", "AO"],
  );
  for (const { kind, heads, headCorrelation } of pair!.headKinds) {
    const bare = masks.map((mask) => ({ ...mask, matrices: mask.matrices.filter((one) => one.kind === kind) }));
    const [alone] = compareMasks(...bare).pairs;
    assert.deepEqual(headCorrelation, alone!.headCorrelation);
    assert.equal(heads.length, alone!.heads.length);
    for (const [i, { marked, markedA, markedB, ...head }] of heads.entries()) {
      const { marked: _, markedA: __, markedB: ___, ...wanted } = alone!.heads[i]!;
      assert.deepEqual(head, wanted);
      const whole = pair!.heads[i]!;
      // A head is marked in one kind only if it is marked over all.
      for (const [one, all] of [
        [marked, whole.marked],
        [markedA, whole.markedA],
        [markedB, whole.markedB],
      ])
        assert.ok(!one || all, `${kind}, L${head.layer}H${head.head}`);
    }
  }
});

test("several masks give every pair, as each pair alone does", async () => {
  const masks = await Promise.all(["sentiment", "topic", "other"].map(pythonMask));
  const { pairs } = compareMasks(...masks);
  assert.equal(pairs.length, 3);
  assert.deepEqual(pairs[2], compareMasks(masks[1]!, masks[2]!).pairs[0]);
});

test("drops that are independent given the initial scores have a lift of 1, whatever the seeds", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const [first, second] = [noise(256 * 512, seed, 1), noise(256 * 512, seed, 2)];
    const a = await trainedMask(seed, (i) => first[i]! < 0.12);
    const b = await trainedMask(seed % 2 ? seed : seed + 100, (i) => second[i]! < 0.08, { file: "b" });
    const { lift, z } = compareMasks(a, b).pairs[0]!;
    assert.ok(Math.abs(lift!.value - 1) < 0.15 && Math.abs(z!) < 4, `${lift?.value} ${z}`);
  }
});

test("drops with a common cause have a lift over 1 where d sees nothing", async () => {
  const [cause, first, second] = [1, 2, 3].map((stream) => noise(256 * 512, 5, stream)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rate = (i: number) => (cause[i]! < 0.2 ? 0.1 : 0.02);
  const a = await trainedMask(1, (i) => first[i]! < rate(i));
  const b = await trainedMask(2, (i) => second[i]! < rate(i), { file: "b" });
  const pair = compareMasks(a, b).pairs[0]!;
  assert.ok(pair.lift!.low > 1.5 && pair.z! > 8, `${pair.lift?.low} ${pair.z}`);
  assert.ok(Math.abs(pair.d! / pair.chance! - 1) < 0.02);
});

test("masks of unknown beginnings have d, and no lift, and a reason", async () => {
  const matrix = { name: "a.weight", layer: 0, kind: "I", bits: randomBits(30, 30, 0.9, 1) } as const;
  const other = { ...matrix, bits: randomBits(30, 30, 0.9, 2) };
  const pair = compareMasks(await writtenAndRead(facts(null), [matrix]), await writtenAndRead(facts(null), [other]))
    .pairs[0]!;
  assert.deepEqual([pair.lift, pair.z, pair.headCorrelation], [null, null, null]);
  assert.ok(pair.d! > 0 && pair.chance! > 0);
  assert.equal(pair.notes.length, 2);
});

test("the numbers of steps are compared only where there is a lift that they could explain", async () => {
  const trained = await pythonMask("topic");
  const { steps } = trained.metadata.training;
  const later = (metadata: Partial<Mask["metadata"]>): Mask => ({
    ...trained,
    metadata: { ...trained.metadata, training: { steps: 10 * steps }, ...metadata },
  });
  const notes = (other: Mask) => compareMasks(trained, other).pairs[0]!.notes.filter((note) => /steps/.test(note));
  assert.match(notes(later({}))[0]!, /: the lift says little about masks trained for very different numbers of steps/);
  const imported = { file: "a.npy", format: "packed bits (SMP)", known: [], assumed: [], options: [] };
  assert.deepEqual(notes(later({ initial: null, training: { steps: 0 }, imported })), []);
  const combined = { operation: "union", masks: [] } as const;
  assert.deepEqual(notes(later({ initial: null, training: { steps: 0 }, combined })), []);
});

test("a mask equals itself", async () => {
  const mask = await pythonMask("topic");
  const { d, lift, observed, headCorrelation } = compareMasks(mask, mask).pairs[0]!;
  assert.equal(d, 0);
  assert.equal(observed, describeMask(mask).layers.find(({ layer }) => layer === 0)!.pruned);
  assert.ok(lift!.low > 1 && near(headCorrelation!.value, 1), JSON.stringify([lift, headCorrelation]));
});

test("masks over different base models are refused, naming the first matrix that differs", async () => {
  const a = await pythonMask("sentiment");
  const name = a.matrices[2]!.name;
  const { base } = a.metadata;
  const b: Mask = {
    ...a,
    file: "b",
    metadata: { ...a.metadata, base: { ...base, weights: { ...base.weights, [name]: "0".repeat(64) } } },
  };
  assert.throws(() => compareMasks(a, b), { name: "InputError", message: /0\.attention\.self\.value\.weight differs/ });
});

test("masks without a common matrix are refused", async () => {
  const bits = randomBits(8, 8, 0.9, 1);
  const one = await writtenAndRead(facts(null), [{ name: "a.weight", layer: 0, kind: "Q", bits }]);
  const two = await writtenAndRead(facts(null), [{ name: "b.weight", layer: 0, kind: "K", bits }]);
  assert.throws(() => compareMasks(one, two), { name: "InputError", message: /have no matrix in common/ });
});

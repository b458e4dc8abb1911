import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { MatrixKind } from "../../src/kinds.ts";
import type { BitMatrix } from "../../src/mask/bits.ts";
import { beganAs, flipsOf, lineAt, linePruning, needsBase } from "../../src/mask/changed.ts";
import { describeMask } from "../../src/mask/describe.ts";
import { initialMask, initialScores } from "../../src/mask/initial.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import {
  expected,
  facts,
  flipped,
  near,
  nearInterval,
  noise,
  pythonMask,
  randomBits,
  recipe,
  writtenAndRead,
} from "./fixture.ts";

for (const name of ["sentiment", "topic", "other", "grouped", "stacks"])
  test(`effect, z, φ and marks of every matrix, layer, kind and head of ${name} are numpy's and scipy's`, async () => {
    const described = describeMask(await pythonMask(name));
    const wanted = expected.masks[name]!;
    for (const [i, matrix] of wanted.matrices.entries()) {
      const found = described.matrices[i]!;
      assert.equal(found.name, matrix.name);
      assert.deepEqual([found.pruned, found.regrown], [matrix.pruned, matrix.regrown]);
      assert.ok(near(found.sparsity, matrix.sparsity));
    }
    for (const family of ["matrices", "layers", "kinds"] as const) {
      assert.equal(described[family].length, wanted[family].length);
      for (const [i, region] of wanted[family].entries()) {
        const found = described[family][i]!;
        assert.deepEqual([found.pruned, found.marked], [region.pruned, region.marked]);
        for (const key of ["expected", "z", "phi"] as const)
          assert.ok(near(found[key], region[key]), `${family} ${i} ${key}: ${found[key]} and ${region[key]}`);
        assert.ok(nearInterval(found.effect, region.effect), `${family} ${i}`);
      }
    }
    assert.equal(described.heads.length, wanted.heads.length);
    for (const head of wanted.heads) {
      const found = described.heads.find(
        (h) => h.layer === head.layer && h.head === head.head && h.kind === head.kind,
      )!;
      assert.deepEqual([found.pruned, found.marked], [head.observed, head.marked]);
      for (const key of ["density", "expected", "z", "phi"] as const)
        assert.ok(near(found[key], head[key]), `${head.kind} ${key}: ${found[key]} and ${head[key]}`);
      assert.ok(nearInterval(found.effect, head.effect), `${head.kind} ${head.head}`);
    }
    const { header } = decodeSafetensors(readFileSync(`test/fixtures/mask/${name}.mask.safetensors`), name);
    const floats = [...header.entries.values()].filter(({ type }) => type === "F32");
    const bytes = floats.reduce((sum, { shape }) => sum + 4 * shape.reduce((product, n) => product * n, 1), 0);
    assert.deepEqual(described.sizes, { ...wanted.sizes, tensors: bytes });
  });

test("with grouped queries, keys and values have fewer heads, which are parts of no head", async () => {
  const { heads } = describeMask(await pythonMask("grouped"));
  const inLayer = heads.filter(({ layer }) => layer === 1).map(({ head, kind }) => `${kind} ${head}`);
  const [shared, own] = [
    ["Q", "K", "V", "AO", "all"],
    ["Q", "AO", "all"],
  ];
  assert.deepEqual(
    inLayer,
    [shared, shared, own, own].flatMap((kinds, head) => kinds.map((kind) => `${kind} ${head}`)),
  );
  for (const whole of heads.filter(({ kind }) => kind === "all")) {
    const parts = heads.filter(
      ({ layer, head, kind }) => layer === whole.layer && head === whole.head && (kind === "Q" || kind === "AO"),
    );
    assert.equal(
      whole.pruned,
      parts.reduce((sum, { pruned }) => sum + pruned!, 0),
    );
  }
  assert.ok(
    heads.some(({ kind, marked }) => kind === "V" && marked),
    "shared values are marked on their own",
  );
});

test("heads of cross attention are apart from those of self-attention", async () => {
  const { heads } = describeMask(await pythonMask("stacks"));
  const kindsOf = (layer: number) =>
    heads.filter((one) => one.layer === layer && one.head === 0).map(({ kind }) => kind);
  assert.deepEqual(kindsOf(0), ["Q", "K", "V", "AO", "all"]);
  assert.deepEqual(kindsOf(1), ["Q", "K", "V", "AO", "all", "CQ", "CK", "CV", "CAO", "cross"]);
});

test("drops of every row and column are numpy's", async () => {
  const mask = await pythonMask("sentiment");
  const lines = linePruning(mask.matrices[0]!.bits, flipsOf(mask, mask.matrices[0]!)!);
  for (const side of ["rows", "columns"] as const)
    for (const [line, wanted] of expected.masks.sentiment![side].entries()) {
      const found = lineAt(lines[side], line);
      for (const key of ["observed", "expected", "variance", "z"] as const)
        assert.ok(near(found[key], wanted[key]), `${side} ${line} ${key}`);
      assert.ok(nearInterval(found.effect, wanted.effect), `${side} ${line}`);
    }
});

test("the mask that training began from is the one that the initial scores make", async () => {
  const mask = await pythonMask("sentiment");
  for (const matrix of mask.matrices) {
    const { rows, columns } = matrix.bits;
    const began = initialMask(mask.metadata.initial!, matrix.name, rows, columns);
    assert.deepEqual(beganAs(matrix.bits, flipsOf(mask, matrix)!), began);
  }
});

test("what is described survives JSON: no undefined, no NaN", async () => {
  const described = describeMask(await pythonMask("sentiment"));
  assert.deepEqual(JSON.parse(JSON.stringify(described)), described);
});

const name = "encoder.layer.0.attention.self.value.weight";

test("a mask from elsewhere shows densities, and says why not more", async () => {
  const bits = randomBits(64, 64, 0.9, 1);
  const described = describeMask(await writtenAndRead(facts(null), [{ name, layer: 0, kind: "V", bits }]));
  const { pruned, regrown, expected, z } = described.matrices[0]!;
  assert.deepEqual([pruned, regrown, expected, z, described.pruned, described.sizes.givenInitial], Array(6).fill(null));
  assert.match(described.unknownBecause!, /the file does not record the initial scores/);
  assert.ok(Math.abs(described.heads[0]!.density - 0.9) < 0.05);
  assert.equal(described.heads[0]!.z, null);
});

test("the changes of a classifier begun by magnitude follow from the weights in the mask's own file", async () => {
  const [name, initial] = ["classifier.weight", recipe(1, "magnitude")];
  const data = Float32Array.from(noise(8 * 64, 5));
  const bits = flipped(initialMask(initial, name, 8, 64, data, "classifier")!, (i, kept) => kept && i % 10 === 0);
  const own = [{ name, shape: [8, 64], data }];
  const mask = await writtenAndRead(facts(initial), [{ name, layer: null, kind: "T", bits }], "a", own);
  assert.equal(needsBase(mask), false);
  const { unknownBecause, pruned, regrown } = describeMask(mask);
  assert.deepEqual([unknownBecause, regrown], [null, 0]);
  assert.ok(pruned! > 40 && pruned! < 55, String(pruned));
});

test("a mask begun by magnitude shows its changes where the weights are at hand", async () => {
  const initial = recipe(1, "magnitude");
  const weights = Float32Array.from(noise(64 * 64, 4));
  const bits = flipped(initialMask(initial, name, 64, 64, weights)!, (i, kept) => kept && i % 10 === 0);
  const mask = await writtenAndRead(facts(initial), [{ name, layer: 0, kind: "V", bits }]);
  assert.match(
    describeMask(mask).unknownBecause!,
    /its tensor encoder\.layer\.0\.attention\.self\.value\.weight is not available/,
  );
  const described = describeMask(mask, () => weights);
  assert.equal(described.unknownBecause, null);
  assert.equal(described.regrown, 0);
  assert.ok(described.pruned! > 350 && described.pruned! < 410);
});

test("with equal initial scores every zero was learned, and a head's expectation is its matrix's pruning rate", async () => {
  const initial = { ...recipe(1, "constant"), low: 0.01, high: 0.03, sparsity: 0 };
  const bits = randomBits(64, 96, 0.4, 3);
  const mask = await writtenAndRead(facts(initial), [{ name, layer: 0, kind: "V", bits }]);
  const { pruned, regrown, sparsity, sizes, heads } = describeMask(mask);
  const [all, inHead] = [64 * 96, 16 * 96];
  assert.deepEqual([pruned, regrown, sizes.givenInitial], [Math.round(all * sparsity), 0, sizes.entropy]);
  const rate = pruned! / all;
  const variance = inHead * rate * (1 - rate) * ((all - inHead) / (all - 1)); // hypergeometric
  for (const head of heads) {
    assert.ok(near(head.expected, inHead * rate));
    const z = (head.pruned! - inHead * rate) / Math.sqrt(variance * Math.max(1, head.phi!));
    assert.ok(near(head.z, z), `${head.z} for ${z}`);
  }
});

test("where whole heads and neurons are pruned, they are counted, and nothing is tested that takes weights as independent", async () => {
  const all = (count: number) => randomBits(count, 64, 1, 1);
  const [heads, neurons] = [
    [1, 3],
    [0, 5, 9],
  ];
  const isIn = (units: readonly number[], width: number, line: number) => units.includes(Math.floor(line / width));
  const rows = (count: number, units: readonly number[], width: number) =>
    flipped(all(count), (i) => isIn(units, width, Math.floor(i / 64)));
  const columns = (units: readonly number[], width: number) => flipped(all(64), (i) => isIn(units, width, i % 64));
  const matrix = (name: string, kind: MatrixKind, bits: BitMatrix) => ({
    name: `${name}.weight`,
    layer: 0,
    kind,
    bits,
  });
  const matrices = [
    ...(["Q", "K", "V"] as const).map((kind) => matrix(kind, kind, rows(64, heads, 16))),
    ...[
      matrix("AO", "AO", columns(heads, 16)),
      matrix("I", "I", rows(64, neurons, 1)),
      matrix("O", "O", columns(neurons, 1)),
    ],
  ];
  const run = { ...facts(null).run, units: "heads-and-neurons" };
  const mask = await writtenAndRead({ ...facts(null), run }, matrices);
  const described = describeMask(mask);
  assert.deepEqual(described.units, [
    { layer: 0, unit: "head", all: 4, kept: 2, off: [1, 3] },
    { layer: 0, unit: "neuron", all: 64, kept: 61, off: [] },
  ]);
  assert.match(described.unknownBecause!, /whole attention heads and neurons/);
  assert.equal(needsBase(mask), false);
  assert.deepEqual([described.pruned, described.matrices[0]!.z, described.heads[0]!.z], [null, null, null]);
  const p = 3 / 64;
  assert.equal(described.sizes.entropy, Math.ceil((4 - 64 * (p * Math.log2(p) + (1 - p) * Math.log2(1 - p))) / 8));
  assert.equal(describeMask(await writtenAndRead(facts(null), matrices)).units, null);
  // A file may say so of bits that differ inside a unit, of a unit that is on in one matrix and off in another, or of heads that do
  // not divide the matrices.
  const others = [{ bits: flipped(matrices[0]!.bits, (i) => i === 0) }, { bits: rows(64, [1], 16) }, { heads: 5 }];
  for (const { bits, heads = 4 } of others) {
    const changed = matrices.map((one, i) => (bits && i === 0 ? { ...one, bits } : one));
    const base = { ...facts(null).base, heads };
    const { units, unknownBecause } = describeMask(await writtenAndRead({ ...facts(null), run, base }, changed));
    assert.equal(units, null);
    assert.match(unknownBecause!, /does not record the initial scores/);
  }
});

test("heads that keep no value row or no output column are called dead", async () => {
  const bits = flipped(randomBits(64, 64, 1, 1), (i) => Math.floor(i / 64) >> 4 === 2);
  const output = flipped(randomBits(64, 64, 1, 1), (i) => (i % 64) >> 4 === 1);
  const matrices = [
    { name, layer: 0, kind: "V", bits },
    { name: "encoder.layer.0.attention.output.dense.weight", layer: 0, kind: "AO", bits: output },
  ] as const;
  assert.deepEqual(describeMask(await writtenAndRead(facts(null), matrices)).deadHeads, [
    { layer: 0, head: 2, kind: "V" },
    { layer: 0, head: 1, kind: "AO" },
  ]);
});

test("dead values that heads share are those of one head of values, and dead outputs of cross attention are their own", async () => {
  const base = { ...facts(null).base, keyHeads: 2 };
  const off = (isOff: (row: number, column: number) => boolean, rows = 64) =>
    flipped(randomBits(rows, 64, 1, 1), (i) => isOff(Math.floor(i / 64), i % 64));
  const matrices = [
    { name: "v.weight", layer: 0, kind: "V", bits: off((row) => row >= 16, 32) },
    { name: "cao.weight", layer: 0, kind: "CAO", bits: off((_, column) => column < 16) },
  ] as const;
  const { deadHeads } = describeMask(await writtenAndRead({ ...facts(null), base }, matrices));
  assert.deepEqual(deadHeads, [
    { layer: 0, head: 1, kind: "V" },
    { layer: 0, head: 0, kind: "CAO" },
  ]);
});

test("units of a gated decoder with cross attention are neurons with a gate and two sorts of heads, without shared keys", async () => {
  const rows = (units: readonly number[], width: number) =>
    flipped(randomBits(64, 64, 1, 1), (i) => units.includes(Math.floor(i / 64 / width)));
  const columns = (units: readonly number[], width: number) =>
    flipped(randomBits(64, 64, 1, 1), (i) => units.includes(Math.floor((i % 64) / width)));
  const matrix = (kind: MatrixKind, bits: BitMatrix) => ({ name: `${kind}.weight`, layer: 0, kind, bits });
  const matrices = [
    ...[matrix("Q", rows([1], 16)), matrix("AO", columns([1], 16))],
    ...[matrix("CQ", rows([0, 2], 16)), matrix("CAO", columns([0, 2], 16))],
    ...[matrix("G", rows([5], 1)), matrix("I", rows([5], 1)), matrix("O", columns([5], 1))],
  ];
  const base = { ...facts(null).base, keyHeads: 2 };
  const run = { ...facts(null).run, units: "heads-and-neurons" };
  assert.deepEqual(describeMask(await writtenAndRead({ ...facts(null), base, run }, matrices)).units, [
    { layer: 0, unit: "head", all: 4, kept: 3, off: [1] },
    { layer: 0, unit: "cross-attention head", all: 4, kept: 2, off: [0, 2] },
    { layer: 0, unit: "neuron", all: 64, kept: 63, off: [] },
  ]);
  const others = matrices.map((one) => (one.kind === "G" ? matrix("G", rows([4], 1)) : one));
  assert.equal(describeMask(await writtenAndRead({ ...facts(null), base, run }, others)).units, null);
});

test("drops that depend on the initial score alone leave every head within chance", async () => {
  const scores = initialScores(recipe(3), name, 64, 64);
  const luck = noise(64 * 64, 8);
  const bits = flipped(
    initialMask(recipe(3), name, 64, 64)!,
    (i, kept) => kept && luck[i]! < 0.3 * Math.exp(-8 * scores[i]!),
  );
  const described = describeMask(await writtenAndRead(facts(recipe(3)), [{ name, layer: 0, kind: "V", bits }]));
  for (const { z } of described.heads) assert.ok(Math.abs(z!) < 4, `${z}`);
});

test("a lone matrix has no z against its own rates, and its effect is 1 without doubt", async () => {
  const bits = flipped(initialMask(recipe(3), name, 64, 64)!, (i, kept) => kept && i % 9 === 0);
  const described = describeMask(await writtenAndRead(facts(recipe(3)), [{ name, layer: 0, kind: "V", bits }]));
  for (const { z, effect, marked } of [...described.matrices, ...described.layers, ...described.kinds]) {
    assert.deepEqual([z, marked], [null, false]);
    assert.ok(near(effect!.low, 1) && near(effect!.value, 1) && near(effect!.high, 1));
  }
});

test("a head's part in one matrix is marked only where the head is, whatever its own z", async () => {
  const query = "encoder.layer.0.attention.self.query.weight";
  const bitsOf = (name: string, rate: (head: number) => number, stream: number) => {
    const luck = noise(64 * 64, 8, stream);
    const began = initialMask(recipe(3), name, 64, 64)!;
    return flipped(began, (i, kept) => kept && luck[i]! < rate(Math.floor(i / (16 * 64))));
  };
  const matrices = [
    { name, layer: 0, kind: "V", bits: bitsOf(name, (head) => [0.2, 0.08, 0.2, 0.08][head]!, 1) },
    { name: query, layer: 0, kind: "Q", bits: bitsOf(query, (head) => [0.08, 0.2, 0.2, 0.08][head]!, 2) },
  ] as const;
  const { heads } = describeMask(await writtenAndRead(facts(recipe(3)), matrices));
  const of = (kind: string) => heads.filter((head) => head.kind === kind);
  assert.ok(of("V").every(({ z }) => Math.abs(z!) > 4) && of("Q").every(({ z }) => Math.abs(z!) > 4));
  for (const kind of ["all", "V", "Q"])
    assert.deepEqual(
      of(kind).map(({ marked }) => marked),
      [false, false, true, true], // in heads 0 and 1 the two matrices go against each other
      kind,
    );
});

test("a head whose weights are pruned more often stands out", async () => {
  const luck = noise(64 * 64, 8);
  const bits = flipped(
    initialMask(recipe(3), name, 64, 64)!,
    (i, kept) => kept && luck[i]! < (i < 16 * 64 ? 0.1 : 0.03),
  );
  const described = describeMask(await writtenAndRead(facts(recipe(3)), [{ name, layer: 0, kind: "V", bits }]));
  const [first, ...others] = described.heads.filter(({ kind }) => kind === "V");
  assert.ok(first!.z! > 4 && others.every(({ z }) => z! < 0));
});

// What parts of a mask are worth, against evaluations of mask files in which the same parts were changed.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, test } from "node:test";
import { type EffectOptions, type Effects, effect } from "../../src/adaptation/effect/effect.ts";
import { DEAD } from "../../src/adaptation/effect/limits.ts";
import { partsOf, replacedIn } from "../../src/adaptation/effect/parts.ts";
import { evaluate } from "../../src/adaptation/evaluate.ts";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { InputError } from "../../src/errors.ts";
import { type BitMatrix, emptyBits } from "../../src/mask/bits.ts";
import { encodeMask, type Mask, type MaskMatrix } from "../../src/mask/file.ts";
import { initialMask } from "../../src/mask/initial.ts";
import { maskFile } from "./tiny.ts";

const WORDS = ["the", "river", "was", "that", "frozen", "moon", "masks", "fun", "thin", "and"];
const LABELS = ["no", "maybe", "yes"];
let folder: string;
let task: string;
let file: string;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "masklens-effect-"));
  const rows = Array.from({ length: 60 }, (_, i) => {
    const text = Array.from({ length: 3 + (i % 6) }, (_, j) => WORDS[(i * 3 + j * j) % WORDS.length]).join(" ");
    return `${text},${LABELS[(i * i) % 3]}`;
  });
  writeFileSync(path.join(folder, "rows.csv"), `text,label\n${rows.join("\n")}\n`);
  task = path.join(folder, "three.task.json");
  const files = { train: "rows.csv", validation: "rows.csv", test: "rows.csv" };
  writeFileSync(task, JSON.stringify({ name: "three", kind: "sentence", metric: "accuracy", labels: LABELS, files }));
  file = await maskFile(folder, "three", LABELS);
});

const measure = (more: Partial<EffectOptions> = {}): Promise<Effects> =>
  effect({ mask: file, change: "zeroed", task, split: "validation", device: "cpu", seconds: 1e6, ...more });

const maskIn = async (file: string) => (await readAdaptation(file)) as Mask;

/** Writes a mask with other bits. */
async function written(name: string, change: (matrix: MaskMatrix) => BitMatrix, from = file): Promise<string> {
  const { metadata, matrices, tensors } = await maskIn(from);
  const changed = matrices.map((matrix) => ({ ...matrix, bits: change(matrix) }));
  const place = path.join(folder, `${name}.mask.safetensors`);
  writeFileSync(place, Buffer.concat(await encodeMask({ metadata, matrices: changed, tensors })));
  return place;
}

const none = ({ rows, columns }: BitMatrix) => emptyBits(rows, columns);

test("each part's exact effect is the difference of an evaluation of the mask with that part changed", async () => {
  const found = await measure();
  const mask = await maskIn(file);
  const own = partsOf(mask);
  assert.equal(found.parts.length, own.length);
  for (const index of [0, 3, own.length - 4, own.length - 1]) {
    const { regions } = own[index]!;
    const changed = await written(`changed-${index}`, ({ name, bits }) => {
      const region = regions.find(({ matrix }) => matrix === name);
      return region ? replacedIn(bits, none(bits), region) : bits;
    });
    const { adaptations, comparisons } = await evaluate({
      ...{ adaptations: [changed, file], tasks: { [changed]: task, [file]: task }, split: "validation", device: "cpu" },
      details: true,
    });
    const [after, before] = adaptations.map(({ details }) => details!.calibration!.negativeLogLikelihood.value);
    const { measured } = found.parts[index]!;
    assert.ok(Math.abs(measured!.loss.value - (after! - before!)) < 1e-6);
    assert.ok(Math.abs(found.loss - before!) < 1e-6);
    const [{ difference, mcnemar }] = comparisons as [(typeof comparisons)[number]];
    assert.deepEqual(measured!.metric, difference);
    const { pHolm: _, ...test } = mcnemar!;
    const { pHolm, ...measuredTest } = measured!.mcnemar!;
    assert.deepEqual(measuredTest, test);
    assert.ok(pHolm >= test.p);
  }
});

test("heads add up to their matrices, intervals hold the value, and the correlations are over what was measured", async () => {
  const { parts, heads, kinds } = await measure();
  const { matrices } = await maskIn(file);
  for (const layer of new Set(matrices.flatMap(({ layer }) => layer ?? []))) {
    const of = (isHead: boolean) => parts.filter((part) => part.layer === layer && (part.head !== null) === isHead);
    const attention = of(false).filter(({ kind }) => ["Q", "K", "V", "AO"].includes(kind));
    for (const key of ["weights", "changed"] as const) {
      const sum = (some: typeof parts) => some.reduce((total, part) => total + part[key], 0);
      assert.equal(sum(of(true)), sum(attention));
    }
  }
  for (const { measured } of parts) {
    const { value, low, high } = measured!.loss;
    assert.ok(low! <= value && value <= high!);
  }
  assert.equal(heads.parts + kinds.parts, parts.length);
  assert.ok(heads.estimate && heads.z && kinds.estimate);
});

test("parts whose bits do not change have no effect, and nothing is computed for them", async () => {
  const { metadata } = await maskIn(file);
  const untrained = await written("untrained", ({ name, layer, bits: { rows, columns } }) => {
    const role = layer === null ? "classifier" : "encoder";
    return initialMask(metadata.initial!, name, rows, columns, undefined, role)!;
  });
  for (const { changed, estimate, measured } of (await measure({ mask: untrained, change: "restored" })).parts) {
    assert.deepEqual(
      [changed, estimate, measured!.loss.value, measured!.metric.value, measured!.logits],
      [0, 0, 0, 0, 0],
    );
  }
  const restored = await measure({ change: "restored" });
  assert.ok(restored.parts.every(({ changed }) => changed > 0));
  // A swap with a mask that is the initial one does the same.
  const swapped = await measure({ change: "swapped", other: untrained });
  assert.deepEqual(swapped.parts, restored.parts);
});

test("without time there are estimates only, largest ones come first, and named parts are always measured", async () => {
  const { parts, heads } = await measure({ seconds: 0 });
  assert.ok(parts.every(({ measured, estimate }) => measured === null && estimate !== 0));
  assert.deepEqual(heads, { parts: 0, estimate: null, z: null });
  const order: number[] = [];
  const stop = new AbortController();
  const partial = await effect(
    { mask: file, change: "zeroed", task, split: "validation", device: "cpu", seconds: 1e6, signal: stop.signal },
    (effects) => {
      order.push(effects.parts.filter(({ measured }) => measured).length);
      if (order.length === 4) stop.abort();
    },
  );
  assert.deepEqual(order, [0, 1, 2, 3]);
  const measured = partial.parts.filter(({ measured }) => measured).map(({ estimate }) => Math.abs(estimate!));
  const others = partial.parts.filter(({ measured }) => !measured).map(({ estimate }) => Math.abs(estimate!));
  assert.ok(Math.min(...measured) >= Math.max(...others));
  const head = { layer: 1, head: 2, kind: "all" } as const;
  const one = await measure({ seconds: 0, parts: [head] });
  assert.deepEqual(
    one.parts.map(({ layer, head, measured, estimate }) => [layer, head, measured !== null, estimate]),
    [[1, 2, true, null]],
  );
  // p is corrected for all parts, whether there was time for them or not.
  const tests = (await measure()).parts.map(({ measured }) => measured!.mcnemar!);
  const least = partial.parts.flatMap(({ measured }) => measured?.mcnemar ?? []).sort((a, b) => a.p - b.p)[0]!;
  assert.ok(Math.abs(least.pHolm - Math.min(1, tests.length * least.p)) < 1e-12);
});

test("a head whose output is masked is dead: all that is left of it can be set to zero", async () => {
  const silent = await written("silent", ({ layer, kind, bits }) => {
    if (layer !== 1 || kind !== "AO") return bits;
    const region = partsOf(maskOfOne(bits)).find(({ head }) => head === 1)!.regions[0]!;
    return replacedIn(bits, none(bits), region);
  });
  const { parts } = await measure({ mask: silent });
  const dead = parts.filter(({ head, measured }) => head !== null && measured!.logits <= DEAD);
  assert.deepEqual(
    dead.map(({ layer, head, changed }) => [layer, head, changed > 0]),
    [[1, 1, true]],
  );
});

/** A mask of one attention output, for its regions. */
function maskOfOne(bits: BitMatrix): Mask {
  const matrices = [{ name: "one", layer: 1, kind: "AO", bits }];
  return { matrices, metadata: { base: { heads: 4 } } } as unknown as Mask;
}

test("what cannot be changed is refused with the reason", async () => {
  const refused = (more: Partial<EffectOptions>, what: RegExp) =>
    assert.rejects(measure(more), (error) => error instanceof InputError && what.test(error.message));
  await refused({ parts: [{ layer: 9, head: 0, kind: "all" }] }, /the mask has no part layer 9, head 0/);
  await refused({ change: "swapped" }, /there is no mask to swap parts with/);
  const head = { layer: 0, head: 0, kind: "all" } as const;
  const upper = await maskFile(folder, "upper", LABELS, { layers: [2] });
  await refused(
    { change: "swapped", other: upper, parts: [head] },
    /layer 0, head 0 cannot be swapped, because the other/,
  );
  const { metadata, matrices, tensors } = await maskIn(file);
  const weights = Object.fromEntries(Object.keys(metadata.base.weights).map((name) => [name, "0".repeat(64)]));
  const other = path.join(folder, "based.mask.safetensors");
  const based = { ...metadata, base: { ...metadata.base, weights } };
  writeFileSync(other, Buffer.concat(await encodeMask({ metadata: based, matrices, tensors })));
  await refused({ change: "swapped", other }, /based.*: it has another base model than .*three/);
  const layers = await maskFile(folder, "other", LABELS, { layers: [1] });
  const partly = await measure({ change: "swapped", other: layers, seconds: 0 });
  assert.deepEqual(new Set(partly.parts.map(({ layer }) => layer)), new Set([1]));
  assert.match(
    partly.notes.join(" "),
    /Parts with matrices that the other mask does not mask, .* are left out: .*pooler/,
  );
});

// The thread that reads masks, asked as the extension host asks it.
import assert from "node:assert/strict";
import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { baseWeightsOf } from "../../../../src/adaptation/base.ts";
import { readAdaptation } from "../../../../src/adaptation/read.ts";
import { InputError } from "../../../../src/errors.ts";
import type { DescribeEvent, MaskRequests } from "../../../../src/extension/masks/thread/requests.ts";
import { flipsOf, lineAt, linePruning } from "../../../../src/mask/changed.ts";
import { type Based, encodePacked, type Mask } from "../../../../src/mask/file.ts";
import { openPretrained } from "../../../../src/model/weights/pretrained.ts";
import { Asker, threadPort } from "../../../../src/worker/channel.ts";
import { MODEL, maskFile, weightsBut } from "../../../adaptation/tiny.ts";
import { folderOf } from "../../../model/folders.ts";

/** Starts the thread in an editor that knows these folders with models; `wanted` counts how often it asks for them. */
function thread(t: TestContext, folders: readonly string[]) {
  const worker = new Worker("./dist/mask-thread.cjs");
  t.after(() => worker.terminate());
  const asked = { wanted: 0 };
  const asker = new Asker<MaskRequests>(threadPort(worker), async () => {
    asked.wanted++;
    return folders;
  });
  const ask: Asker<MaskRequests>["ask"] = (...request) => asker.ask(...request);
  return { ask, asked };
}

const NAME = "encoder.layer.1.attention.self.query.weight";
const AT = { name: NAME, row: 1, column: 2 };

async function weight(): Promise<number> {
  const pretrained = await openPretrained(MODEL);
  const { shape } = pretrained.tensors.get(NAME)!;
  const values = await pretrained.readFloat32(NAME);
  await pretrained.close();
  return values[AT.row * shape[1]! + AT.column]!;
}

/** Puts a model into a folder that is another in that weight's matrix. */
async function writeOther(folder: string): Promise<void> {
  writeFileSync(path.join(folder, "model.safetensors"), await weightsBut(NAME));
}

test("a weight's value is read where the mask says that its base model lies, if the editor knows that folder, and else nowhere", async (t) => {
  const file = await maskFile(folderOf(t), "two", ["no", "yes"]);
  const { ask, asked } = thread(t, [path.resolve(MODEL)]);
  assert.equal((await ask("weight", { file, ...AT })).value, await weight());
  assert.equal(asked.wanted, 1);
  // Where a stranger's mask says that its base lies may be anywhere: the editor reads nothing there unasked.
  const strange = thread(t, []);
  assert.equal((await strange.ask("weight", { file, ...AT })).value, null);
});

test("a weight's value is read from a base model that has moved, of the folders that the editor knows", async (t) => {
  const home = folderOf(t);
  const [former, moved, other] = ["former", "moved", "other"].map((name) => path.join(home, name)) as [
    string,
    string,
    string,
  ];
  cpSync(MODEL, former, { recursive: true });
  const file = await maskFile(home, "two", ["no", "yes"], { base: former });
  renameSync(former, moved);
  cpSync(MODEL, other, { recursive: true });
  const { ask, asked } = thread(t, [other, moved]);
  await writeOther(other);
  assert.equal((await ask("weight", { file, ...AT })).value, await weight());
  assert.notEqual((await ask("weight", { file, ...AT, name: NAME.replace("query", "key") })).value, null);
  assert.equal(asked.wanted, 1);
});

test("a classifier's weight is read from the mask's own file, whatever classifier the model's folder holds", async (t) => {
  const file = await maskFile(folderOf(t), "two", ["no", "yes"]);
  const mask = (await readAdaptation(file)) as Mask;
  const { ask } = thread(t, []);
  const { value } = await ask("weight", { file, name: "classifier.weight", row: 1, column: 2 });
  const { shape, data } = mask.tensors.find(({ name }) => name === "classifier.weight")!;
  assert.equal(value, data[shape[1]! + 2]);
});

test("where no folder holds the base model, a weight has no value but still its initial score", async (t) => {
  const home = folderOf(t);
  const base = path.join(home, "former");
  cpSync(MODEL, base, { recursive: true });
  const file = await maskFile(home, "two", ["no", "yes"], { base });
  await writeOther(base);
  const { ask } = thread(t, [base]);
  const { value, score } = await ask("weight", { file, ...AT });
  assert.equal(value, null);
  assert.ok(Number.isFinite(score));
});

test("a mask that was written anew is read anew, by whoever asks next", async (t) => {
  const home = folderOf(t);
  const file = await maskFile(home, "two", ["no", "yes"], { seed: 1 });
  const { ask } = thread(t, []);
  const before = await ask("describe", { file });
  await maskFile(home, "two", ["no", "yes"], { seed: 2 });
  const after = await ask("describe", { file });
  assert.notEqual(after.metadata.checksum, before.metadata.checksum);
  assert.equal(after.metadata.checksum, ((await readAdaptation(file)) as Mask).metadata.checksum);
});

test("a file that is no mask is refused with its place and the remedy, and the thread goes on", async (t) => {
  const file = path.join(folderOf(t), "empty.mask.safetensors");
  writeFileSync(file, "");
  const { ask } = thread(t, []);
  await assert.rejects(ask("describe", { file }), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, `${file}: the file is empty; train the mask again.`);
    return true;
  });
  const good = await maskFile(path.dirname(file), "two", ["no", "yes"]);
  assert.equal((await ask("summary", { file: good })).task.name, "two");
});

test("what a mask's file alone tells comes before what training changed, with the progress of matrices between", async (t) => {
  const file = await maskFile(folderOf(t), "two", ["no", "yes"]);
  const { ask } = thread(t, []);
  const events: DescribeEvent[] = [];
  const whole = await ask("describe", { file }, { onEvent: (event) => events.push(event) });
  const [first, ...progress] = events;
  assert.ok("description" in first! && !first.complete && first.description.pruned === null);
  assert.ok(progress.every((event) => "progress" in event));
  assert.ok(whole.complete && whole.description.pruned !== null);
});

test("a packed mask is described as the plain one is; with its base model, only where the editor knows that", async (t) => {
  const home = folderOf(t);
  const plain = await maskFile(home, "two", ["no", "yes"]);
  const base = (mask: Based) => baseWeightsOf([mask], { model: MODEL });
  const [packed, based] = ["packed", "based"].map((name) => path.join(home, `${name}.mask.safetensors`));
  writeFileSync(packed!, Buffer.concat(await encodePacked(readFileSync(plain), plain)));
  writeFileSync(based!, Buffer.concat(await encodePacked(readFileSync(plain), plain, { base })));
  const { ask } = thread(t, [path.resolve(MODEL)]);
  const { packed: _, file: __, ...expected } = (await ask("describe", { file: plain })).description;
  for (const file of [packed!, based!]) {
    const { packed: about, file: _, ...description } = (await ask("describe", { file })).description;
    assert.deepEqual(description, expected);
    assert.equal(about!.base, file === based ? description.base.fingerprint : null);
  }
  await assert.rejects(thread(t, []).ask("describe", { file: based! }), /cannot be read without them/);
});

test("a matrix that a mask leaves alone is none, and no fault", async (t) => {
  const file = await maskFile(folderOf(t), "two", ["no", "yes"]);
  const { ask } = thread(t, []);
  assert.equal(await ask("matrix", { file, name: "encoder.layer.9.attention.self.query.weight" }), null);
});

for (const order of ["narrow first", "wide first"])
  test(`two masks begun by magnitude, one of fewer matrices, are compared over those of both: ${order}`, async (t) => {
    const home = folderOf(t);
    const wide = await maskFile(home, "wide", ["no", "yes"], { seed: 1, initial: "magnitude" });
    const narrow = await maskFile(home, "narrow", ["no", "yes"], { seed: 2, initial: "magnitude", layers: [1] });
    const { ask } = thread(t, [path.resolve(MODEL)]);
    const files = order === "wide first" ? [wide, narrow] : [narrow, wide];
    const [pair] = await ask("compare", { files });
    assert.equal(pair!.notes.length, 1);
    assert.match(pair!.notes[0]!, /both masks follow the magnitudes .* lowers d; the lift is given these scores$/);
    assert.ok(Number.isFinite(pair!.lift!.value));
    assert.deepEqual(
      pair!.layers.map(({ layer }) => layer),
      [1],
    );
  });

/** Masks of five tasks, the first two compared. */
async function compared(t: TestContext) {
  const home = folderOf(t);
  const [a, b, ...others] = await Promise.all(
    ["1", "2", "3", "4", "5"].map((data, i) =>
      maskFile(home, `task${data}`, ["no", "yes"], { seed: i + 1, train: data }),
    ),
  );
  const { ask } = thread(t, []);
  const files = [a!, b!];
  return { home, ask, others, params: { files, related: [], known: [], pairs: await ask("compare", { files }) } };
}

test("compared masks are judged by pairs of others over their base, whose lifts are told so that they can be kept", async (t) => {
  const { ask, others, params } = await compared(t);
  assert.deepEqual(
    params.pairs.map((pair) => [pair.null, pair.place]),
    [["independence", null]],
  );
  const first = await ask("judge", { ...params, against: [...params.files, ...others] });
  const [pair] = first.pairs;
  assert.deepEqual([pair!.null, pair!.place!.pairs, pair!.lift], ["unrelated masks", 3 + 6, params.pairs[0]!.lift]);
  assert.equal(first.known.length, 9);
  // What is known is not computed again.
  const known = first.known.map(([key]) => [key, 1.5] as const);
  const again = await ask("judge", { ...params, against: others, known });
  assert.equal(again.pairs[0]!.place!.median, 1.5);
  assert.equal(again.known.length, 9);
});

test("pairs of tasks that are named as related judge nothing, and with too few pairs the null stays independence", async (t) => {
  const { ask, others, params } = await compared(t);
  const related = [["task3", "task4"]];
  assert.equal((await ask("judge", { ...params, against: others, related })).pairs[0]!.place!.pairs, 8);
  const [few] = (await ask("judge", { ...params, against: others.slice(0, 1) })).pairs;
  assert.deepEqual([few!.null, few!.place], ["independence", null]);
  assert.match(few!.notes.join(), /at least 5 reference pairs of unrelated masks are required \(found 2\);/);
});

test("a mask to judge by that cannot be read is left out and said to be", async (t) => {
  const { home, ask, others, params } = await compared(t);
  const damaged = path.join(home, "damaged.mask.safetensors");
  writeFileSync(damaged, "nothing");
  const [pair] = (await ask("judge", { ...params, against: [...others, damaged] })).pairs;
  assert.equal(pair!.place!.pairs, 9);
  assert.ok(pair!.notes.includes("1 of 4 reference masks cannot be read"), pair!.notes.join());
});

test("each row and column of a matrix comes with its effect, interval, z and mark", async (t) => {
  const file = await maskFile(folderOf(t), "two", ["no", "yes"]);
  const { ask } = thread(t, []);
  const view = (await ask("matrix", { file, name: NAME }))!;
  const mask = (await readAdaptation(file)) as Mask;
  const matrix = mask.matrices.find(({ name }) => name === NAME)!;
  const lines = linePruning(matrix.bits, flipsOf(mask, matrix)!);
  for (const [shown, drops] of [
    [view.rowPruning!, lines.rows],
    [view.columnPruning!, lines.columns],
  ] as const) {
    assert.equal(shown.z.length, drops.observed.length);
    for (const [line, z] of shown.z.entries()) {
      const { effect, z: wanted } = lineAt(drops, line);
      assert.equal(z, Math.fround(wanted!));
      assert.deepEqual(
        [...shown.effects.subarray(3 * line, 3 * line + 3)],
        [effect!.value, effect!.low, effect!.high].map(Math.fround),
      );
      assert.ok(shown.marks[line] === 0 || Math.abs(wanted!) > 2);
    }
  }
});

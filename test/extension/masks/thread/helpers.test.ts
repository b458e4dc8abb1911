// Masks that are large enough for several threads to count them together.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { InputError } from "../../../../src/errors.ts";
import type { Indexed, MaskRequests } from "../../../../src/extension/masks/thread/requests.ts";
import { comparePairs } from "../../../../src/mask/compare.ts";
import { countMatrix, describeMask, type MatrixCounts } from "../../../../src/mask/describe.ts";
import { decodeMask, encodePacked } from "../../../../src/mask/file.ts";
import { Asker, threadPort } from "../../../../src/worker/channel.ts";
import { writeBigMask } from "../../../bench/big-mask.ts";
import { pythonMask } from "../../../mask/fixture.ts";
import { folderOf } from "../../../model/folders.ts";

/** Layers 10 and 11 of BERT-base, 15 million weights. */
const LOWEST = 10;

function thread(t: TestContext): Asker<MaskRequests> {
  const worker = new Worker("./dist/mask-thread.cjs");
  t.after(() => worker.terminate());
  return new Asker(threadPort(worker), async () => []);
}

async function bigMask(folder: string, seed: number) {
  const file = path.join(folder, `${seed}.mask.safetensors`);
  await writeBigMask(file, seed, LOWEST);
  return { file, mask: await decodeMask(new Uint8Array(readFileSync(file)), file) };
}

test("a large mask that several threads count is described and compared exactly as by one", async (t) => {
  const home = folderOf(t);
  const [one, two] = [await bigMask(home, 1), await bigMask(home, 2)];
  const asker = thread(t);
  const names: string[] = [];
  const { description } = await asker.ask(
    "describe",
    { file: one.file },
    { onEvent: (event) => "progress" in event && names.push(...event.progress.map(({ name }) => name)) },
  );
  assert.deepEqual(description, describeMask(one.mask));
  assert.equal(new Set(names).size, names.length, "no matrix is reported twice");
  const packed = path.join(home, "packed.mask.safetensors");
  const choices = () => [{ scores: true, lines: false, signs: false }];
  writeFileSync(packed, Buffer.concat(await encodePacked(readFileSync(one.file), one.file, { choices })));
  const { packed: about, ...same } = (await asker.ask("describe", { file: packed })).description;
  assert.deepEqual({ ...same, packed: null }, { ...description, file: packed });
  assert.equal(about!.base, null);
  const pairs = await asker.ask("compare", { files: [one.file, two.file] });
  assert.deepEqual(pairs, comparePairs([one.mask, two.mask]).pairs);
});

test("a packed mask is handed to other threads decoded", async (t) => {
  const mask = await pythonMask("other");
  const next = new Int32Array(new SharedArrayBuffer(4));
  const counted: MatrixCounts[] = [];
  const given = { file: "gone", checksum: mask.metadata.checksum, decoded: mask, next };
  await thread(t).ask("count", given, { onEvent: ({ index, result }) => (counted[index] = result) });
  assert.deepEqual(
    counted,
    mask.matrices.map((matrix) => countMatrix(mask, matrix)),
  );
});

test("two threads with one counter count each matrix once", async (t) => {
  const { file, mask } = await bigMask(folderOf(t), 3);
  const next = new Int32Array(new SharedArrayBuffer(4));
  const { checksum } = mask.metadata;
  const counted: (readonly Indexed<MatrixCounts>[])[] = await Promise.all(
    [thread(t), thread(t)].map(async (asker) => {
      const events: Indexed<MatrixCounts>[] = [];
      await asker.ask("count", { file, checksum, next }, { onEvent: (event) => void events.push(event) });
      return events;
    }),
  );
  const all = counted.flat().sort((a, b) => a.index - b.index);
  assert.deepEqual(
    all.map(({ result }) => result),
    mask.matrices.map((matrix) => countMatrix(mask, matrix)),
  );
});

test("a mask that was rewritten meanwhile is not counted together with the former one", async (t) => {
  const { file } = await bigMask(folderOf(t), 4);
  const next = new Int32Array(new SharedArrayBuffer(4));
  await assert.rejects(thread(t).ask("count", { file, checksum: "0".repeat(64), next }), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, `${file}: the mask was rewritten while it was being read; open it again.`);
    return true;
  });
  assert.equal(next[0], 0);
});

test("a thread that was told to forget knows a deleted mask no longer", async (t) => {
  const { file } = await bigMask(folderOf(t), 5);
  const asker = thread(t);
  await asker.ask("describe", { file });
  rmSync(file);
  assert.equal((await asker.ask("summary", { file })).task.name, "big");
  await asker.ask("forget", {});
  await assert.rejects(asker.ask("summary", { file }), /there is no such file/);
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { beforeEach } from "node:test";
import { InputError } from "../src/errors.ts";
import { readFileLimited, type WriteSome, writeAtomic } from "../src/files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "masklens-files-"));
  file = path.join(folder, "kept.bin");
});

const full: WriteSome = async (handle, chunk, position) => {
  if (position >= 3) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  return (await handle.write(chunk, 0, Math.min(3 - position, chunk.length), position)).bytesWritten;
};

test("chunks are written one after the other, however little each call takes", async () => {
  const slow: WriteSome = async (handle, chunk, position) => (await handle.write(chunk, 0, 1, position)).bytesWritten;
  await writeAtomic(file, [bytes("one "), new Uint8Array(0), bytes("two")], slow);
  assert.equal(await readFile(file, "utf8"), "one two");
  assert.deepEqual(await readdir(folder), ["kept.bin"]);
});

test("a full disk keeps the old file, leaves nothing else, and is told in one sentence", async () => {
  await writeAtomic(file, [bytes("the old one")]);
  await assert.rejects(writeAtomic(file, [bytes("the new one")], full), (error: Error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /kept\.bin: the disk is full; free some space .*\.$/);
    return true;
  });
  assert.equal(await readFile(file, "utf8"), "the old one");
  assert.deepEqual(await readdir(folder), ["kept.bin"]);
});

test("a disk that takes nothing and says nothing counts as full", async () => {
  await assert.rejects(
    writeAtomic(file, [bytes("new")], async () => 0),
    /the disk is full/,
  );
});

test("a disk that says it wrote and did not is found out", async () => {
  await assert.rejects(
    writeAtomic(file, [bytes("new")], async (_, chunk) => chunk.length),
    /the disk is full/,
  );
});

test("an error that nobody foresaw is passed on, and the old file stays", async () => {
  await writeAtomic(file, [bytes("the old one")]);
  const broken = Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  await assert.rejects(
    writeAtomic(file, [bytes("new")], async () => {
      throw broken;
    }),
    broken,
  );
  assert.equal(await readFile(file, "utf8"), "the old one");
  assert.deepEqual(await readdir(folder), ["kept.bin"]);
});

test("a folder that is a file, is missing, or a folder in the file's place is refused", async () => {
  await writeFile(file, "a file");
  await assert.rejects(writeAtomic(path.join(file, "in-a-file"), []), /its folder is a file; choose another folder\.$/);
  await assert.rejects(writeAtomic(path.join(folder, "none", "file"), []), /its folder does not exist/);
  const inner = await mkdtemp(path.join(tmpdir(), "masklens-files-"));
  await assert.rejects(writeAtomic(inner, []), /a folder of that name is in the way/);
});

test("what a killed writer left is removed by the next one, what a living one writes is not", async () => {
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  await writeFile(path.join(folder, `.kept.bin.${dead}-0.tmp`), "half");
  await writeFile(path.join(folder, `.kept.bin.${process.ppid}-0.tmp`), "half");
  await writeFile(path.join(folder, `.other.bin.${dead}-0.tmp`), "half");
  await writeAtomic(file, [bytes("new")]);
  assert.deepEqual((await readdir(folder)).sort(), [
    `.kept.bin.${process.ppid}-0.tmp`,
    `.other.bin.${dead}-0.tmp`,
    "kept.bin",
  ]);
});

test("many writers of one file leave the whole work of one of them", async () => {
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(texts.map((text) => writeAtomic(file, [bytes(text)])));
  assert.ok(texts.includes(await readFile(file, "utf8")));
});

test("a file over the limit, a folder and a missing file are not read", async () => {
  await writeAtomic(file, [bytes("twelve bytes")]);
  assert.equal((await readFileLimited(file, 12, "give less")).length, 12);
  await assert.rejects(readFileLimited(file, 11, "give less"), /12 bytes, over the limit of 11 B; give less\.$/);
  await assert.rejects(readFileLimited(folder, 99, "give a file"), /a folder, not a file; give a file\.$/);
  await assert.rejects(readFileLimited(`${file}x`, 99, "give a file"), /no such file/);
});

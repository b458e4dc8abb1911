import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { beforeEach } from "node:test";
import { InputError } from "../src/errors.ts";
import { openFile, readFileLimited, SYSTEM, type System, temporaryOf, writeAtomic } from "../src/files.ts";
import { failEachCall } from "./faults/failing-save.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "masklens-files-"));
  file = path.join(folder, "kept.bin");
});

const writing = (write: System["write"]): System => ({ ...SYSTEM, write });

const full = writing(async (handle, chunk, position) => {
  if (position >= 3) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  return (await handle.write(chunk, 0, Math.min(3 - position, chunk.length), position)).bytesWritten;
});

test("chunks are written one after the other, however little each call takes", async () => {
  const slow = writing(async (handle, chunk, position) => (await handle.write(chunk, 0, 1, position)).bytesWritten);
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

test("whichever call of a save fails, the file is the old one, or the new one where it was in place already", async () => {
  const results = await failEachCall();
  const names = new Set(results.map(({ call }) => call.split(" ")[0]));
  assert.deepEqual([...names].sort(), ["close", "open", "readdir", "rename", "size", "sync", "write"]);
  for (const { call, failure, left, said } of results) {
    // A folder that may not be read is written all the same; only it is not flushed.
    if (/^(readdir|open \(call 2\))/.test(call) && failure === "EACCES") assert.equal(left, "new", call);
    else if (left === "new")
      assert.match(said!, /the file was written, but flushing it to disk failed/, `${call} ${failure}`);
  }
  const quota = results.find(({ call, failure }) => call.startsWith("write") && failure === "EDQUOT")!;
  assert.match(quota.said!, /your disk quota is used up; free some space/);
});

test("what is no error of the system is passed on, and the old file stays", async () => {
  await writeAtomic(file, [bytes("the old one")]);
  const broken = new TypeError("a fault of this program");
  await assert.rejects(
    writeAtomic(
      file,
      [bytes("new")],
      writing(async () => {
        throw broken;
      }),
    ),
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
  await assert.rejects(writeAtomic(inner, []), /a folder with that name already exists/);
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

test("a folder or a link that is called like a leftover stays, and no save fails of it", async () => {
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  await mkdir(path.join(folder, `.kept.bin.${dead}-0.tmp`));
  await symlink("nowhere", path.join(folder, `.kept.bin.${dead}-1.tmp`));
  await writeAtomic(file, [bytes("new")]);
  assert.equal((await readdir(folder)).length, 3);
});

test("a file with the longest name that there is can be written, and what killed writers of it left goes", async () => {
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const long = path.join(folder, "n".repeat(255));
  const left = temporaryOf(long).replace(`.${process.pid}-`, `.${dead}-`);
  await writeFile(left, "half");
  await writeAtomic(long, [bytes("new")]);
  assert.deepEqual(await readdir(folder), ["n".repeat(255)]);
});

test("many writers of one file leave the whole work of one of them", async () => {
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(texts.map((text) => writeAtomic(file, [bytes(text)])));
  assert.ok(texts.includes(await readFile(file, "utf8")));
});

test("a file over the limit, a folder and a missing file are not read", async () => {
  await writeAtomic(file, [bytes("twelve bytes")]);
  assert.equal((await readFileLimited(file, 12, "give less")).length, 12);
  await assert.rejects(
    readFileLimited(file, 11, "give less"),
    /the file is 12 B, larger than the limit of 11 B; give less\.$/,
  );
  await assert.rejects(readFileLimited(folder, 99, "give a file"), /a folder, not a file; give a file\.$/);
  await assert.rejects(readFileLimited(`${file}x`, 99, "give a file"), /no such file/);
});

test("a pipe, a folder and a name that no file can have are not opened, in words", async () => {
  const pipe = path.join(folder, "pipe");
  const isPipe = spawnSync("mkfifo", [pipe]).status === 0;
  for (const read of [
    (name: string) => openFile(name, "give a file"),
    (name: string) => readFileLimited(name, 9, ""),
  ]) {
    if (isPipe) await assert.rejects(read(pipe), /pipe: not a regular file/);
    await assert.rejects(read(folder), /this is a folder, not a file/);
    await assert.rejects(read(`${file}\0.csv`), /its name contains a null character/);
    await assert.rejects(read("n".repeat(256)), /its name is too long/);
  }
});

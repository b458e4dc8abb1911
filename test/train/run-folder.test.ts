import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { lastEvent, RunFolder, readEvents, standing } from "../../src/train/run-folder.ts";

const fresh = async () => path.join(await mkdtemp(path.join(tmpdir(), "masklens-")), "masks", "one");

test("a new run folder holds its options, and lets go of its lock", async () => {
  const run = await RunFolder.create(await fresh(), { seed: 1 });
  assert.deepEqual((await readdir(run.folder)).sort(), ["lock", "run.json"]);
  assert.equal(run.name, "one");
  assert.equal(path.basename(run.adaptation("mask")), "one.mask.safetensors");
  await run.release();
  assert.deepEqual(JSON.parse(await readFile(run.optionsFile, "utf8")), { seed: 1 });
  const { options, run: again } = await RunFolder.open(run.folder);
  assert.deepEqual(options, { seed: 1 });
  await again.release();
});

test("a folder that holds a run or anything else is not overwritten", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  await assert.rejects(RunFolder.create(run.folder, {}), /a run lies there already; resume it, or choose another/);
  const other = await mkdtemp(path.join(tmpdir(), "masklens-"));
  await writeFile(path.join(other, "thesis.tex"), "");
  await assert.rejects(RunFolder.create(other, {}), /the folder is not empty/);
});

test("one run is trained once at a time", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await assert.rejects(RunFolder.open(run.folder), new RegExp(`process ${process.pid} on .* is training in it`));
  await run.release();
  await (await RunFolder.open(run.folder)).run.release();
});

test("the lock of a dead process is taken over, that of another machine is not", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  const lock = path.join(run.folder, "lock");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await writeFile(lock, JSON.stringify({ pid, host: hostname() }));
  await (await RunFolder.open(run.folder)).run.release();
  await writeFile(lock, '{"pid":'); // its process died while writing it
  await (await RunFolder.open(run.folder)).run.release();
  await writeFile(lock, JSON.stringify({ pid, host: "elsewhere" }));
  await assert.rejects(RunFolder.open(run.folder), /process \d+ on elsewhere is training in it/);
});

test("a folder without a run, or with unreadable options, is refused", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-"));
  await assert.rejects(RunFolder.open(folder), /no run lies here; give the folder of a run/);
  await writeFile(path.join(folder, "run.json"), "{");
  await assert.rejects(
    RunFolder.open(folder),
    (error) => error instanceof InputError && /run\.json/.test(error.message),
  );
});

test("a folder that cannot be made is refused in one sentence", async () => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), "masklens-")), "file");
  await writeFile(file, "");
  const out = path.join(file, "run");
  await assert.rejects(
    RunFolder.create(out, {}),
    (error) => error instanceof InputError && /cannot be written/.test(error.message),
  );
});

test("a log goes on where a checkpoint cut it, and its last line can be read", async () => {
  const run = await RunFolder.create(await fresh(), {});
  const log = run.log(0);
  log.append({ type: "checkpoint", step: 1 });
  const { bytes } = log;
  log.append({ type: "checkpoint", step: 2 });
  log.close();
  assert.deepEqual(lastEvent(run.logFile), { type: "checkpoint", step: 2 });
  const again = run.log(bytes);
  again.append({ type: "note", text: "ä" });
  again.close();
  assert.equal(await readFile(run.logFile, "utf8"), '{"type":"checkpoint","step":1}\n{"type":"note","text":"ä"}\n');
  assert.deepEqual(lastEvent(run.logFile), { type: "note", text: "ä" });
  assert.equal(lastEvent(path.join(run.folder, "nothing")), undefined);
  await run.release();
});

test("a run's log is read up to the line that a kill cut off, and says where the run stands", async () => {
  const run = await RunFolder.create(await fresh(), {});
  const stands = async () => standing(await readEvents(run.folder));
  assert.deepEqual(await readEvents(run.folder), []);
  assert.equal(await stands(), "unfinished");
  const log = run.log(0);
  log.append({ type: "checkpoint", step: 1 });
  log.append({ type: "stopped", step: 1 });
  assert.equal(await stands(), "stopped");
  log.append({ type: "checkpoint", step: 2 });
  await appendFile(run.logFile, '{"type":"do');
  assert.deepEqual(
    (await readEvents(run.folder)).map(({ type }) => type),
    ["checkpoint", "stopped", "checkpoint"],
  );
  assert.equal(await stands(), "unfinished");
  log.close();
  const again = run.log(log.bytes);
  const scores = { rows: 1 };
  const result = { adaptation: "a", steps: 2, seconds: 1, zeroShare: null, bytes: 1, validation: scores, test: scores };
  again.append({ type: "done", result });
  again.close();
  assert.equal(await stands(), "done");
  await run.release();
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFile, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { writeAtomic } from "../../src/files.ts";
import { lastEvent, RunFolder, readEvents, readOptions, standing } from "../../src/train/run-folder.ts";

const step = (step: number) => ({
  ...{ type: "step", step, epoch: 1, loss: 0.7, learningRate: 1e-3, sparsity: 0.05, secondsLeft: 9 },
});
const note = (text: string) => ({ type: "note", text });
const metrics = { examples: 20, accuracy: { value: 0.5, low: 0.4, high: 0.6 } };
const result = {
  adaptation: "a",
  steps: 2,
  seconds: 1.5,
  sparsity: null,
  bytes: 9,
  validation: metrics,
  test: metrics,
};
const done = { type: "done", result };
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
  await assert.rejects(RunFolder.create(run.folder, {}), /a run already exists here; resume it, or choose another/);
  const other = await mkdtemp(path.join(tmpdir(), "masklens-"));
  await writeFile(path.join(other, "thesis.tex"), "");
  await assert.rejects(RunFolder.create(other, {}), /the folder is not empty/);
});

test("one run is trained once at a time", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await assert.rejects(RunFolder.open(run.folder), new RegExp(`process ${process.pid} on .* is already training here`));
  await run.release();
  await (await RunFolder.open(run.folder)).run.release();
});

test("whoever locks a folder removes what killed processes left there, and nothing else", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const left = [
    `.one.mask.safetensors.${pid}-3.tmp`,
    `.checkpoint.safetensors.${process.ppid}-0.tmp`,
    `lock.${pid}-0f`,
  ];
  for (const name of [...left, "notes.tmp", ".hidden"]) await writeFile(path.join(run.folder, name), "");
  const { run: again } = await RunFolder.open(run.folder);
  assert.deepEqual((await readdir(run.folder)).sort(), [".hidden", "lock", "notes.tmp", "run.json"]);
  await again.release();
});

test("folders and links that look like what killed processes left stay, and no start fails of them", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const victim = path.join(run.folder, "..", "victim");
  await writeFile(victim, "precious");
  const folders = [`.run.json.${pid}-0.tmp`, `.one.mask.safetensors.${pid}-1.tmp`, `lock.${pid}-ab`, "lock.1-ab"];
  for (const name of folders) await mkdir(path.join(run.folder, name));
  await symlink(victim, path.join(run.folder, `.checkpoint.safetensors.${pid}-2.tmp`));
  for (let start = 0; start < 2; start++) await (await RunFolder.open(run.folder)).run.release();
  const fails = await RunFolder.create(run.folder, {}).catch((error: unknown) => error);
  assert.match(String(fails), /a run already exists here/);
  const left = [...folders, `.checkpoint.safetensors.${pid}-2.tmp`, "run.json"].sort();
  assert.deepEqual((await readdir(run.folder)).sort(), left);
  assert.equal(await readFile(victim, "utf8"), "precious");
});

test("files that only begin like a claim to the lock are none: they neither hold it nor make a folder a run's", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  for (const name of ["lock.txt", "lock.json", `lock.${process.ppid}`, `lock.${process.ppid}-xyz`])
    await writeFile(path.join(run.folder, name), "");
  await (await RunFolder.open(run.folder)).run.release();
  const other = await fresh();
  await mkdir(other, { recursive: true });
  await writeFile(path.join(other, "lock.txt"), "notes");
  await assert.rejects(RunFolder.create(other, {}), /the folder is not empty/);
});

test("a name that leaves no room for the adaptation's is refused before anything is made, a shorter one trains", async () => {
  const parent = await mkdtemp(path.join(tmpdir(), "masklens-"));
  for (const [long, right] of [
    ["r".repeat(238), "r".repeat(237)],
    ["ä".repeat(119), "ä".repeat(118)],
  ] as const) {
    await assert.rejects(
      RunFolder.create(path.join(parent, long), {}),
      (error) =>
        error instanceof InputError &&
        /the run's name is too long: it has 238 bytes; choose a name of at most 237 bytes/.test(error.message),
    );
    const run = await RunFolder.create(path.join(parent, right), {});
    for (const format of ["mask", "tuned"] as const) await writeAtomic(run.adaptation(format), [new Uint8Array(3)]);
    await run.release();
    assert.equal((await readdir(run.folder)).length, 3);
  }
  assert.equal((await readdir(parent)).length, 2);
});

test("a path that leaves no room for the names of a run's files is refused at its start", async () => {
  const parent = await mkdtemp(path.join(tmpdir(), "masklens-"));
  const part = "p".repeat(200);
  let folder = parent;
  while (folder.length + 201 < 4080) folder = path.join(folder, part);
  folder = path.join(folder, "q".repeat(4080 - folder.length - 1));
  await assert.rejects(
    RunFolder.create(folder, {}),
    (error) => error instanceof InputError && /its name is too long; choose a shorter name/.test(error.message),
  );
});

test("a folder, link or pipe where a run writes its files is told when the run begins or is resumed", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  const files = [run.adaptation("mask"), run.adaptation("tuned"), run.checkpoint, run.logFile];
  for (const file of files) {
    await mkdir(file);
    await assert.rejects(
      RunFolder.open(run.folder),
      (error) =>
        error instanceof InputError &&
        error.message.startsWith(`${file}: a folder with that name already exists; move it away`),
    );
    await rm(file, { recursive: true });
    await symlink("nowhere", file);
    await assert.rejects(RunFolder.open(run.folder), /this is a symbolic link, and a run's own files/);
    await rm(file);
  }
  await mkdir(path.join(run.folder, "..", "two", "two.mask.safetensors"), { recursive: true });
  await assert.rejects(
    RunFolder.create(path.join(run.folder, "..", "two"), {}),
    /a folder with that name already exists; move it away/,
  );
  await (await RunFolder.open(run.folder)).run.release();
});

test("a run's options are not read through a link, a second name or a pipe, nor told by an error", async () => {
  const run = await RunFolder.create(await fresh(), {});
  await run.release();
  const secret = path.join(run.folder, "..", "secret");
  await writeFile(secret, "root:x:0:0");
  const refused = async (said: RegExp) => {
    await assert.rejects(
      readOptions(run.folder),
      (error) => error instanceof InputError && said.test(error.message) && !/root/.test(error.message),
    );
    await rm(run.optionsFile);
  };
  await rm(run.optionsFile);
  await symlink(secret, run.optionsFile);
  await refused(/run\.json: this is a symbolic link/);
  await link(secret, run.optionsFile);
  await refused(/it has a second name elsewhere/);
  await writeFile(run.optionsFile, "root:x:0:0");
  await refused(/run\.json: the file is not JSON \(unexpected character at column 1\)/);
  if (spawnSync("mkfifo", [run.optionsFile]).status === 0) await refused(/this is not a regular file/);
  await assert.rejects(readOptions(run.folder), /this folder contains no run/);
  await assert.rejects(readOptions(secret), /its folder is a file/);
});

test("a run can begin in the folder of one that was killed before its options were written", async () => {
  const folder = await fresh();
  await mkdir(folder, { recursive: true });
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  for (const name of ["lock", `.run.json.${pid}-0.tmp`, `lock.${pid}-0f`]) await writeFile(path.join(folder, name), "");
  const run = await RunFolder.create(folder, {});
  assert.deepEqual((await readdir(folder)).sort(), ["lock", "run.json"]);
  await run.release();
});

test("a log or options that are a link, a pipe or have a second name are refused, and what they lead to stays", async () => {
  const run = await RunFolder.create(await fresh(), {});
  const victim = path.join(run.folder, "..", "victim");
  await writeFile(victim, "precious");
  const refused = async (said: RegExp) => {
    assert.throws(
      () => run.log(0),
      (error) => error instanceof InputError && said.test(error.message),
    );
    assert.equal(await readFile(victim, "utf8"), "precious");
    await rm(run.logFile);
  };
  await symlink(victim, run.logFile);
  await assert.rejects(readEvents(run.folder), /log\.jsonl: this is a symbolic link/);
  assert.equal(lastEvent(run.logFile), undefined);
  await refused(/this is a symbolic link, and a run's own files must be regular files; delete it/);
  await link(victim, run.logFile);
  await refused(/it has a second name elsewhere \(a hard link\)/);
  if (spawnSync("mkfifo", [run.logFile]).status === 0) {
    await assert.rejects(readEvents(run.folder), /this is not a regular file/);
    await refused(/this is not a regular file/);
  }
  await mkdir(run.logFile);
  assert.throws(() => run.log(0), /a folder with that name already exists/);
  await run.release();
  await rm(run.optionsFile);
  await symlink(victim, run.optionsFile);
  await assert.rejects(RunFolder.open(run.folder), /run\.json: this is a symbolic link/);
});

test("a folder without a run, or with unreadable options, is refused", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-"));
  await assert.rejects(RunFolder.open(folder), /this folder contains no run; choose a run folder/);
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
  log.append(note("one"));
  const { bytes } = log;
  log.append(note("two"));
  log.close();
  assert.deepEqual(lastEvent(run.logFile), note("two"));
  const again = run.log(bytes);
  again.append(note("ä"));
  again.close();
  assert.equal(await readFile(run.logFile, "utf8"), '{"type":"note","text":"one"}\n{"type":"note","text":"ä"}\n');
  assert.deepEqual(lastEvent(run.logFile), note("ä"));
  assert.equal(lastEvent(path.join(run.folder, "nothing")), undefined);
  await run.release();
});

test("a run's log is read up to the line that a kill cut off, and says where the run stands", async () => {
  const run = await RunFolder.create(await fresh(), {});
  const stands = async () => standing(await readEvents(run.folder));
  assert.deepEqual(await readEvents(run.folder), []);
  assert.equal(await stands(), "unstarted");
  const log = run.log(0);
  log.append(step(1));
  log.append({ type: "stopped", step: 1 });
  assert.equal(await stands(), "stopped");
  log.append(step(2));
  await appendFile(run.logFile, '{"type":"do');
  assert.deepEqual(
    (await readEvents(run.folder)).map(({ type }) => type),
    ["step", "stopped", "step"],
  );
  assert.equal(await stands(), "unfinished");
  log.close();
  const again = run.log(log.bytes);
  again.append(done);
  again.close();
  assert.equal(await stands(), "done");
  await run.release();
});

test("a line of a log that is no event is refused with its number", async () => {
  const run = await RunFolder.create(await fresh(), {});
  const cases: [line: string, said: RegExp][] = [
    ["{", /log\.jsonl, line 2: it is not JSON; remove this line/],
    ["null", /line 2: it must be an object, but is null/],
    ['{"type":"later"}', /line 2\.type: it must be start, note, pretrained, transfer, step, evaluation/],
    [JSON.stringify({ ...step(2), loss: null }), /line 2\.loss: it must be a number from .*, but is null/],
    [JSON.stringify({ type: "done", result: {} }), /line 2\.result\.adaptation: it is missing/],
    ['{"type":"note","text":{}}', /line 2\.text: it must be a string of at most 10000 characters, but is \{\}/],
  ];
  for (const [line, said] of cases) {
    await writeFile(run.logFile, `${JSON.stringify(step(1))}\n${line}\n`);
    await assert.rejects(readEvents(run.folder), (error) => error instanceof InputError && said.test(error.message));
  }
  await run.release();
});

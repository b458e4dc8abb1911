import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { link, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, test } from "node:test";
import { InputError } from "../src/errors.ts";
import { holderOf, type Lock, removeJobLock, takeLock } from "../src/lock.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "masklens-lock-"));
  file = path.join(folder, "lock");
});

/** A process that has ended. */
const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const holder = (of: object) => writeFile(file, JSON.stringify({ pid: dead, host: hostname(), id: "1", ...of }));
const free = async () => {
  await (await takeLock(file)).release();
  assert.deepEqual(await readdir(folder), []);
};

test("a lock names its owner, is whole when it appears, and goes", async () => {
  const lock = await takeLock(file);
  assert.equal(holderOf(file)?.pid, process.pid);
  assert.deepEqual(await readdir(folder), ["lock"]);
  await assert.rejects(takeLock(file), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(
      error.message,
      new RegExp(`process ${process.pid} on .* is already training here; wait for it to finish or stop it`),
    );
    return true;
  });
  await lock.release();
  assert.deepEqual(await readdir(folder), []);
  assert.equal(holderOf(file), undefined);
});

test("of many that take over an abandoned lock at once, one has it and the others are told by whom", async () => {
  for (let round = 0; round < 20; round++) {
    await holder({});
    const taken = await Promise.allSettled(Array.from({ length: 12 }, () => takeLock(file)));
    const won = taken.filter((one) => one.status === "fulfilled");
    assert.equal(won.length, 1, `round ${round}`);
    for (const one of taken)
      if (one.status === "rejected") assert.match(String(one.reason), /is already training here/);
    await (won[0] as PromiseFulfilledResult<Lock>).value.release();
    assert.deepEqual(await readdir(folder), [], `round ${round}`);
  }
});

test("a lock is abandoned whose process ended, whose number another process has, or whose machine was started anew", async () => {
  await holder({});
  await free();
  const own = await takeLock(file);
  const { started } = JSON.parse(await readFile(file, "utf8"));
  await own.release();
  if (started === undefined) return; // a system that does not say when a process began
  await holder({ pid: process.pid, started });
  await assert.rejects(takeLock(file), /is already training here/);
  await holder({ pid: process.pid, started: `${started}0` });
  await free();
  await holder({ pid: process.pid, started: started.replace(/^\S+/, "another-start") });
  await free();
});

test("a lock of another machine, or of another container of this one, is not taken over", async () => {
  await holder({ host: "elsewhere" });
  await assert.rejects(takeLock(file), /process \d+ on elsewhere is already training here/);
  const own = await (async () => {
    await writeFile(file, "");
    const lock = await takeLock(file);
    const { started } = JSON.parse(await readFile(file, "utf8")) as { started?: string };
    await lock.release();
    return started;
  })();
  if (own === undefined) return;
  await holder({ started: own.replace(/pid:\[\d+\]/, "pid:[1]") });
  await assert.rejects(takeLock(file), /process \d+ on .* is already training here/);
});

test("a lock of an earlier start of the same Slurm job is taken over, on whichever machine that was", async () => {
  const task = { SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "3" };
  try {
    Object.assign(process.env, task);
    const own = await takeLock(file);
    assert.equal(holderOf(file)?.job, "7_3");
    await own.release();
    await holder({ host: "node-9", job: "7_3" });
    await free();
    await holder({ host: "node-9", job: "7_4" });
    await assert.rejects(takeLock(file), /on node-9 is already training here/);
  } finally {
    for (const name of Object.keys(task)) delete process.env[name];
  }
  await removeJobLock(file, (job) => job !== "7_4");
  await assert.rejects(takeLock(file), /on node-9 is already training here/);
  await removeJobLock(file, (job) => job === "7_4");
  await free();
});

test("a lock that was cut off, or is none, is taken over; one that is no file is refused", async () => {
  for (const text of ["", '{"pid":', "null", '{"pid":0,"host":"a","id":"b"}', '{"pid":"1"}', "x".repeat(100_000)]) {
    await writeFile(file, text);
    await free();
  }
  await symlink("/dev/zero", file);
  await assert.rejects(
    takeLock(file),
    /this is a symbolic link, and a run's own files must be regular files; delete it/,
  );
  assert.equal(holderOf(file), undefined);
});

test("a lock that has passed to another stays when its former owner lets go", async () => {
  const lock = await takeLock(file);
  await holder({ host: "elsewhere" });
  await lock.release();
  assert.deepEqual(await readdir(folder), ["lock"]);
});

test("claims of processes that are gone stand in nobody's way", async () => {
  await holder({});
  await writeFile(`${file}.${dead}-00ff`, "");
  await (await takeLock(file)).release();
  await link(`${file}.${dead}-00ff`, `${file}.${process.ppid}-00ff`); // of a living one, which does not move
  await holder({});
  await assert.rejects(takeLock(file), /other processes keep taking this lock/);
});

test("a file or folder whose name is no claim, or that is no file, is no living claim", async () => {
  for (const name of ["lock.txt", "lock.bak", `lock.${process.ppid}`, `lock.${process.ppid}-xy`])
    await writeFile(path.join(folder, name), "");
  await mkdir(path.join(folder, `lock.${process.ppid}-ab`));
  await symlink("nowhere", path.join(folder, `lock.${process.ppid}-cd`));
  await holder({});
  await (await takeLock(file)).release();
});

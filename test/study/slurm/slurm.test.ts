// Five cells on a real Slurm: one is killed, one requeued, one reaches its time limit twice, one is cancelled. Their masks
// are those of a local run.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../../src/processes.ts";
import { holderOf } from "../../../src/train/run-folder.ts";
import { masksOf, OPTIONS, resultsOf, TinyStudies } from "../tiny.ts";
import { noSlurm, SlurmMachine } from "./machine.ts";

/** 600 steps, seconds: long enough that a cell is seen while it trains. */
const KEYS = {
  options: { ...OPTIONS, epochs: 120, evaluateEvery: 200, checkpointEvery: 20 },
  seeds: [1, 2, 3, 4, 5],
};
const CLI = path.resolve("dist/cli.js");
/** What takes longer, in milliseconds, hangs. */
const HANG = 400_000;

const studies = new TinyStudies();
after(() => studies.remove());

interface Command {
  readonly child: ChildProcess;
  /** The exit code and everything that it has written to standard error. */
  readonly ended: Promise<{ code: number; err: string }>;
}

function study(words: readonly string[], env: NodeJS.ProcessEnv): Command {
  const child = spawn(process.execPath, [CLI, "study", "run", ...words, "--json"], { env, stdio: "pipe" });
  let err = "";
  child.stdout!.resume();
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return { child, ended: once(child, "close").then(([code]) => ({ code, err })) };
}

async function until(what: string, is: () => boolean): Promise<void> {
  for (const began = Date.now(); !is(); await sleep(50))
    if (Date.now() - began > HANG) throw new Error(`waited in vain until ${what}`);
}

const why = noSlurm();

test("cells on Slurm survive kills, requeueing, time limits and cancelling", { skip: why ?? false }, async () => {
  const local = studies.make("local", KEYS);
  const here = await study([local, "--at-once", "2"], process.env).ended;
  assert.equal(here.code, 0, here.err);

  const machine = await SlurmMachine.start();
  try {
    const folder = studies.make("slurm", KEYS);
    const cell = (number: number) => path.join(folder, "cells", `00${number}`);
    const checkpoint = (number: number) => path.join(cell(number), "checkpoint.safetensors");
    const steps = (number: number) => {
      const log = path.join(cell(number), "log.jsonl");
      return existsSync(log) ? readFileSync(log, "utf8").split('"type":"step"').length : 0;
    };
    /** Waits until a cell has trained steps after a checkpoint, and holds its compute process while `hit` runs. */
    const whileTraining = async (number: number, hit: (pid: number) => Promise<unknown>, after = 0) => {
      let pid = 0;
      await until(`cell ${number} trains`, () => {
        pid = holderOf(cell(number))?.pid ?? 0;
        return pid > 0 && existsSync(checkpoint(number)) && steps(number) > after + 30;
      });
      process.kill(pid, "SIGSTOP"); // or it ends before a busy machine comes to hit it
      await hit(pid);
      if (isAlive(pid)) process.kill(pid, "SIGCONT"); // Slurm may have ended it by now
    };
    const words = [folder, "--slurm", "--at-once", "2"];
    const first = study(words, machine.environment);

    const names = () => readdirSync(path.join(folder, "slurm"));
    const job = () =>
      names()
        .map((name) => /^(\d+)_\d+_0_log\.err$/.exec(name)?.[1])
        .find(Boolean)!;
    await Promise.all([
      whileTraining(1, async (pid) => process.kill(pid, "SIGKILL")),
      whileTraining(2, () => machine.call("scontrol", "requeue", `${job()}_2`)),
    ]);
    // The signal that Slurm sends before the time limit.
    const reachLimit = async () => {
      const before = steps(3);
      let holder = "";
      await whileTraining(
        3,
        async () => {
          holder = holderOf(cell(3))!.id;
          await machine.call("scancel", "--batch", "--signal=USR2", `${job()}_3`);
        },
        before,
      );
      await until("cell 3 has stopped", () => holderOf(cell(3))?.id !== holder);
    };
    await Promise.all([whileTraining(4, () => machine.call("scancel", `${job()}_4`)), reachLimit().then(reachLimit)]);
    const { code, err } = await first.ended;
    assert.equal(code, 1, err);
    assert.match(err, /cell 001 failed: the compute process was killed/);
    assert.match(err, /cell 002: job \d+_2 \w+ \(requeued once\)/);
    assert.match(err, /cell 003: job \d+_3 \w+ \(requeued [23] times\)/);
    assert.match(err, /cell 004 stopped; it resumes from its last checkpoint/);
    assert.match(err, /cell 1 failed; cell 4 is not finished; run the same command again/);
    assert.deepEqual(
      resultsOf(folder).map(({ cell, state }) => `${cell} ${state}`),
      ["1 failed", "2 done", "3 done", "5 done"],
    );

    const again = study(words, machine.environment);
    await whileTraining(1, async () => {
      again.child.kill("SIGINT"); // the jobs run on
      await again.ended;
    });
    const left = await again.ended;
    assert.equal(left.code, 130, left.err);
    assert.match(left.err, /submitted cells 1, 4 as job \d+/);
    assert.match(left.err, /stopped following; the jobs run on/);
    const last = await study(words, machine.environment).ended;
    assert.equal(last.code, 0, last.err);
    assert.ok(!/submitted/.test(last.err), last.err);
    assert.ok(JSON.stringify(resultsOf(folder)) === JSON.stringify(resultsOf(local)), "the results are others");
    assert.deepEqual(masksOf(folder), masksOf(local));
    assert.ok(
      names().every((name) => /^\d+_\d_0_log\.(out|err)$|^submission\.sh$/.test(name)),
      names().join(),
    );
  } finally {
    await machine.stop();
  }
});

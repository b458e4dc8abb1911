// Runs that are aborted, killed or stopped again and again, and what becomes of them when they go on.

import assert from "node:assert/strict";
import { cp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import { type Position, readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import type { Kept } from "../../src/train/kept.ts";
import { RunFolder } from "../../src/train/run-folder.ts";
import { trainSteps } from "../../src/train/trainer.ts";
import type { LoopOptions } from "../../src/train/training.ts";
import { FakeModel, fakeData } from "./fake.ts";
import { OPTIONS, ofType, train } from "./fake-run.ts";

test("an abort ends the run within one step, with a checkpoint", async () => {
  const controller = new AbortController();
  const { events, written } = await train({
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === "step" && event.step === 7) controller.abort();
    },
  });
  assert.equal(ofType(events, "step").length, 7);
  assert.deepEqual(events.slice(-2), [
    { type: "checkpoint", step: 7 },
    { type: "stopped", step: 7 },
  ]);
  assert.equal(written, undefined);
});

test("a run killed after any event goes on to the same adaptation, log and scores", async () => {
  for (const options of [
    { checkpointEvery: 1 },
    { checkpointEvery: 7, accumulate: 2 },
    { checkpointEvery: 5, earlyStopping: 2, evaluateEvery: 3 },
    { checkpointEvery: 6, targetSparsity: { target: 0.4, start: 0.1, schedule: "cubic", rate: 5 } as const },
  ]) {
    const copies: string[] = [];
    const whole = await train({
      options,
      onEvent: async (event, folder) => {
        if (event.type === "done") return;
        const copy = `${folder}-${copies.length}`;
        await cp(folder, copy, { recursive: true });
        await rm(path.join(copy, "lock")); // its process is dead
        copies.push(copy);
      },
    });
    const log = withoutTimes(await readFile(path.join(whole.folder, "log.jsonl"), "utf8"));
    for (const copy of copies) {
      const resumed = await train({ options, folder: copy });
      assert.deepEqual(resumed.written, whole.written, copy);
      assert.deepEqual(withoutTimes(await readFile(path.join(copy, "log.jsonl"), "utf8")), log, copy);
    }
    await rm(path.dirname(whole.folder), { recursive: true });
  }
});

/** A log's steps, evaluations and result: what must be the same whenever the run was interrupted. */
function withoutTimes(log: string): unknown[] {
  return log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent)
    .filter(({ type }) => type === "step" || type === "evaluation")
    .map((event) => ({ ...event, secondsLeft: 0, seconds: 0 }));
}

test("a run stopped again and again comes to the same end", async () => {
  const whole = await train({});
  let folder: string | undefined;
  for (let stops = 0; ; stops++) {
    const controller = new AbortController();
    let seen = 0;
    const part = await train({
      ...(folder ? { folder } : {}),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "step" && ++seen === 3) controller.abort();
      },
    });
    folder = part.folder;
    if (!part.written) continue;
    assert.ok(stops >= 10);
    assert.deepEqual(part.written, whole.written);
    break;
  }
});

test("an abort while the test split is scored keeps the best state, small", async () => {
  const controller = new AbortController();
  const model = new (class extends FakeModel {
    override adapt(adapted: Kept) {
      super.adapt(adapted);
      controller.abort();
    }
  })();
  const stopped = await train({ model, signal: controller.signal });
  assert.equal(stopped.events.at(-1)!.type, "stopped");
  const resumed = await train({ folder: stopped.folder });
  assert.equal(resumed.model.steps.length, 0);
  assert.deepEqual(resumed.written, (await train({})).written);
});

test("a checkpoint over other data is refused", async () => {
  const controller = new AbortController();
  const { folder } = await train({
    signal: controller.signal,
    onEvent: ({ type }) => type === "step" && controller.abort(),
  });
  const { run } = await RunFolder.open(folder);
  const training = {
    ...{
      options: OPTIONS,
      program: new FakeModel(),
      data: fakeData(),
      notes: [],
      fixedSparsity: null,
      run,
    },
    inputs: { "the data": "d2", "the base model": "b1" },
    write: () => Promise.reject(new Error("unreachable")),
  };
  await assert.rejects(trainSteps(training).next(), /the data has changed since the run.s checkpoint was written/);
  await run.release();
});

/** A run that was stopped after step 14, four steps into its second epoch, and evaluated after step 12. */
async function stopped(options: Partial<LoopOptions> = {}) {
  const controller = new AbortController();
  const { folder } = await train({
    options,
    signal: controller.signal,
    onEvent: (event) => event.type === "step" && event.step === 14 && controller.abort(),
  });
  const file = path.join(folder, "checkpoint.safetensors");
  const whole = (await readCheckpoint(file))!;
  assert.deepEqual([whole.position.step, whole.position.epochStep, whole.position.evaluated], [14, 4, 12]);
  const from = (changed: object) =>
    writeCheckpoint(file, { ...whole, position: { ...whole.position, ...changed } as Position });
  return { folder, position: whole.position, from };
}

test("a checkpoint that says the run stands where it cannot is refused, its checksum being right", async () => {
  const { folder, position, from } = await stopped();
  const { best, order } = position;
  const cases: [changed: object, said: RegExp][] = [
    [{ step: 31 }, /it is from step 31, but the run has only 30 steps/],
    [{ step: 15 }, /step 15 cannot be step 4 of an epoch/],
    [{ step: 4, evaluated: 0 }, /shuffling for 0 epochs cannot have used \d+ random numbers/],
    [{ step: 0 }, /step 0 cannot be step 4 of an epoch/],
    [{ epochStep: 11 }, /it is at step 11 of an epoch that has 10 steps/],
    [{ evaluated: 2 ** 50 }, /its last evaluation is at step 1125899906842624, but only 14 steps are done/],
    [{ order: { ...order, stream: "x" } }, /its examples were shuffled with a different random seed or stream/],
    [{ order: { ...order, seed: 2 } }, /shuffled with a different random seed or stream/],
    [
      { order: { ...order, position: 2 ** 52 } },
      /shuffling for 1 epoch cannot have used 4503599627370496 random numbers/,
    ],
    [{ order: { ...order, position: 0 } }, /shuffling for 1 epoch cannot have used 0 random numbers/],
    [{ best: { ...best, step: 2 ** 52 } }, /its best step is 4503599627370496, but the last evaluation is at step 12/],
    [{ best: { ...best, step: 0 } }, /its best step is 0, but the last evaluation is at step 12/],
    [{ best: { ...best, value: 1e100 } }, /its best accuracy differs from the accuracy in its metrics/],
    [{ best: { ...best, metrics: { examples: 20 } } }, /its best accuracy differs from the accuracy in its metrics/],
    [{ waited: 2 ** 50 }, /it counts 1125899906842624 evaluations since the best evaluation, too many for step 12/],
    [{ lambda: 1e100 }, /its sparsity control multiplier, 1e\+100, is out of range/],
    [{ lambda: -1 }, /its sparsity control multiplier, -1, is out of range/],
    [{ sparsity: null }, /its sparsity is missing/],
    [{ seconds: -1e99 }, /its running time of -1e\+99 seconds/],
    [{ seconds: 1e99 }, /its running time of 1e\+99 seconds/],
  ];
  for (const [changed, said] of cases) {
    await from(changed);
    await assert.rejects(train({ folder }), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /checkpoint\.safetensors: it does not belong to this run: /);
      assert.match(error.message, said, JSON.stringify(changed));
      return true;
    });
  }
  await from({});
  assert.equal(ofType((await train({ folder })).events, "done").length, 1);
});

test("under sparsity control the multiplier is at most what the steps made can have raised it to", async () => {
  const targetSparsity = { target: 0.5, start: 0.05, schedule: "constant", rate: 2 } as const;
  const { folder, position, from } = await stopped({ targetSparsity });
  assert.ok(position.lambda > 0);
  await from({ lambda: 28.1 });
  await assert.rejects(
    train({ folder, options: { targetSparsity } }),
    /its sparsity control multiplier, 28\.1\d*, is out of range/,
  );
  await from({});
  assert.equal(ofType((await train({ folder, options: { targetSparsity } })).events, "done").length, 1);
});

test("a checkpoint whose place in the log is inside a line is refused, and the log stays", async () => {
  const { folder, from } = await stopped();
  const log = await readFile(path.join(folder, "log.jsonl"));
  await from({ logBytes: 3 });
  await assert.rejects(
    train({ folder }),
    (error) =>
      error instanceof InputError &&
      /log\.jsonl: the checkpoint resumes the log after byte 3, which is inside a line; restore/.test(error.message),
  );
  assert.deepEqual(await readFile(path.join(folder, "log.jsonl")), log);
});

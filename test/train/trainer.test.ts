import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { InputError } from "../../src/errors.ts";
import type { StepLoop, StepResult } from "../../src/program/trainable.ts";
import { type Position, readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { type Kept, keep, masksOf } from "../../src/train/kept.ts";
import { RunFolder } from "../../src/train/run-folder.ts";
import { trainSteps } from "../../src/train/trainer.ts";
import type { LoopOptions, Outcome } from "../../src/train/training.ts";
import { FakeModel, fakeData } from "./fake.ts";

const OPTIONS: LoopOptions = {
  seed: 1,
  epochs: 3,
  maxSteps: null,
  learningRate: 0.05,
  schedule: "constant",
  warmup: 0,
  accumulate: 1,
  evaluateEvery: 4,
  earlyStopping: 0,
  targetSparsity: null,
  checkpointEvery: 0,
  permuteLabels: null,
  binarizer: "threshold",
};
const THRESHOLD = 0.01;

interface Setting {
  options?: Partial<LoopOptions>;
  model?: FakeModel;
  folder?: string;
  signal?: AbortSignal;
  onEvent?: (event: TrainEvent, folder: string) => unknown;
}

/** Trains the fake model in a folder of its own (or goes on in one); gives what it reported and what it would have written. */
async function train({ options = {}, model = new FakeModel(), folder, signal, onEvent }: Setting) {
  const { run } = folder
    ? await RunFolder.open(folder)
    : { run: await RunFolder.create(path.join(await mkdtemp(path.join(tmpdir(), "masklens-")), "run"), {}) };
  const events: TrainEvent[] = [];
  let written: { kept: Kept; outcome: Outcome } | undefined;
  const training = {
    options: { ...OPTIONS, ...options },
    program: model,
    data: fakeData(),
    notes: ["a note on the data"],
    threshold: THRESHOLD,
    fixedSparsity: null,
    inputs: { "the data": "d1", "the base model": "b1" },
    run,
    signal,
    write: async (kept: Kept, outcome: Outcome) => {
      written = { kept, outcome };
      return { file: run.adaptation("mask"), bytes: 1 };
    },
  };
  try {
    for await (const event of trainSteps(training)) {
      events.push(event);
      await onEvent?.(event, run.folder);
    }
  } finally {
    await run.release();
  }
  return { events, written, model, folder: run.folder };
}

function ofType<T extends TrainEvent["type"]>(events: readonly TrainEvent[], type: T) {
  return events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);
}

test("a run ends after its most steps, in the middle of an epoch, with that state evaluated and written", async () => {
  const { events, written } = await train({ options: { maxSteps: 13 } });
  assert.equal(ofType(events, "start")[0]!.steps, 13);
  assert.equal(ofType(events, "step").length, 13);
  assert.equal(ofType(events, "evaluation").findLast(({ split }) => split === "validation")!.step, 13);
  assert.equal(written!.outcome.steps, 13);
  const all = await train({ options: { maxSteps: 1000 } });
  assert.equal(ofType(all.events, "step").length, 30);
});

test("steps in a loop do not go beyond the most steps", async () => {
  class Looping extends FakeModel {
    readonly loop: StepLoop = {
      length: 4,
      steps: async (batches, points) => {
        const results: StepResult[] = [];
        for (const [i, batch] of batches.entries()) results.push(await this.step([batch], points[i]!));
        return results;
      },
    };
  }
  const { events } = await train({ model: new Looping(), options: { maxSteps: 6, evaluateEvery: 0 } });
  assert.equal(ofType(events, "step").length, 6);
});

test("a run steps through all epochs, evaluates where asked, and scores the test split once", async () => {
  const { events } = await train({});
  assert.equal(events[0]!.type, "start");
  assert.deepEqual(ofType(events, "note"), [{ type: "note", text: "a note on the data" }]);
  assert.deepEqual(
    ofType(events, "step").map(({ step }) => step),
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    ofType(events, "evaluation").map(({ step, split }) => [split, split === "test" ? "" : step]),
    [...[4, 8, 12, 16, 20, 24, 28, 30].map((step) => ["validation", step]), ["test", ""]],
  );
  assert.equal(ofType(events, "step").at(-1)!.epoch, 3);
  assert.equal(ofType(events, "step").at(-1)!.secondsLeft, 0);
  assert.equal(events.at(-1)!.type, "done");
});

test("without evaluateEvery each epoch ends with an evaluation", async () => {
  const { events } = await train({ options: { evaluateEvery: 0 } });
  const steps = ofType(events, "evaluation").map(({ step, split }) => (split === "validation" ? step : 0));
  assert.deepEqual(steps, [10, 20, 30, 0]);
});

test("training learns, and the earliest of the best evaluations is what is written", async () => {
  const model = new FakeModel();
  let atBest: Kept | undefined;
  const { events, written } = await train({
    model,
    onEvent: (event) => {
      if (event.type !== "evaluation" || event.split !== "validation" || !event.best) return;
      atBest = keep(model.adaptation(), masksOf(model.adaptation(), THRESHOLD));
    },
  });
  const evaluations = ofType(events, "evaluation").filter(({ split }) => split === "validation");
  const best = Math.max(...evaluations.map(({ value }) => value));
  const earliest = evaluations.find(({ value }) => value === best)!;
  assert.ok(best > 0.7, `best score ${best}`);
  assert.equal(written!.outcome.bestStep, earliest.step);
  assert.deepEqual(written!.outcome.validation, earliest.metrics);
  assert.deepEqual(written!.kept, atBest);
});

test("early stopping ends the run after so many evaluations without gain", async () => {
  const { events } = await train({ options: { evaluateEvery: 1, earlyStopping: 3, epochs: 20 } });
  const evaluations = ofType(events, "evaluation").filter(({ split }) => split === "validation");
  const lastBest = evaluations.findLastIndex(({ best }) => best);
  assert.ok(evaluations.length < 200);
  assert.equal(evaluations.length - 1 - lastBest, 3);
});

test("accumulation hands several batches to one step", async () => {
  const { model } = await train({ options: { accumulate: 3 } });
  assert.deepEqual(
    model.steps.map(({ batches }) => batches),
    [3, 3, 3, 1, 3, 3, 3, 1, 3, 3, 3, 1],
  );
});

test("a model that makes several steps a run is asked for them up to the next evaluation, and ends as one that does not", async () => {
  const runs: number[] = [];
  class Looping extends FakeModel {
    readonly loop: StepLoop = {
      length: 3,
      steps: async (batches, points) => {
        runs.push(batches.length);
        const results: StepResult[] = [];
        for (const [i, batch] of batches.entries()) results.push(await this.step([batch], points[i]!));
        return results;
      },
    };
  }
  const [single, looping] = [await train({}), await train({ model: new Looping() })];
  assert.deepEqual(runs.slice(0, 3), [3, 3, 2]); // to the evaluations after steps 4 and 8 a single step is left
  assert.deepEqual(looping.written, single.written);
  assert.deepEqual(
    ofType(looping.events, "step").map(({ loss }) => loss),
    ofType(single.events, "step").map(({ loss }) => loss),
  );
});

test("the learning rate follows its schedule", async () => {
  const { model } = await train({ options: { schedule: "linear", warmup: 10 } });
  const rates = model.steps.map(({ learningRate }) => learningRate / OPTIONS.learningRate);
  assert.deepEqual(
    [0, 5, 10, 20, 29].map((step) => Math.round(rates[step]! * 100) / 100),
    [0, 0.5, 1, 0.5, 0.05],
  );
});

test("under sparsity control the target ramps up and lambda rises", async () => {
  const targetSparsity = { target: 0.5, start: 0.1, schedule: "cubic", rate: 2 } as const;
  const { model } = await train({ options: { targetSparsity } });
  const { steps } = model;
  assert.ok(Math.abs(steps[0]!.targetSparsity! - 0.1) < 1e-12);
  assert.ok(Math.abs(steps[15]!.targetSparsity! - (0.5 - 0.4 / 8)) < 1e-12);
  for (let i = 1; i < steps.length; i++) assert.ok(steps[i]!.lambda! >= steps[i - 1]!.lambda!);
  assert.ok(steps.at(-1)!.lambda! > 0);
});

test("each step carries the zeros of the masks as they are after it", async () => {
  const model = new FakeModel();
  const shares: number[] = [];
  const { events } = await train({
    model,
    options: { learningRate: 0.2 },
    onEvent: ({ type }) => {
      if (type !== "step") return;
      const { scores } = model.adaptation().matrices[0]!;
      shares.push(scores.filter((score) => score <= Math.fround(THRESHOLD)).length / scores.length);
    },
  });
  const steps = ofType(events, "step");
  assert.deepEqual(
    steps.map(({ sparsity }) => sparsity),
    shares,
  );
  assert.ok(new Set(shares).size > 3, "they move between evaluations");
  for (const { step, dynamics } of ofType(events, "evaluation").filter(({ split }) => split === "validation"))
    assert.ok(Math.abs(dynamics!.sparsity - shares[step - 1]!) < 1e-12);
});

test("of several steps in one go only the last one's zeros are known", async () => {
  class Looping extends FakeModel {
    readonly loop: StepLoop = {
      length: 3,
      steps: async (batches, points) => {
        const results: StepResult[] = [];
        for (const [i, batch] of batches.entries()) results.push(await this.step([batch], points[i]!));
        return results;
      },
    };
  }
  const [single, looping] = [await train({}), await train({ model: new Looping() })].map(({ events }) =>
    ofType(events, "step").map(({ sparsity }) => sparsity),
  );
  const known = looping!.map((share) => share !== null);
  // Runs go to the next evaluation, each fourth step: of three steps and of one.
  assert.deepEqual(known.slice(0, 8), [false, false, true, true, false, false, true, true]);
  assert.deepEqual(
    looping!.filter((_, i) => known[i]),
    single!.filter((_, i) => known[i]),
  );
});

test("a run whose masks are drawn at each step says so, and one on permuted labels is called a control in its result", async () => {
  const plain = await train({ options: { maxSteps: 2 } });
  assert.equal("sampled" in ofType(plain.events, "start")[0]!, false);
  assert.equal("permuteLabels" in ofType(plain.events, "done")[0]!.result, false);
  const drawn = await train({ options: { maxSteps: 2, binarizer: "bernoulli", permuteLabels: 0 } });
  assert.equal(ofType(drawn.events, "start")[0]!.sampled, true);
  assert.equal(ofType(drawn.events, "done")[0]!.result.permuteLabels, 0);
});

test("evaluations count what moved against the initial and the previous masks", async () => {
  const { events } = await train({ options: { learningRate: 0.2 } });
  const motions = ofType(events, "evaluation").map(({ dynamics }) => dynamics!);
  const first = motions[0]!;
  assert.equal(first.weights, 48);
  assert.equal(first.flips, first.pruned + first.regrown); // the previous masks are still the initial ones
  assert.ok(motions.some(({ pruned }) => pruned > 0));
  assert.deepEqual(
    first.layers.map(({ layer, matrices }) => [layer, matrices.map(({ kind }) => kind)]),
    [[null, ["T"]]],
  );
});

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
    .map((event) => ({ ...event, secondsLeft: 0 }));
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

test("a loss that is not a number ends the run with a remedy", async () => {
  const model = new FakeModel();
  model.lossAt = (step, loss) => (step === 5 ? Number.NaN : loss);
  await assert.rejects(train({ model }), /loss became NaN at step 5; use a learning rate lower than/);
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
      threshold: THRESHOLD,
      fixedSparsity: null,
      run,
    },
    inputs: { "the data": "d2", "the base model": "b1" },
    write: () => Promise.reject(new Error("unreachable")),
  };
  await assert.rejects(trainSteps(training).next(), /the data has changed since its checkpoint was written/);
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
    [{ step: 31 }, /step 31 of 30/],
    [{ step: 15 }, /step 15 is not step 4 of an epoch/],
    [{ step: 4, evaluated: 0 }, /numbers drawn for the order of 0 epochs/],
    [{ step: 0 }, /step 0 is not step 4 of an epoch/],
    [{ epochStep: 11 }, /step 11 of an epoch of 10/],
    [{ evaluated: 2 ** 50 }, /an evaluation after step 1125899906842624 of 14 completed steps/],
    [{ order: { ...order, stream: "x" } }, /the order of its examples comes from a different generator/],
    [{ order: { ...order, seed: 2 } }, /comes from a different generator/],
    [{ order: { ...order, position: 2 ** 52 } }, /4503599627370496 numbers drawn for the order of 1 epochs/],
    [{ order: { ...order, position: 0 } }, /0 numbers drawn for the order of 1 epochs/],
    [{ best: { ...best, step: 2 ** 52 } }, /the best of 12 steps is step 4503599627370496/],
    [{ best: { ...best, step: 0 } }, /the best of 12 steps is step 0/],
    [{ best: { ...best, value: 1e100 } }, /the best accuracy differs from the one in its metrics/],
    [{ best: { ...best, metrics: { examples: 20 } } }, /the best accuracy differs from the one in its metrics/],
    [{ waited: 2 ** 50 }, /1125899906842624 evaluations since the best/],
    [{ lambda: 1e100 }, /a multiplier of 1e\+100/],
    [{ lambda: -1 }, /a multiplier of -1/],
    [{ sparsity: null }, /no sparsity/],
    [{ seconds: -1e99 }, /-1e\+99 seconds of training/],
    [{ seconds: 1e99 }, /1e\+99 seconds of training/],
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
  await assert.rejects(train({ folder, options: { targetSparsity } }), /a multiplier of 28\.1/);
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
      /log\.jsonl: the checkpoint continues after byte 3, which is inside a line; restore/.test(error.message),
  );
  assert.deepEqual(await readFile(path.join(folder, "log.jsonl")), log);
});

// A whole run of the fake model: its steps, its evaluations, what they report, and what is written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keptShare } from "../../src/recipe/top-k.ts";
import { type Kept, keep, masksOf } from "../../src/train/kept.ts";
import { FakeModel } from "./fake.ts";
import { OPTIONS, ofType, train } from "./fake-run.ts";

test("a run ends after its most steps, in the middle of an epoch, with that state evaluated and written", async () => {
  const { events, written } = await train({ options: { maxSteps: 13 } });
  assert.equal(ofType(events, "start")[0]!.steps, 13);
  assert.equal(ofType(events, "step").length, 13);
  assert.equal(ofType(events, "evaluation").findLast(({ split }) => split === "validation")!.step, 13);
  assert.equal(written!.outcome.steps, 13);
  const all = await train({ options: { maxSteps: 1000 } });
  assert.equal(ofType(all.events, "step").length, 30);
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
    onEvent: async (event) => {
      if (event.type !== "evaluation" || event.split !== "validation" || !event.best) return;
      const trained = await model.adaptation();
      atBest = keep(trained, await masksOf(trained));
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
    onEvent: async ({ type }) => {
      if (type !== "step") return;
      const { scores, threshold } = (await model.adaptation()).matrices[0]!;
      shares.push(scores.filter((score) => score <= threshold).length / scores.length);
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

test("a loss that is not a number ends the run with a remedy", async () => {
  const model = new FakeModel();
  model.lossAt = (step, loss) => (step === 5 ? Number.NaN : loss);
  await assert.rejects(train({ model }), /loss became NaN at step 5; use a learning rate lower than/);
});

test("with top-k the kept share falls to its end, where alone a step can be the best, and a resumed run has the same masks", async () => {
  const topK = { share: 0.25, scope: "matrix", schedule: "cubic", hold: 0.5 } as const;
  const whole = await train({ options: { topK, evaluateEvery: 2, checkpointEvery: 3 } });
  const steps = ofType(whole.events, "step");
  const half = steps.length / 2;
  const { shares } = whole.model;
  assert.equal(shares[0], 1);
  assert.deepEqual(
    shares.slice(1),
    steps.map(({ step }) => keptShare(topK, { step, steps: steps.length })),
  );
  for (const [i, { sparsity }] of steps.entries())
    assert.ok(Math.abs(1 - sparsity! - shares[i + 1]!) <= 0.5 / 48, `step ${i + 1}`);
  const evaluations = ofType(whole.events, "evaluation").filter(({ split }) => split === "validation");
  for (const { step, best } of evaluations) assert.ok(!best || step >= half, `step ${step} of ${steps.length}`);
  assert.equal(evaluations.find(({ step }) => step >= half)!.best, true);
  assert.ok(evaluations.some(({ step }) => step < half));
  for (const at of [2, 3, half, half + 3]) {
    const controller = new AbortController();
    const { folder } = await train({
      options: { topK, evaluateEvery: 2, checkpointEvery: 3 },
      signal: controller.signal,
      onEvent: (event) => event.type === "step" && event.step === at && controller.abort(),
    });
    const resumed = await train({ options: { topK, evaluateEvery: 2, checkpointEvery: 3 }, folder });
    assert.deepEqual(resumed.written, whole.written);
    assert.deepEqual(
      ofType(resumed.events, "step"),
      steps.slice(at).map((step, i) => ({ ...step, ...timesOf(ofType(resumed.events, "step")[i]!) })),
    );
  }
});

const timesOf = ({ seconds, secondsLeft }: { seconds?: number; secondsLeft: number | null }) => ({
  seconds,
  secondsLeft,
});

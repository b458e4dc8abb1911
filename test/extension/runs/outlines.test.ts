// What runs came to, by logs that are read once.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Outlines } from "../../../src/extension/runs/outlines.ts";
import type { EvaluationEvent, TrainEvent } from "../../../src/train/events.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "masklens-outlines-"));
after(() => rmSync(root, { recursive: true, force: true }));

const WRITTEN = new Date(1_700_000_000_000);

/** Writes the log of a run, as at one and the same moment. */
function write(name: string, events: readonly (TrainEvent | null)[], cutOff = ""): string {
  const folder = path.join(root, name);
  mkdirSync(folder, { recursive: true });
  const log = path.join(folder, "log.jsonl");
  writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join("") + cutOff);
  utimesSync(log, WRITTEN, WRITTEN);
  return folder;
}

const examples = { train: 64, validation: 8, test: 8 };
const start: TrainEvent = { type: "start", run: "a", step: 0, steps: 9, time: 5, examples, cut: examples, labels: [] };
const step = (step: number): TrainEvent => {
  return { type: "step", step, epoch: 1, loss: 1, learningRate: 1, sparsity: null, secondsLeft: 1 };
};
const evaluation = (split: EvaluationEvent["split"], value: number, best: boolean): TrainEvent => {
  return { type: "evaluation", step: 1, split, metrics: { examples: 8 }, value, metric: "f1", best, dynamics: null };
};

const OUTLINE = {
  ...{ standing: "unfinished", begun: true, steps: 9, time: 5, metric: "f1" },
  ...{ best: undefined, test: undefined, adaptation: undefined, secondsPerStep: undefined, seconds: undefined },
  ...{ bestInterval: undefined, testInterval: undefined, sparsity: null, trained: undefined },
};

test("an outline has the last step, the best validation score whatever the test split came to, and how a run stands", async () => {
  const scores = [evaluation("validation", 0.5, true), evaluation("validation", 0.4, false)];
  const folder = write("a", [start, step(1), ...scores, step(2), evaluation("test", 0.3, true)], '{"type":"st');
  const outline = { ...OUTLINE, step: 2, best: 0.5, test: 0.3 };
  assert.deepEqual(await new Outlines().of(folder), outline);
  const none = { standing: "unstarted", begun: false, step: 0, steps: undefined, best: undefined, metric: undefined };
  const unevaluated = { time: undefined, sparsity: undefined };
  assert.deepEqual(await new Outlines().of(path.join(root, "none")), { ...OUTLINE, ...none, ...unevaluated });
});

test("a log is read once, and again where it was written since", async () => {
  const outlines = new Outlines();
  const folder = write("b", [start, step(1)]);
  assert.equal((await outlines.of(folder)).step, 1);
  write("b", [start, step(2)]); // as long as before, and of the same moment: only who reads it sees the difference
  assert.equal((await outlines.of(folder)).step, 1);
  write("b", [start, step(2), { type: "stopped", step: 2 }]);
  assert.equal((await outlines.of(folder)).standing, "stopped");
});

test("of a log's steps and evaluations, only those are parsed that no later one replaces", async () => {
  const [before, after] = [evaluation("validation", 0.5, true), evaluation("validation", 0.6, true)];
  const transfer = (step: number): TrainEvent => ({
    type: "transfer",
    step,
    steps: 2,
    loss: 1,
    learningRate: 1,
    secondsLeft: 1,
  });
  const folder = write("c", [start, transfer(1), transfer(2), step(1), before, step(2), after, step(3)]);
  const log = path.join(folder, "log.jsonl");
  const damage = (event: TrainEvent) =>
    writeFileSync(
      log,
      readFileSync(log, "utf8").replace(JSON.stringify(event), JSON.stringify(event).replace("}", "")),
    );
  const outline = { ...OUTLINE, step: 3, best: 0.6 };
  for (const passedOver of [transfer(1), step(1), before, step(2)]) {
    damage(passedOver);
    assert.deepEqual(await new Outlines().of(folder), outline);
  }
  damage(step(3));
  await assert.rejects(new Outlines().of(folder), /log\.jsonl, line 8: it is not JSON/);
});

// The earlier run that a new one's duration is estimated from.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { formerPaces, LivePace } from "../../../src/extension/runs/former-pace.ts";
import { Outlines } from "../../../src/extension/runs/outlines.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "masklens-pace-"));
after(() => rmSync(root, { recursive: true, force: true }));

const OPTIONS = { model: "/m", task: "/a.task.json", out: "." };
let hour = 0;

/** A run of 40 steps that took so many seconds, later than those before; undefined: it has not finished. */
function runOf(name: string, options: object, seconds: number | undefined): string {
  const folder = path.join(root, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, "run.json"), JSON.stringify({ ...OPTIONS, ...options }));
  const metrics = { examples: 8 };
  const result = { adaptation: "/a", steps: 40, seconds, sparsity: null, bytes: 1, validation: metrics, test: metrics };
  const log = path.join(folder, "log.jsonl");
  writeFileSync(log, seconds === undefined ? "" : `${JSON.stringify({ type: "done", result })}\n`);
  utimesSync(log, 3600 * ++hour, 3600 * hour);
  return folder;
}

test("a run's duration is estimated from the latest finished run that its steps can be compared with", async () => {
  const others = [
    runOf("older", { epochs: 3 }, 20),
    runOf("latest", { task: "/b.task.json", learningRate: 0.5 }, 40),
    runOf("other-model", { model: "/n" }, 4),
    runOf("other-batch", { batchSize: 4 }, 4),
    runOf("other-method", { method: "finetune" }, 4),
    runOf("unfinished", {}, undefined),
    runOf("invalid", { epochs: "many" }, 4),
  ];
  const self = runOf("self", {}, 4);
  const outlines = new Outlines();
  const paceOf = (folder: string) =>
    outlines.of(folder).then(
      ({ secondsPerStep }) => secondsPerStep,
      () => undefined,
    );
  const pace = (options: object) => formerPaces([...others, self], paceOf)(self, { ...OPTIONS, ...options });
  assert.deepEqual(await pace({}), { run: "latest", secondsPerStep: 1 });
  assert.deepEqual(await pace({ method: "finetune" }), { run: "other-method", secondsPerStep: 0.1 });
  assert.equal(await pace({ maxLength: 16 }), undefined);
  assert.equal(await pace({ epochs: "many" }), undefined);
});

test("the pace of a run that trains is what it has taken and expects to take, over the steps since it began", () => {
  const pace = new LivePace();
  const examples = { train: 64, validation: 8, test: 8 };
  const step = (step: number, secondsLeft: number) =>
    ({ type: "step", step, epoch: 1, loss: 1, learningRate: 1, sparsity: null, secondsLeft }) as const;
  pace.hear({ type: "start", run: "a", step: 10, steps: 30, examples, cut: examples, labels: [] }, 100);
  assert.equal(pace.secondsPerStep, undefined);
  pace.hear(step(11, 38), 104); // the first step takes longer
  assert.equal(pace.secondsPerStep, 2.1);
  pace.hear(step(30, 3), 139); // an evaluation is left
  assert.equal(pace.secondsPerStep, 2.1);
});

import assert from "node:assert/strict";
import test from "node:test";
import { runEntry, type ShownRun } from "../../../src/extension/runs/run-entry.ts";
import type { Outline } from "../../../src/train/outline.ts";

const outline: Outline = {
  ...{ standing: "done", begun: true, step: 8, steps: 8, best: 0.861, test: 0.853, metric: "accuracy" },
  ...{ bestInterval: undefined, testInterval: undefined, sparsity: 0.05, trained: 0.9, seconds: undefined },
  ...{ time: undefined, secondsPerStep: undefined, adaptation: "/w/masks/first/first.mask.safetensors" },
};

const RUN: ShownRun = {
  ...{ folder: "/w/masks/first", name: "first", state: "done", outline, best: outline.best },
  ...{ task: "sentiment", device: "cpu", time: new Date(2026, 10, 29, 14, 5).getTime() },
  recipe: { preset: "quick", changes: ["epochs 5"] },
};

test("a run's entry has its task, metric and date; its tooltip also the device and the options that differ from the preset", () => {
  const { label, description, tooltip } = runEntry(RUN);
  assert.equal(label, "first");
  assert.equal(description, "86.1 % validation accuracy · done · sentiment · Nov 29, 2026");
  assert.deepEqual(tooltip!.replaceAll("\u202f", " ").split("\n"), [
    "first: done",
    "Task: sentiment",
    "Started: Nov 29, 2026, 2:05 PM",
    "Device: cpu",
    "Best step: validation accuracy 86.1 %, test accuracy 85.3 %",
    "Preset: Mask, quick, but epochs 5",
    "/w/masks/first",
  ]);
});

test("a run that is called after its task does not repeat it, and one that is not started has no step to resume from", () => {
  const none: Outline = {
    ...outline,
    standing: "unstarted",
    begun: false,
    step: 0,
    steps: undefined,
    metric: undefined,
  };
  const written = runEntry({ ...RUN, state: "unstarted", task: "first", best: undefined, outline: none });
  assert.equal(written.description, "not started · Nov 29, 2026");
  assert.equal(written.context, "run.unstarted");
  const stopped = runEntry({ ...RUN, state: "stopped", outline: { ...outline, step: 3 } });
  assert.match(stopped.description!, /^86\.1 % validation accuracy · stopped · sentiment · step 3 of 8 · /);
});

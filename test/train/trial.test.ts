import assert from "node:assert/strict";
import { test } from "node:test";
import { trial } from "../../src/train/trial.ts";

test("a trial of the CPU trains, and its losses are its own", async () => {
  const { losses, cpuLosses, secondsPerStep, cpuSecondsPerStep } = await trial("cpu");
  assert.equal(losses.length, 10);
  assert.deepEqual(losses, cpuLosses);
  assert.ok(losses.every(Number.isFinite) && new Set(losses).size === 10, losses.join());
  assert.ok(losses[9]! < losses[0]!, "it learns");
  assert.ok(secondsPerStep > 0 && secondsPerStep === cpuSecondsPerStep);
});

test("a device that this machine lacks is refused with what to do", async () => {
  await assert.rejects(trial("cuda:7"), { name: "InputError", message: /^device cuda:7: .*; install CUDA support/ });
});

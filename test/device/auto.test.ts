import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { autoDevice, computeEnvironment, recordDevices } from "../../src/device/auto.ts";

const cuda = path.join(mkdtempSync(path.join(tmpdir(), "masklens-test-")), "cuda");

const tried = (device: string, secondsPerStep: number | null, works = true) => ({
  ...{ device, works, secondsPerStep, cpuSecondsPerStep: secondsPerStep === null ? null : 0.1 },
  ...{ reason: null, remedy: null, details: null, difference: null },
});

test("auto is the fastest device that passed and is clearly faster than the CPU, else the CPU", async () => {
  assert.equal(autoDevice(cuda), "cpu", "nothing was tried");
  const cpu = tried("cpu", 0.1);
  for (const [states, expected] of [
    [[cpu, tried("webgpu", 0.05), tried("cuda:0", 0.01), tried("cuda:1", 0.005)], "cuda:1"],
    [[cpu, tried("webgpu", 0.05), tried("cuda:0", 0.01, false)], "webgpu"],
    [[cpu, tried("webgpu", 15), tried("cuda:0", 0.09), tried("cuda:1", null, false)], "cpu"],
  ] as const) {
    await recordDevices(cuda, states);
    assert.equal(autoDevice(cuda, true), expected);
  }
  await recordDevices(cuda, [cpu, tried("webgpu", 0.01)]);
  assert.equal(autoDevice(cuda, false), "cpu", "WebGPU without a GPU is a software device");
  await recordDevices(cuda, [cpu, tried("cuda:0", 0.01)]);
  assert.equal(computeEnvironment(cuda, {}).MASKLENS_AUTO, "cuda:0");
  writeFileSync(path.join(cuda, "support.json"), "{}");
  assert.equal(computeEnvironment(cuda, {}).MASKLENS_AUTO, "cpu", "tried with another CUDA support");
  rmSync(path.join(cuda, "support.json"));
});

test("what was tried with another runtime, or is damaged, does not count", async () => {
  const file = path.join(cuda, "devices.json");
  const devices = [{ device: "cuda:0", works: true, secondsPerStep: 0.01, cpuSecondsPerStep: 0.1 }];
  const same = "1.30.0 none";
  writeFileSync(file, JSON.stringify({ identity: same, devices }));
  assert.equal(autoDevice(cuda), "cuda:0");
  for (const text of [
    JSON.stringify({ identity: "1.29.0 none", devices }),
    ...["{", JSON.stringify({ identity: same, devices: 3 }), JSON.stringify({ identity: same, devices: [null] })],
  ]) {
    writeFileSync(file, text);
    assert.equal(autoDevice(cuda), "cpu", text);
  }
});

// How a device is judged, with compute processes that answer, hang and die as drivers make them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { probe } from "../../src/device/probe.ts";
import { InputError } from "../../src/errors.ts";
import type { Answers } from "../../src/worker/channel.ts";
import { WorkerClient } from "../../src/worker/client.ts";
import type { Requests } from "../../src/worker/protocol.ts";
import { serve } from "../../src/worker/serve.ts";
import { startWatchdog } from "../../src/worker/watchdog.ts";

type Probing = Pick<Requests, "probe">;

const TRIAL = { losses: [0.7, 0.6], cpuLosses: [0.7, 0.6], secondsPerStep: 0.01, cpuSecondsPerStep: 0.02 };

const answers: Answers<Probing> = {
  async probe({ device }) {
    if (device === "cpu") return TRIAL;
    if (device === "cuda:1") return { ...TRIAL, losses: [0.7, 0.61] };
    if (device === "cuda:2") return { ...TRIAL, losses: [0.7, Number.NaN] };
    if (device === "cuda:3") throw new InputError("NVIDIA's driver finds no GPU", { at: "device cuda:3" }, "look");
    if (device === "webgpu") return new Promise(() => setInterval(() => undefined, 1000));
    const words = "\x1b[31mlibx.so.1: cannot open shared object file: No such file\nthe driver's last words\n";
    await new Promise((resolve) => process.stderr.write(words, resolve));
    process.exit(3);
  },
};

function tests(): void {
  const started: WorkerClient<Probing>[] = [];
  const start = () => {
    started.push(new WorkerClient<Probing>({ script: fileURLToPath(import.meta.url), arguments: ["worker"] }));
    return started.at(-1) as unknown as WorkerClient<Requests>;
  };

  test("a device works whose losses are the CPU's", async () => {
    assert.deepEqual(await probe("cpu", start), {
      ...{ works: true, reason: null, remedy: null, details: null, difference: 0 },
      ...{ secondsPerStep: 0.01, cpuSecondsPerStep: 0.02 },
    });
  });

  test("a device whose losses differ, or are no numbers, does not work", async () => {
    const wrong = await probe("cuda:1", start);
    assert.equal(wrong.works, false);
    assert.equal(wrong.reason, "its losses differ from the CPU's by 1.7 % within ten training steps");
    assert.match(wrong.remedy!, /^update the driver/);
    assert.equal((await probe("cuda:2", start)).reason, "its losses are not numbers");
  });

  test("the runtime's reason is given with what to do", async () => {
    const { works, reason, remedy } = await probe("cuda:3", start);
    assert.deepEqual(
      { works, reason, remedy },
      { works: false, reason: "NVIDIA's driver finds no GPU", remedy: "look" },
    );
  });

  test("a device that takes its process along does not work, and the last words say why", async () => {
    const { works, reason, remedy, details } = await probe("cuda:0", start);
    assert.equal(works, false);
    assert.match(reason!, /cannot load the system library libx\.so\.1$/);
    assert.equal(remedy, "install the package that contains it");
    assert.match(details!, /\nlibx\.so\.1: cannot open .*\nthe driver's last words$/);
  });

  test("a device that hangs does not work, and each was tried in a process of its own, which has ended", async () => {
    const hanging = await probe("webgpu", start, 500);
    assert.equal(hanging.reason, "no response within 0.5 s");
    assert.match(hanging.remedy!, /^check that the driver works/);
    assert.equal(started.length, 6);
    for (const { ended } of started) assert.ok(ended);
  });
}

if (process.argv[2] === "worker") {
  startWatchdog(0);
  serve(answers);
} else tests();

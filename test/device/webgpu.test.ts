// Training on WebGPU, over the software Vulkan device that comes with Chromium, in a process of its own that finds it.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { WHOLE } from "../../src/graph/graph.ts";
import { packBits } from "../../src/mask/bits.ts";
import { readConfig } from "../../src/model/config.ts";
import { allMatrices } from "../../src/model/names.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { type Loaded, ScoringModel } from "../../src/program/scoring-model.ts";
import type { Device } from "../../src/runtime/device.ts";
import { ours } from "../bench/speed/step.ts";
import { maskedReference, tenSteps } from "../program/ten-steps.ts";
import { batchOf, tinyProgram } from "../program/tiny.ts";

/** Where Chromium's libraries are: the Vulkan loader and the device. */
const CHROMIUM = process.env.MASKLENS_VULKAN ?? "/usr/lib/chromium";
const FAMILIES = ["bert", "roberta", "distilbert"];

/** What two masks over one model give, each twice, in turn. */
async function underTwo(device: Device, use: (one: Loaded) => Promise<number[]>): Promise<readonly number[]> {
  const folder = "test/fixtures/models/tiny-bert";
  const [config, pretrained] = [await readConfig(folder), await openPretrained(folder)];
  const model = new ScoringModel(config, pretrained, device);
  const shape = { classifier: "sequence", labels: 2 } as const;
  const tensors = [
    {
      name: "classifier.weight",
      shape: [2, config.hiddenSize],
      data: Float32Array.from({ length: 2 * config.hiddenSize }, (_, i) => 0.1 * Math.cos(i)),
    },
    { name: "classifier.bias", shape: [2], data: Float32Array.of(0.5, -0.5) },
  ];
  const loaded = [3, 5].map((period) => {
    const matrices = allMatrices(config, { labels: 2 }).map(({ name, rows, columns }) => ({
      name,
      bits: packBits(
        Float32Array.from({ length: rows * columns }, (_, i) => i % period),
        rows,
        columns,
        0,
      ),
    }));
    return model.under(shape, { matrices, tensors }, "a.mask.safetensors");
  });
  const found: number[] = [];
  for (const one of [...loaded, ...loaded]) found.push(...(await use(await one)));
  for (const one of loaded) (await one).release();
  await model.release();
  await pretrained.close();
  return found;
}

/** What the child does on a device; its answer is JSON. */
const work = {
  /** Ten losses of each family. */
  async losses(device: Device): Promise<Record<string, readonly number[]>> {
    const all: Record<string, readonly number[]> = {};
    for (const family of FAMILIES) {
      const { treatment, start, learningRate } = await maskedReference(family);
      all[family] = (await tenSteps(family, treatment, start, learningRate, { device })).losses;
    }
    return all;
  },
  /** The state after ten steps of a program, by name. */
  async state(device: Device): Promise<Record<string, readonly number[]>> {
    const program = await tinyProgram("mask", { device, dropout: 0 });
    for (let step = 1; step <= 10; step++) await program.step([batchOf(step)], { step, learningRate: 1e-3 });
    const state = Object.fromEntries([...(await program.state())].map(([name, array]) => [name, [...array]]));
    await program.release();
    return state;
  },
  /** Operators of a masked step that do not run on the device, and copies between it and the CPU. */
  async elsewhere(device: Device): Promise<readonly string[]> {
    const folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
    const { run, release } = await ours([2, 64, 2, 128, 2, 16], 2, {
      ...{ device, block: WHOLE, profile: path.join(folder, "profile") },
    });
    await run();
    await release();
    const [file] = readdirSync(folder);
    const events: { args?: { provider?: string; op_name?: string } }[] = JSON.parse(
      readFileSync(path.join(folder, file!), "utf8"),
    );
    const nodes = events.flatMap(({ args }) => (args?.provider ? [`${args.provider} ${args.op_name}`] : []));
    if (nodes.length < 100) throw new Error(`the profile has only ${nodes.length} nodes`);
    return nodes.filter((node) => !node.startsWith("WebGpu") || node.includes("Memcpy"));
  },
  /** The logits of two masks over one model, in turn. */
  answers: (device: Device) => underTwo(device, async (one) => [...(await one.logits(batchOf(1)))]),
  /** The log-odds and the evidence of every token under two masks, in turn. */
  evidence: (device: Device) =>
    underTwo(device, async (one) => {
      const batch = batchOf(1);
      const { scores, slopes } = await one.slopes(batch, new Float32Array(batch.size * batch.length).fill(1));
      return [...scores, ...slopes];
    }),
  /** Resident megabytes after 50 and after 200 steps. */
  async memory(device: Device): Promise<readonly number[]> {
    const program = await tinyProgram("mask", { device, dropout: 0 });
    const batch = batchOf(1, { size: 2, length: 4 });
    const resident: number[] = [];
    for (let step = 1; step <= 200; step++) {
      await program.step([batch], { step, learningRate: 1e-3 });
      if (step === 50 || step === 200) resident.push(process.memoryUsage.rss() / 2 ** 20);
    }
    await program.release();
    return resident;
  },
};

type Work = typeof work;

async function child(name: keyof Work, device: Device): Promise<void> {
  process.send!(await work[name](device), () => process.disconnect());
}

function inChild<N extends keyof Work>(name: N, device: Device): Promise<Awaited<ReturnType<Work[N]>>> {
  const driver = path.join(mkdtempSync(path.join(tmpdir(), "masklens-test-")), "driver.json");
  const icd = { library_path: path.join(CHROMIUM, "libvk_swiftshader.so"), api_version: "1.1" };
  writeFileSync(driver, JSON.stringify({ file_format_version: "1.0.0", ICD: icd }));
  const process = fork(fileURLToPath(import.meta.url), [name, device], {
    env: { ...globalThis.process.env, NODE_TEST_CONTEXT: "", LD_LIBRARY_PATH: CHROMIUM, VK_DRIVER_FILES: driver },
  });
  return new Promise((resolve, reject) => {
    process.on("message", (answer) => resolve(answer as Awaited<ReturnType<Work[N]>>));
    process.on("exit", (code) => reject(new Error(`the process ended with ${code}`)));
  });
}

/** The largest relative difference. */
const apart = (have: readonly number[], want: readonly number[]) =>
  Math.max(...have.map((x, i) => Math.abs(x - want[i]!) / Math.max(Math.abs(want[i]!), 1e-3)));

const [name, device] = process.argv.slice(2);
if (name !== undefined) await child(name as keyof Work, device as Device);
else {
  test("ten losses of three families are the CPU's, to 1e-5", async (t) => {
    const [here, cpu] = await Promise.all([inChild("losses", "webgpu"), inChild("losses", "cpu")]);
    for (const family of FAMILIES) {
      const difference = apart(here[family]!, cpu[family]!);
      t.diagnostic(`${family}: ${difference.toExponential(1)}`);
      assert.ok(difference <= 1e-5, `${family}: ${here[family]} on WebGPU, ${cpu[family]} on the CPU`);
    }
  });

  test("the state that is read back after ten steps is the CPU's", async (t) => {
    const [here, cpu] = await Promise.all([inChild("state", "webgpu"), inChild("state", "cpu")]);
    assert.deepEqual(Object.keys(here), Object.keys(cpu));
    let most = 0;
    for (const [name, values] of Object.entries(here))
      most = Math.max(most, ...values.map((x, i) => Math.abs(x - cpu[name]![i]!)));
    t.diagnostic(`largest difference ${most.toExponential(1)}`);
    assert.ok(most < 1e-4, `${most}`);
  });

  test("all of a masked step is computed on the device, with no copy in between", async () => {
    assert.deepEqual(await inChild("elsewhere", "webgpu"), []);
  });

  test("two masks over one model on the device answer in turn as on the CPU", async () => {
    const [here, cpu] = await Promise.all([inChild("answers", "webgpu"), inChild("answers", "cpu")]);
    assert.equal(cpu.length, 4 * 4 * 2);
    assert.ok(new Set(cpu).size > 8);
    assert.ok(apart(here, cpu) <= 1e-5, `${here} on WebGPU, ${cpu} on the CPU`);
  });

  test("the evidence of tokens is computed on the device as on the CPU", async () => {
    const [here, cpu] = await Promise.all([inChild("evidence", "webgpu"), inChild("evidence", "cpu")]);
    assert.equal(cpu.length, 4 * (4 + 4 * 8));
    assert.ok(Math.max(...cpu.map(Math.abs)) > 0.1);
    for (const [i, x] of cpu.entries()) assert.ok(Math.abs(here[i]! - x) <= 1e-5, `${here[i]} for ${x}`);
  });

  test("200 steps take no more memory than 50", async (t) => {
    const [before, after] = await inChild("memory", "webgpu");
    t.diagnostic(`${before!.toFixed(0)} MB after 50 steps, ${after!.toFixed(0)} MB after 200`);
    assert.ok(after! - before! < 10, `${before} → ${after} MB`);
  });
}

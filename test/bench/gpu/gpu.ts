// npm run bench gpu [PART …]: compares the first CUDA device with the CPU and with PyTorch. Each part runs in its own
// processes, and its result is kept (MASKLENS_BENCH_CACHE), so parts can be measured in several calls. docs/gpu.md is
// written from all results of this machine; `npm run bench gpu page` only writes the page. Needs dist/, test/fixtures
// and media/sample, and for the peer a Python with torch.

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startCompute } from "../../../src/cli/compute.ts";
import { probe } from "../../../src/device/probe.ts";
import { messageOf } from "../../../src/errors.ts";
import { CACHED, WHOLE } from "../../../src/graph/graph.ts";
import { PRECISIONS, type Precision } from "../../../src/graph/precision.ts";
import type { Device } from "../../../src/runtime/device.ts";
import type { TrainResult } from "../../../src/train/events.ts";
import { FAMILIES, maskedReference, tenSteps } from "../../program/ten-steps.ts";
import { PEER, type PeerOptions, peerIsThere, peerStep } from "../speed/peer.ts";
import { ours } from "../speed/step.ts";
import { CACHE } from "../tasks.ts";
import { answers } from "./many-tasks.ts";
import { pageOf } from "./page.ts";
import {
  type Losses,
  type Machine,
  type Measured,
  nameOf,
  PEER_STEPS,
  type Placement,
  type Results,
  SHAPES,
  TASKS,
  type Times,
  type Watched,
} from "./results.ts";

const PAGE = "docs/gpu.md";
const DEVICE = (process.env.MASKLENS_BENCH_DEVICE ?? "cuda:0") as Device;

/** How PyTorch is told of each of our precisions. */
const PEERS: Readonly<Record<Precision, PeerOptions>> = {
  float32: {},
  tf32: { env: { TORCH_ALLOW_TF32_CUBLAS_OVERRIDE: "1" } },
  bfloat16: { precision: "bfloat16" },
};
/** The most milliseconds that one measurement may take. */
const PATIENCE = 240_000;

/** The standard output of a process; throws the last line of its standard error if it fails. */
async function outputOf(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  try {
    const options = { env: { ...process.env, ...env }, timeout: PATIENCE, maxBuffer: 64 << 20 };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (cause) {
    const { stderr = "", killed } = cause as { stderr?: string; killed?: boolean };
    const last = stderr
      .split("\n")
      .filter((line) => /error|failure/i.test(line))
      .at(-1);
    throw new Error(killed ? `no result within ${PATIENCE / 1000} s` : (last?.trim() ?? messageOf(cause)), { cause });
  }
}

/** Runs a part of this program in its own process; its last line of output is the result. */
async function child<T>(...args: readonly string[]): Promise<T> {
  const text = await outputOf(process.execPath, [process.argv[1]!, "gpu", "child", ...args]);
  return JSON.parse(text.trim().split("\n").at(-1)!);
}

async function machine(): Promise<Machine> {
  const python = process.env.MASKLENS_PYTHON ?? "python3";
  const query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader", "-i", "0"];
  const answer = await outputOf("nvidia-smi", query).catch((cause) => {
    throw new Error("nvidia-smi finds no NVIDIA card here: nothing was measured or written", { cause });
  });
  const [card, driver, memory] = answer.trim().split(", ");
  const modules = path.dirname(require.resolve("onnxruntime-node/package.json"));
  const runtime: { version: string } = JSON.parse(readFileSync(path.join(modules, "package.json"), "utf8"));
  const [binding] = readdirSync(path.join(modules, "bin"));
  const folder = path.join(modules, "bin", binding!, process.platform, process.arch);
  const core = readFileSync(path.join(folder, "libonnxruntime.so.1"), "latin1");
  const provider = path.join(folder, "libonnxruntime_providers_cuda.so");
  const needs = await outputOf("ldd", [provider]);
  const torch = "import torch; print(torch.__version__, 'with CUDA', torch.version.cuda)";
  return {
    ...{ card: card!, driver: driver!, memory: memory! },
    processor: `${cpus().length} cores of ${cpus()[0]!.model}`,
    node: process.versions.node,
    runtime: runtime.version,
    commit: /git-commit-id=([0-9a-f]+)/.exec(core)?.[1] ?? "unknown",
    provider: createHash("sha256").update(readFileSync(provider)).digest("hex"),
    missing: [...needs.matchAll(/(\S+) => not found/g)].map(([, name]) => name!),
    torch: (await outputOf(python, ["-c", torch]).catch(() => "none")).trim(),
  };
}

/** Ten masked steps of the tiny models on both devices. */
async function losses(precision: string): Promise<Losses[]> {
  const all: Losses[] = [];
  for (const family of FAMILIES) {
    const { want, treatment, start, learningRate } = await maskedReference(family);
    const on = async (device: Device, block: number) =>
      (await tenSteps(family, treatment, start, learningRate, { device, block, precision: precision as Precision }))
        .losses;
    all.push({
      ...{ family, want: [...(want.get("losses")!.data as Float32Array)] },
      ...{ cpu: await on("cpu", CACHED), cuda: await on(DEVICE, WHOLE) },
    });
  }
  return all;
}

/** Steps that compile and fill memory; then for so many milliseconds. */
const SKIPPED = 5;
const MEASURED = 5000;

async function stepTimes(shape: readonly number[], block: number, precision: Precision): Promise<Times> {
  const { run, release } = await ours(shape, 1, { device: DEVICE, block, precision });
  for (let step = 0; step < SKIPPED; step++) await run();
  const times: number[] = [];
  for (const start = performance.now(); performance.now() - start < MEASURED; ) times.push(await run());
  await release();
  return { times };
}

/** The execution providers of a step's nodes, from the runtime's own profile. */
async function placement(): Promise<Placement> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-gpu-"));
  try {
    const { run, release } = await ours(SHAPES[0], 2, {
      ...{ device: DEVICE, block: WHOLE, profile: path.join(folder, "profile") },
    });
    await run();
    await release();
    const [file] = readdirSync(folder);
    const events: { name: string; args?: { provider?: string; op_name?: string } }[] = JSON.parse(
      readFileSync(path.join(folder, file!), "utf8"),
    );
    const seen = new Map<string, readonly [provider: string, operator: string]>();
    for (const { name, args } of events)
      if (args?.provider && args.op_name) seen.set(name, [args.provider, args.op_name]);
    const count = (names: readonly string[]) => {
      const counts: Record<string, number> = {};
      for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    };
    const all = [...seen.values()];
    return {
      nodes: count(all.map(([provider]) => provider)),
      others: count(
        all
          .filter(([provider, operator]) => provider !== "CUDAExecutionProvider" || operator.startsWith("Memcpy"))
          .map(([, operator]) => operator),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Samples in a second, and the last ones that do not count, because the process ends, and those before them that do. */
const SAMPLES = 10;
const [ENDING, COUNTED] = [10, 30];

/** Runs `work`, and returns with its result what the GPU did meanwhile. */
async function watched<T>(work: () => Promise<T>): Promise<T & Watched> {
  const query = ["--query-gpu=memory.used,utilization.gpu", "--format=csv,noheader,nounits", "-i", "0"];
  const watch = spawn("nvidia-smi", [...query, "-lms", String(1000 / SAMPLES)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const samples: number[][] = [];
  watch.on("error", () => {});
  watch.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n")) if (line.trim()) samples.push(line.split(",").map(Number));
  });
  try {
    const result = await work();
    const busy = samples.slice(0, -ENDING).slice(-COUNTED);
    const isLong = busy.length === COUNTED;
    return {
      ...result,
      megabytes: Math.max(0, ...samples.map(([memory]) => memory!)),
      ...(isLong && { idle: 1 - busy.reduce((sum, [, share]) => sum + share! / 100, 0) / COUNTED }),
    };
  } finally {
    watch.kill();
  }
}

async function demo(device: Device, precision: Precision): Promise<TrainResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-gpu-"));
  try {
    const sample = ["--model", "media/sample/model", "--task", "media/sample/tasks/sentiment.task.json"];
    const options = ["--preset", "quick", "--device", device];
    const cli = path.join(path.dirname(process.argv[1]!), "cli.js");
    const run = ["train", ...sample, "--out", path.join(folder, "run"), ...options, "--precision", precision, "--json"];
    return JSON.parse(await outputOf(process.execPath, [cli, ...run]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All measurements, in this order; those that are compared run one after the other. */
const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  probe: () => probe(DEVICE, startCompute, 120_000),
  placement: () => child("placement"),
  ...Object.fromEntries(PRECISIONS.map((precision) => [`losses ${precision}`, () => child("losses", precision)])),
  ...Object.fromEntries(
    SHAPES.flatMap((shape, i) => {
      const name = nameOf(shape);
      const step = (precision: Precision, blocks: "whole" | "cached") =>
        watched(() => child<Times>("step", String(i), blocks, precision));
      const peer = (precision: Precision, mode: "eager" | "compile") => {
        if (!peerIsThere) throw new Error(`${PEER} is not there; set MASKLENS_PEER`);
        return watched(() => peerStep(shape, PEER_STEPS, { ...PEERS[precision], device: "cuda", mode }));
      };
      return [
        ...PRECISIONS.flatMap((precision): [string, () => Promise<unknown>][] => [
          [`${name} ${precision} whole`, () => step(precision, "whole")],
          [`${name} ${precision} eager`, () => peer(precision, "eager")],
          [`${name} ${precision} compile`, () => peer(precision, "compile")],
        ]),
        [`${name} tf32 cached`, () => step("tf32", "cached")] as const,
      ];
    }),
  ),
  ...Object.fromEntries(
    TASKS.map((tasks) => [`tasks ${tasks}`, () => watched(() => child<Times>("tasks", String(tasks)))]),
  ),
  "demo cuda float32": () => demo(DEVICE, "float32"),
  "demo cuda tf32": () => demo(DEVICE, "tf32"),
  "demo cuda bfloat16": () => demo(DEVICE, "bfloat16"),
  "demo cpu": () => demo("cpu", "float32"),
};

/** Parts that run in their own process. */
const children: Readonly<Record<string, (...args: string[]) => Promise<unknown>>> = {
  losses,
  placement,
  tasks: (tasks) => answers(DEVICE, Number(tasks)),
  step: (i, blocks, precision) =>
    stepTimes(SHAPES[Number(i)]!, blocks === "whole" ? WHOLE : CACHED, precision as Precision),
};

export async function benchGpu([first, ...rest]: readonly string[]): Promise<void> {
  if (first === "child") {
    const [name = "", ...args] = rest;
    console.log(JSON.stringify(await children[name]!(...args)));
    return;
  }
  const file = path.join(CACHE, "gpu.json");
  const kept: Results | undefined = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  let here = kept?.machine;
  try {
    if (first !== "page") here = await machine();
    if (!here) throw new Error(`${file} does not exist: nothing was measured yet`);
  } catch (error) {
    console.error(messageOf(error));
    process.exit(1);
  }
  // Results of different machines are not mixed.
  const same = kept && JSON.stringify(kept.machine) === JSON.stringify(here);
  const results: Results = same ? kept : { machine: here, measured: {} };
  const save = () => {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(file, JSON.stringify(results, null, 1));
  };
  const measure = async <T>(work: () => Promise<T>): Promise<Measured<T>> => {
    try {
      return { value: await work() };
    } catch (error) {
      return { error: messageOf(error).trim().split("\n").at(-1)! };
    }
  };
  if (first !== "page") {
    for (const [name, work] of Object.entries(parts)) {
      const wanted = first === undefined || [first, ...rest].some((part) => name.startsWith(part));
      if (!wanted || "value" in (results.measured[name] ?? {})) continue;
      const start = performance.now();
      const measured = await measure(async () => work());
      results.measured[name] = measured;
      save();
      const said = "error" in measured ? `failed: ${measured.error}` : JSON.stringify(measured.value).slice(0, 200);
      console.error(`${name} (${((performance.now() - start) / 1000).toFixed(0)} s): ${said}`);
    }
  }
  const page = pageOf(results);
  writeFileSync(PAGE, page);
  console.log(page);
}

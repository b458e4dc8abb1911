// npm run bench memory [training | info | loaded]: the peak memory of a training step, compared with PyTorch's; the
// memory of `masklens info` on a model; and that of ten loaded masks, compared with ten finetuned copies. Each is
// measured in its own process, which reports its own peak.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Loaded } from "../../../src/adaptation/loaded.ts";
import { randomBatch, randomProgram } from "../../../src/train/random-program.ts";
import { minilm } from "../tasks.ts";
import { PEER, peerIsThere, peerStep } from "./peer.ts";

const SHAPE = [12, 768, 12, 3072, 8, 64];
const STEPS = 8;
const ROUNDS = 5;
/** The number of loaded tasks that is compared with one. */
const TASKS = 10;
const GOAL = { milliseconds: 300, megabytes: 50 };
/**
 * Makes a process write its peak memory in kB to standard error when it ends: where there is /proc, that of the process alone, because
 * maxRSS starts with its parent's peak.
 */
const TELL = `--import=data:text/javascript,import{readFileSync}from"node:fs";process.on("exit",()=>{let peak=process.resourceUsage().maxRSS;try{peak=/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status","latin1"))[1]}catch{}process.stderr.write("\\n"+peak)})`;

interface Measure {
  readonly milliseconds: number;
  readonly megabytes: number;
  readonly stdout: string;
}

/** Runs Node; returns its wall time, its peak memory, and what it printed. */
export async function measured(args: readonly string[]): Promise<Measure> {
  const start = performance.now();
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [TELL, ...args]);
  return { stdout, milliseconds: performance.now() - start, megabytes: Number(stderr.split("\n").at(-1)) / 1024 };
}

/** A few steps: only what a run keeps in memory. */
async function trainAlone(): Promise<void> {
  const program = await randomProgram(SHAPE);
  for (let step = 1; step <= STEPS; step++) await program.step([randomBatch(SHAPE)], { step, learningRate: 1e-3 });
  await program.release();
}

async function training(): Promise<void> {
  const { megabytes } = await measured([process.argv[1]!, "memory", "step"]);
  const name = SHAPE.join("·");
  if (!peerIsThere) return console.log(`training ${name}: peak ${megabytes.toFixed(0)} MB (${PEER} is not there)`);
  const theirs = (await peerStep(SHAPE, STEPS)).megabytes;
  const ratio = (megabytes / theirs).toFixed(2);
  console.log(`training ${name}: peak ${megabytes.toFixed(0)} MB; PyTorch ${theirs} MB, ratio ${ratio} (goal 1)`);
}

async function info(): Promise<void> {
  for (const model of ["media/sample/model", minilm()]) {
    const runs: { readonly info: Measure; readonly bare: Measure }[] = [];
    for (let i = 0; i < ROUNDS; i++)
      runs.push({ info: await measured(["dist/cli.js", "info", model]), bare: await measured(["-e", "0"]) });
    const best = (of: (run: (typeof runs)[number]) => number) => Math.min(...runs.map(of));
    const [time, peak, bare] = [
      best(({ info }) => info.milliseconds),
      best(({ info }) => info.megabytes),
      best((run) => run.bare.megabytes),
    ];
    console.log(
      `info ${model}: ${time.toFixed(0)} ms (goal ${GOAL.milliseconds}), ${(peak - bare).toFixed(0)} MB over the ${bare.toFixed(0)} MB of bare Node (goal ${GOAL.megabytes})`,
    );
  }
}

/** Loads adaptations as the editor does and asks each for a prediction. */
async function loadAlone(files: readonly string[]): Promise<void> {
  const loaded = new Loaded();
  await loaded.load(files, {}, "cpu");
  for await (const { label } of loaded.predict(["A film that one does not forget."])) assert(label);
}

/** The peak memory, in MB, of a process that has loaded copies of an adaptation as `count` tasks and asked each once. */
export async function peakWith(file: string, count: number): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-memory-"));
  try {
    const files = Array.from({ length: count }, (_, i) => path.join(folder, `${i} ${path.basename(file)}`));
    for (const copy of files) copyFileSync(file, copy);
    return (await measured([process.argv[1]!, "memory", "load", ...files])).megabytes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The content of an adaptation does not affect its memory: one step of training is enough, and copies serve as tasks.
 */
async function loaded(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-memory-"));
  try {
    for (const method of ["mask", "finetune"]) {
      const out = path.join(folder, method);
      const task = "media/sample/tasks/sentiment.task.json";
      const run = ["--model", minilm(), "--task", task, "--out", out, "--method", method, "--layers", "all"];
      const short = ["--preset", "paper", "--epochs", "1", "--evaluate-every", "0", "--limit", "train=32"];
      await promisify(execFile)(process.execPath, ["dist/cli.js", "train", ...run, ...short]);
      const file = path.join(out, readdirSync(out).find((name) => name.endsWith(".safetensors"))!);
      const peaks: string[] = [];
      for (const count of [1, TASKS]) peaks.push(`${count} loaded: ${(await peakWith(file, count)).toFixed(0)} MB`);
      console.log(
        `${path.basename(minilm())}, ${method}: ${peaks.join(", ")} (each file ${(statSync(file).size / 2 ** 20).toFixed(1)} MB)`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PARTS: Readonly<Record<string, () => Promise<void>>> = { training, info, loaded };

export async function benchMemory([part, ...rest]: readonly string[]): Promise<void> {
  if (part === "step") return trainAlone();
  if (part === "load") return loadAlone(rest);
  for (const [name, measure] of Object.entries(PARTS)) if (!part || part === name) await measure();
}

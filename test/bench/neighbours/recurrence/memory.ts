// What a small decoder holds while it generates, and how fast it does: with attention's cache, and as a recurrence. Its weights are
// random, which changes neither.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openBase } from "../../../../src/adaptation/base.ts";
import { initialize } from "../../../../src/adaptation/initialize/initialize.ts";
import type { LinearAttention } from "../../../../src/anatomy/additions.ts";
import { addedTensors } from "../../../../src/model/additions/additions.ts";
import { startOfAdditions } from "../../../../src/program/added.ts";
import { ScoringModel } from "../../../../src/program/scoring-model.ts";
import { PROCESSOR } from "../../finished.ts";
import { CACHE } from "../../tasks.ts";
import { keyOf, type openLines } from "./lines.ts";

export const SIZES = {
  family: "llama",
  hiddenSize: 128,
  layers: 4,
  heads: 4,
  positions: 4160,
  vocabSize: 300,
} as const;
/** The recurrences come first: a process keeps some of the memory that it has held. */
export const WAYS = ["softmax", "relu", "attention"] as const;
export const TOKENS = [64, 256, 1024, 4096];
/** Tokens over which the pace is measured. */
export const LAST = 64;

async function model(): Promise<string> {
  const out = path.resolve(CACHE, "recurrence", "decoder");
  if (existsSync(path.join(out, "model.safetensors"))) return out;
  mkdirSync(path.dirname(out), { recursive: true });
  const file = path.resolve(CACHE, "recurrence", "texts.txt");
  writeFileSync(file, readFileSync("docs/method.md", "utf8"));
  await initialize({ ...SIZES, texts: { file }, seed: 1, out });
  return out;
}

/** This process's memory, now and at its peak since `reset`, in bytes. */
function held(what: "VmRSS" | "VmHWM"): number {
  return 1024 * Number(new RegExp(`^${what}:\\s*(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "latin1"))![1]);
}

export async function measureMemory(lines: ReturnType<typeof openLines>): Promise<void> {
  for (const way of WAYS) {
    if (TOKENS.every((tokens) => lines.find(keyOf({ what: "memory", way, tokens })))) continue;
    const base = await openBase(await model());
    const linearAttention: LinearAttention | undefined =
      way === "attention" ? undefined : { map: way, transferSteps: 0, transferLearningRate: 0.01 };
    const additions = linearAttention && { linearAttention };
    const scoring = new ScoringModel(base.config, base.pretrained, "cpu");
    const start = startOfAdditions(base.config, additions, 1);
    const tensors = addedTensors(base.config, additions).map((own) => ({ ...own, data: start.get(own.name)! }));
    const shape = { classifier: "language", labels: 0, additions } as const;
    const loaded = await scoring.under(shape, { matrices: [], tensors }, base.folder);
    const decoding = await loaded.decoding();
    await decoding.start([{ ids: [1] }]);
    for (let token = 0; token < LAST; token++) await decoding.advance([1], [0]); // the process grows while it warms up
    writeFileSync("/proc/self/clear_refs", "5"); // the peak starts again
    const before = held("VmRSS");
    let logits = await decoding.start([{ ids: [1] }]);
    let since = performance.now();
    for (let tokens = 1; tokens <= TOKENS.at(-1)!; tokens++) {
      const best = logits.reduce((most, x, id) => (x > logits[most]! ? id : most), 0);
      logits = await decoding.advance([best], [0]);
      if (TOKENS.includes(tokens + LAST)) since = performance.now();
      if (!TOKENS.includes(tokens)) continue;
      const pace = (1000 * LAST) / (performance.now() - since);
      lines.add({
        ...{ what: "memory", way, tokens, kept: decoding.bytes, peak: Math.max(0, held("VmHWM") - before) },
        ...{ pace: Math.round(pace), processor: PROCESSOR },
      });
    }
    await scoring.release();
    await base.pretrained.close();
  }
}

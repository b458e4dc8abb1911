// npm run bench size: what half precision in memory saves and costs, and how close the estimates of a run's memory are; writes
// docs/memory.md.

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { writeAtomic } from "../../../src/files.ts";
import { median } from "../../../src/mask/significance.ts";
import type { Room } from "../../../src/train/events.ts";
import { measured } from "../speed/memory.ts";
import { type Model, modelsIn, taskIn } from "./models.ts";
import { type Compared, type Estimated, pageOf } from "./page.ts";
import { inProcess } from "./processes.ts";

/** Processes of each kind, alternating. */
const ROUNDS = 2;

const WORK = {
  train: { what: "a training step, mask over all matrices, batch 8 × 64", arguments: ["8", "64", "7"] },
  predict: { what: "a prediction, one text of 32 tokens", arguments: ["1", "32", "23"] },
} as const;

const SHORT = { maxSteps: 4, evaluateEvery: 2, device: "cpu" };

async function comparison({ name, half, wide }: Model, work: keyof typeof WORK): Promise<Compared> {
  const runs: { readonly half: readonly [number, number]; readonly wide: readonly [number, number] }[] = [];
  const one = async (folder: string): Promise<readonly [milliseconds: number, megabytes: number]> => {
    const { stdout, megabytes } = await measured([process.argv[1]!, "size", work, folder, ...WORK[work].arguments]);
    return [JSON.parse(stdout).milliseconds, megabytes];
  };
  for (let round = 0; round < ROUNDS; round++) runs.push({ half: await one(half), wide: await one(wide) });
  const of = (which: "half" | "wide", at: 0 | 1) => median(runs.map((run) => run[which][at]));
  return {
    ...{ model: name, what: WORK[work].what },
    milliseconds: { half: of("half", 0), wide: of("wide", 0) },
    ratio: median(runs.map(({ half, wide }) => half[0] / wide[0])),
    megabytes: { half: of("half", 1), wide: of("wide", 1) },
  };
}

async function estimate(what: string, options: object): Promise<Estimated> {
  const { stdout, megabytes } = await measured([
    process.argv[1]!,
    ...["size", "run", JSON.stringify({ ...SHORT, ...options })],
  ]);
  const room: Room = JSON.parse(stdout);
  return { what, estimated: room.needed / 2 ** 20, measured: megabytes };
}

export async function benchSize(rest: readonly string[]): Promise<void> {
  if (await inProcess(rest)) return;
  const root = mkdtempSync(path.join(tmpdir(), "masklens-size-"));
  try {
    const models = await modelsIn(root);
    const [sample, base] = models as [Model, Model];
    const task = taskIn(root);
    const found = {
      processor: cpus()[0]!.model,
      rounds: ROUNDS,
      compared: [] as Compared[],
      estimated: [] as Estimated[],
    };
    const write = () => writeAtomic("docs/memory.md", [Buffer.from(pageOf(found))]);
    for (const [what, options] of [
      [`a mask over ${sample.name}, batch 32`, { model: sample.half }],
      [`finetuning ${sample.name}, batch 32`, { model: sample.half, method: "finetune" }],
      [`a mask over ${base.name}, batch 8`, { model: base.half, batchSize: 8 }],
      [`a mask over ${base.name}, two batches of 8 a step`, { model: base.half, batchSize: 8, accumulate: 2 }],
      [`biases of ${base.name}, batch 8`, { model: base.half, batchSize: 8, method: "pattern", pattern: "bitfit" }],
      [`finetuning ${base.name}, batch 8`, { model: base.half, batchSize: 8, method: "finetune" }],
    ] as const) {
      found.estimated.push(await estimate(what, { task, ...options }));
      await write();
    }
    for (const work of ["predict", "train"] as const)
      for (const model of models) {
        found.compared.push(await comparison(model, work));
        await write();
      }
  } finally {
    rmSync(root, { recursive: true });
  }
}

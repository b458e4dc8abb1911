// The files of a run, created by the code that writes them.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { packBits } from "../../src/mask/bits.ts";
import { encodeTuned } from "../../src/mask/file.ts";
import { writeCheckpoint } from "../../src/train/checkpoint.ts";
import { facts } from "../mask/fixture.ts";

/** A run.json with every kind of option. */
export const RUN_JSON = {
  ...{ model: "model", task: "a.task.json", out: "run", method: "mask", seed: 1, maskSeed: 2, epochs: 3, maxSteps: 10 },
  ...{
    batchSize: 8,
    maxLength: 32,
    learningRate: 0.001,
    dropout: "config",
    layers: "0-1",
    kinds: ["Q", "K"],
    sparsity: 0.05,
  },
  ...{ targetSparsity: { target: 0.5, schedule: "cubic" }, limit: { train: 5 }, permuteLabels: null, device: "cpu" },
};

const accuracy = { value: 0.5, low: 0.4, high: 0.6 };
const metrics = { examples: 20, accuracy };

/** A log with every kind of event. */
export function logLines(): string {
  const counts = { train: 1, validation: 1, test: 1 };
  const events = [
    { type: "start", run: "a", step: 0, steps: 2, examples: counts, cut: counts, labels: [{ label: "no", ...counts }] },
    { type: "note", text: "A note." },
    { type: "step", step: 1, epoch: 1, loss: 0.7, learningRate: 0.001, sparsity: 0.05, secondsLeft: 3 },
    {
      type: "evaluation",
      step: 1,
      split: "validation",
      metrics,
      value: 0.5,
      metric: "accuracy",
      best: true,
      dynamics: null,
    },
    { type: "checkpoint", step: 1 },
    { type: "stopped", step: 1 },
    {
      type: "done",
      result: {
        adaptation: "a.mask.safetensors",
        steps: 2,
        seconds: 1,
        sparsity: 0.05,
        bytes: 9,
        validation: metrics,
        test: metrics,
      },
    },
  ];
  return `${events.map((event) => JSON.stringify(event)).join("\n")}\n`;
}

/** Tuned tensors with their metadata. */
export async function tunedBytes(): Promise<Uint8Array> {
  const name = "encoder.layer.0.output.dense.bias";
  const tensors = [{ name, shape: [4], data: Float32Array.of(1, 2, 3, 4) }];
  return Buffer.concat(await encodeTuned({ metadata: facts(null), tensors }));
}

export async function checkpointBytes(): Promise<Uint8Array> {
  const values = Float32Array.from({ length: 27 }, (_, i) => Math.sin(i));
  const matrix = { name: "encoder.layer.0.output.dense", layer: 0, kind: "O", rows: 3, columns: 9 } as const;
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-fuzz-"));
  try {
    const file = path.join(folder, "checkpoint.safetensors");
    await writeCheckpoint(file, {
      position: {
        ...{
          inputs: { data: "d" },
          step: 5,
          evaluated: 4,
          epochStep: 2,
          waited: 1,
          lambda: 0.3,
          sparsity: 0.05,
          logBytes: 77,
        },
        ...{ seconds: 1.5, order: { seed: 1, stream: "order", position: 12 }, best: { value: 0.5, step: 4, metrics } },
      },
      state: new Map([["scores.a", values]]),
      best: {
        matrices: [{ ...matrix, bits: packBits(values, 3, 9, 0.01) }],
        tensors: [{ name: "classifier.bias", shape: [2], data: Float32Array.of(1, 2) }],
      },
      previous: [{ ...matrix, bits: packBits(values, 3, 9, 0.5) }],
    });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

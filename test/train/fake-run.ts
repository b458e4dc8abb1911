// A run of the fake model in a folder of its own.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TrainEvent } from "../../src/train/events.ts";
import type { Kept } from "../../src/train/kept.ts";
import { RunFolder } from "../../src/train/run-folder.ts";
import { trainSteps } from "../../src/train/trainer.ts";
import type { LoopOptions, Outcome } from "../../src/train/training.ts";
import { FakeModel, fakeData } from "./fake.ts";

export const OPTIONS: LoopOptions = {
  seed: 1,
  epochs: 3,
  maxSteps: null,
  learningRate: 0.05,
  schedule: "constant",
  warmup: 0,
  accumulate: 1,
  evaluateEvery: 4,
  earlyStopping: 0,
  targetSparsity: null,
  topK: null,
  auxiliary: null,
  checkpointEvery: 0,
  permuteLabels: null,
  binarizer: "threshold",
  linearAttention: null,
};

interface Setting {
  options?: Partial<LoopOptions>;
  model?: FakeModel;
  folder?: string;
  signal?: AbortSignal;
  onEvent?: (event: TrainEvent, folder: string) => unknown;
}

/** Trains the fake model in a folder of its own (or goes on in one); gives what it reported and what it would have written. */
export async function train({ options = {}, model = new FakeModel(), folder, signal, onEvent }: Setting) {
  const { run } = folder
    ? await RunFolder.open(folder)
    : { run: await RunFolder.create(path.join(await mkdtemp(path.join(tmpdir(), "masklens-")), "run"), {}) };
  const events: TrainEvent[] = [];
  let written: { kept: Kept; outcome: Outcome } | undefined;
  const training = {
    options: { ...OPTIONS, ...options },
    program: model,
    data: fakeData(),
    notes: ["a note on the data"],
    fixedSparsity: null,
    inputs: { "the data": "d1", "the base model": "b1" },
    run,
    signal,
    write: async (kept: Kept, outcome: Outcome) => {
      written = { kept, outcome };
      return { file: run.adaptation("mask"), bytes: 1 };
    },
  };
  try {
    for await (const event of trainSteps(training)) {
      events.push(event);
      await onEvent?.(event, run.folder);
    }
  } finally {
    await run.release();
  }
  return { events, written, model, folder: run.folder };
}

export function ofType<T extends TrainEvent["type"]>(events: readonly TrainEvent[], type: T) {
  return events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);
}

// Executes a whole run from its options: opens the model and the task, compiles the program, trains, and writes the
// adaptation.

import { version } from "../../package.json";
import { deviceOf } from "../adaptation/base.ts";
import type { Stacks } from "../anatomy/layers.ts";
import { hasConversations } from "../data/generative.ts";
import { InputError } from "../errors.ts";
import { exists, writeAtomic } from "../files.ts";
import { encodeMask, encodePacked, encodeTuned } from "../mask/file.ts";
import type { AdaptationFacts } from "../mask/metadata.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Program } from "../program/program.ts";
import { trainedCount } from "../program/trained-count.ts";
import { parseRunOptions, type RunOptions } from "../recipe/options.ts";
import { programFor } from "./estimate/program.ts";
import { requireRoom, roomFor } from "./estimate/room.ts";
import type { DoneEvent, Room, TrainEvent } from "./events.ts";
import { distilledBy } from "./given/distilled.ts";
import { prunedBy } from "./given/mask.ts";
import { pretrainedMetrics } from "./given/pretrained.ts";
import type { Kept } from "./kept.ts";
import { adaptationIn } from "./outline.ts";
import { inputsOf, type Prepared, prepare } from "./prepare.ts";
import { lastEvent, RunFolder } from "./run-folder.ts";
import { trainSteps } from "./trainer.ts";
import type { Outcome } from "./training.ts";

/**
 * Trains with these options in a new folder. Ends with the event "done", or "stopped" after the signal fires. Throws an
 * InputError for bad input, if possible before the folder is created.
 */
export async function* train(options: RunOptions, signal?: AbortSignal): AsyncGenerator<TrainEvent, void, void> {
  const device = deviceOf(options.device);
  // A GPU that "auto" stands for now is recorded, so that the run stays on it when it is resumed.
  const prepared = await prepare(device === "cpu" ? options : { ...options, device }, device);
  try {
    const room = roomFor(prepared);
    requireRoom(room);
    const run = await RunFolder.create(options.out, prepared.options);
    yield* trainIn(run, prepared, room, signal);
  } finally {
    await prepared.base.pretrained.close();
  }
}

/**
 * Resumes the run in a folder from its last checkpoint or, without one, from the start. A finished run only reports "done"
 * again.
 */
export async function* resume(folder: string, signal?: AbortSignal): AsyncGenerator<TrainEvent, void, void> {
  const { run, options: json } = await RunFolder.open(folder);
  try {
    const done = await doneEvent(run);
    if (done) return yield done;
    const options = parseRunOptions(json, run.optionsFile);
    for (const key of ["model", "task"] as const)
      if (!(await exists(options[key])))
        throw new InputError(
          `${options[key]} no longer exists`,
          { file: run.optionsFile, at: key },
          "restore it, or update the path in the file",
        );
    // What "auto" stands for may have changed; a run that began with it on a GPU has recorded the GPU.
    const began = options.device === "auto" && (await exists(run.checkpoint));
    const device = began ? "cpu" : deviceOf(options.device);
    const prepared = await prepare(options, device);
    try {
      if (options.device === "auto" && device !== "cpu") await run.record({ ...options, device });
      const room = roomFor(prepared);
      requireRoom(room);
      yield* trainIn(run, prepared, room, signal);
    } finally {
      await prepared.base.pretrained.close();
    }
  } finally {
    await run.release();
  }
}

/** The last event of a finished run; undefined if it is not finished. */
async function doneEvent(run: RunFolder): Promise<DoneEvent | undefined> {
  const event = lastEvent(run.logFile);
  if (event?.type !== "done") return undefined;
  const adaptation = adaptationIn(run.folder, event.result.adaptation);
  return adaptation !== undefined && (await exists(adaptation))
    ? { ...event, result: { ...event.result, adaptation } }
    : undefined;
}

async function* trainIn(
  run: RunFolder,
  prepared: Prepared,
  room: Room,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainEvent, void, void> {
  const { options, device, base, task, recipe, teacher, given, data, notes } = prepared;
  let program: Program | undefined;
  try {
    const distilled = teacher && (await distilledBy(teacher, options, data, device, signal));
    program = await programFor(prepared, room, { distilled, signal });
    let fixedSparsity = null;
    if (recipe.fixed.length) {
      const { sparsity, ...start } = await prunedBy(recipe, base.pretrained, given);
      program.adapt(start);
      fixedSparsity = sparsity;
    }
    const inputs = inputsOf(prepared, task);
    const { encoderLayers }: Stacks & Pick<ModelConfig, "layers"> = base.config;
    yield* trainSteps({
      ...{ options, program, data, notes, inputs, run, room, signal, fixedSparsity, encoderLayers },
      parameters: trainedCount(recipe, base.config),
      // A base model without the length adaptor reads no frames.
      ...(!data.isLabelled && !task.frames && { pretrained: () => pretrainedMetrics(prepared, signal) }),
      write: (kept, outcome) => writeAdaptation(run, prepared, kept, outcome),
    });
  } finally {
    try {
      await program?.release();
    } finally {
      await run.release();
    }
  }
}

const TOOL = `masklens ${version}`;

/** Writes the adaptation's file. It depends only on the options and the data, not on the time or the file's location. */
async function writeAdaptation(
  run: RunFolder,
  { options, task, recipe, facts, vocabulary }: Prepared,
  { matrices, tensors }: Kept,
  { steps, bestStep, pretrained, validation, test }: Outcome,
): Promise<{ file: string; bytes: number }> {
  const { out: _, ...replayable } = options;
  const metadata: AdaptationFacts = {
    tool: TOOL,
    base: facts,
    task: {
      name: task.name,
      kind: task.kind,
      metric: task.metric,
      labels: task.labels,
      ...(vocabulary.length && { attributes: vocabulary }),
      ...(task.kind === "generation" && { prompt: task.prompt, chat: hasConversations(task) }),
      ...(task.graph && { graph: { ...task.graph } }),
      ...(task.denoise && { denoise: { ...task.denoise } }),
      dataSha256: { ...task.dataSha256 },
    },
    run: { ...replayable },
    initial: recipe.heads === undefined ? recipe.initial : null, // a reader would take its scores for those of weights
    seeds: { run: options.seed, mask: options.maskSeed },
    metrics: { ...(pretrained && { pretrained }), validation, test },
    training: { steps, bestStep },
  };
  const masks = matrices.map(({ name, layer, kind, bits }) => ({ name: `${name}.weight`, layer, kind, bits }));
  const plain =
    recipe.format === "mask"
      ? await encodeMask({ metadata, matrices: masks, tensors })
      : await encodeTuned({ metadata, tensors });
  const file = run.adaptation(recipe.format);
  const chunks = options.packed ? await encodePacked(Buffer.concat(plain), file) : plain;
  await writeAtomic(file, chunks);
  return { file, bytes: chunks.reduce((sum, { length }) => sum + length, 0) };
}

// Executes a whole run from its options: opens the model and the task, compiles the program, trains, and writes the
// adaptation.

import { version } from "../../package.json";
import { type Base, deviceOf, factsOf, openBase } from "../adaptation/base.ts";
import { INTERVALS_OVER } from "../adaptation/intervals.ts";
import { lossesOf, metricsWithLosses, outcomeOf } from "../adaptation/scoring.ts";
import { type Batch, encodeExamples, evaluationBatches, lengthBuckets, trainingBatches } from "../data/batches.ts";
import type { SplitName } from "../data/description.ts";
import type { EncodedPart } from "../data/encode.ts";
import { Random } from "../data/random.ts";
import { type Example, readTask, type Task } from "../data/task.ts";
import { InputError } from "../errors.ts";
import { exists, writeAtomic } from "../files.ts";
import { encodeMask, encodeTuned } from "../mask/file.ts";
import type { AdaptationFacts, BaseModel } from "../mask/metadata.ts";
import { allMatrices } from "../model/names.ts";
import { balancedWeights } from "../program/feeds.ts";
import { Program } from "../program/program.ts";
import { type ClassifierStart, startOfClassifier } from "../program/stored-classifier.ts";
import { permuteLabels } from "../recipe/control.ts";
import { maskedWeights } from "../recipe/fixed.ts";
import { parseRunOptions, type RunOptions } from "../recipe/options.ts";
import { classifierOf, initialScoresOf, type Recipe, recipeOf, rowNamesOf } from "../recipe/recipe.ts";
import { recipeNotes } from "../recipe/recipe-notes.ts";
import type { Device } from "../runtime/device.ts";
import type { DoneEvent, TrainEvent } from "./events.ts";
import { fitNotes, labelCounts, ofEach, trainedCounts } from "./fit.ts";
import type { Kept } from "./kept.ts";
import { adaptationIn } from "./outline.ts";
import { lastEvent, RunFolder } from "./run-folder.ts";
import { trainSteps } from "./trainer.ts";
import type { Outcome, TrainingData } from "./training.ts";

/** A run that is ready to start; its input has been checked. */
interface Prepared {
  readonly options: RunOptions;
  /** The device that the options stand for. */
  readonly device: Device;
  readonly base: Base;
  readonly task: Task;
  readonly recipe: Recipe;
  readonly classifier: ClassifierStart;
  readonly data: Data;
  readonly facts: BaseModel;
  readonly notes: readonly string[];
}

/**
 * Trains with these options in a new folder. Ends with the event "done", or "stopped" after the signal fires. Throws an
 * InputError for bad input, if possible before the folder is created.
 */
export async function* train(options: RunOptions, signal?: AbortSignal): AsyncGenerator<TrainEvent, void, void> {
  const device = deviceOf(options.device);
  // A GPU that "auto" stands for now is recorded, so that the run stays on it when it is resumed.
  const prepared = await prepare(device === "cpu" ? options : { ...options, device }, device);
  try {
    const run = await RunFolder.create(options.out, prepared.options);
    yield* trainIn(run, prepared, signal);
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
    const prepared = await prepare(options, began ? "cpu" : deviceOf(options.device));
    try {
      yield* trainIn(run, prepared, signal);
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

async function prepare(options: RunOptions, device: Device): Promise<Prepared> {
  const base = await openBase(options.model);
  try {
    const task = await readTask(options.task);
    const shape = classifierOf(task.kind, task.labels.length);
    const classifier = await startOfClassifier(base.pretrained, base.config, {
      ...shape,
      rowNames: rowNamesOf(task),
      stored: options.storedClassifier,
      seed: options.seed,
    });
    const recipe = recipeOf(options, base.config, classifier.stored, task);
    const data = dataOf(options, base, task);
    const used = recipe.matrices.length ? recipe.matrices : allMatrices(base.config, { labels: 1 });
    // Only tensors that are read from the base model have to match it later.
    const facts = await factsOf(
      base,
      used.filter(({ name }) => classifier.stored.has(`${name}.weight`)),
    );
    const onDevice =
      device === "cpu"
        ? []
        : [
            `This run computes on ${device}; on a GPU, a run that is resumed may differ in the last digits from one that is not.`,
          ];
    if (options.precision !== "float32" && !device.startsWith("cuda:"))
      onDevice.push(`Precision ${options.precision} exists only on CUDA: this run computes on ${device} in float32.`);
    const notes = [...onDevice, ...base.notes, ...classifier.notes, ...recipeNotes(options, recipe), ...data.notes];
    return { options, device, base, task, recipe, classifier, data, facts, notes };
  } catch (error) {
    await base.pretrained.close();
    throw error;
  }
}

async function* trainIn(
  run: RunFolder,
  prepared: Prepared,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainEvent, void, void> {
  const { options, device, base, task, recipe, classifier, data, facts, notes } = prepared;
  let program: Program | undefined;
  try {
    program = await Program.create(base.config, base.pretrained, {
      classifier: recipe.classifier,
      labels: recipe.labels,
      matrices: recipe.matrices,
      initialScores: (matrix, weights) => initialScoresOf(recipe.initial!, matrix, weights),
      trained: recipe.trained,
      binarizer: options.binarizer,
      threshold: recipe.threshold,
      own: (name) => classifier.tensors.get(name),
      classWeights: data.classWeights,
      dropout: options.dropout,
      dropoutSeed: options.seed,
      steered: options.targetSparsity !== null,
      device,
      precision: device.startsWith("cuda:") ? options.precision : "float32",
      signal,
    });
    let fixedSparsity = null;
    if (recipe.fixed.length) {
      const { tensors, sparsity } = await maskedWeights(base.pretrained, recipe.initial!, recipe.fixed);
      program.adapt({ matrices: [], tensors });
      fixedSparsity = sparsity;
    }
    const inputs = {
      "the base model": facts.fingerprint,
      "the task file": task.sha256,
      ...Object.fromEntries(Object.entries(task.dataSha256).map(([split, hash]) => [`the ${split} data`, hash])),
    };
    yield* trainSteps({
      ...{ options, program, data, notes, threshold: recipe.threshold, inputs, run, signal, fixedSparsity },
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

/** The data for training and evaluation. */
interface Data extends TrainingData {
  /** Weights of the labels in the loss; undefined: all 1. */
  readonly classWeights: readonly number[] | undefined;
  readonly notes: readonly string[];
}

/** A task's examples as batches for a model, truncated to the model's number of positions. */
function dataOf(options: RunOptions, { config, tokenizer }: Base, task: Task): Data {
  const maxLength = Math.min(options.maxLength, config.positions);
  const batching = {
    ...{ size: options.batchSize, buckets: lengthBuckets(maxLength) },
    ...{ padId: config.padId, segments: config.typeVocabSize },
  };
  const trainedOn: Task = { ...task, splits: { ...task.splits, train: trainingRows(options, task) } };
  const rows: Record<SplitName, readonly EncodedPart[]> = ofEach((split) =>
    encodeExamples(trainedOn, split, tokenizer, { maxLength }),
  );
  const made = new Map<SplitName, Batch[]>();
  const batches = (split: SplitName): readonly Batch[] => {
    if (!made.has(split)) made.set(split, evaluationBatches(rows[split], batching));
    return made.get(split)!;
  };
  const labels = labelCounts(task.labels, rows);
  return {
    epoch: (random) => trainingBatches(rows.train, { ...batching, random }),
    batches,
    rows: rows.train.length,
    examples: ofEach((split) => lossesOf(rows[split]).examples),
    cut: ofEach((split) => lossesOf(rows[split]).cut),
    labels,
    size: options.batchSize,
    padId: config.padId,
    metric: task.metric,
    metrics: (split, logits) => metricsWithLosses(outcomeOf(task, rows[split], batches(split), logits), rows[split]),
    classWeights: task.classWeights ? balancedWeights(trainedCounts(task.labels, rows.train)) : undefined,
    notes: [
      ...task.notes.map((note) => `${note}.`),
      ...controlNotes(options),
      ...fitNotes(task, rows, { config, asked: options.maxLength }),
      ...(INTERVALS_OVER[task.kind] ? [INTERVALS_OVER[task.kind]!] : []),
    ],
  };
}

function controlNotes({ permuteLabels: seed }: RunOptions): string[] {
  if (seed === null) return [];
  return [
    `Control: the labels of the training examples were permuted with seed ${seed}, so there is no task to learn. Validation and test labels are unchanged.`,
  ];
}

/** The training examples, limited by the option `limit`, with permuted labels if the run is a control. */
function trainingRows(options: RunOptions, { kind, splits }: Task): readonly Example[] {
  const rows = limited(splits.train, options);
  const { permuteLabels: seed } = options;
  return seed === null ? rows : permuteLabels(kind, rows as never[], seed);
}

/** The requested number of training examples, sampled with the run's seed, in the file's order. */
function limited<R>(rows: readonly R[], { limit, seed }: RunOptions): readonly R[] {
  if (!limit || limit.train >= rows.length) return rows;
  const order = [...rows.keys()];
  new Random(seed, "limit").shuffle(order);
  return order
    .slice(0, limit.train)
    .sort((a, b) => a - b)
    .map((row) => rows[row]!);
}

/** Writes the adaptation's file. It depends only on the options and the data, not on the time or the file's location. */
async function writeAdaptation(
  run: RunFolder,
  { options, task, recipe, facts }: Prepared,
  { matrices, tensors }: Kept,
  { steps, bestStep, validation, test }: Outcome,
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
      dataSha256: { ...task.dataSha256 },
    },
    run: { ...replayable },
    initial: recipe.initial,
    seeds: { run: options.seed, mask: options.maskSeed },
    metrics: { validation, test },
    training: { steps, bestStep },
  };
  const masks = matrices.map(({ name, layer, kind, bits }) => ({ name: `${name}.weight`, layer, kind, bits }));
  const chunks =
    recipe.format === "mask"
      ? await encodeMask({ metadata, matrices: masks, classifier: tensors })
      : await encodeTuned({ metadata, tensors });
  const file = run.adaptation(recipe.format);
  await writeAtomic(file, chunks);
  return { file, bytes: chunks.reduce((sum, { length }) => sum + length, 0) };
}
